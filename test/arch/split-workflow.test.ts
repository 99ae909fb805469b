import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';

interface Step { readonly uses?: string; readonly run?: string; readonly if?: string; readonly with?: Readonly<Record<string, unknown>>; readonly env?: unknown }
interface Job { readonly needs?: string | readonly string[]; readonly if?: string; readonly permissions: Readonly<Record<string, string>>; readonly environment?: unknown; readonly outputs?: Readonly<Record<string, string>>; readonly steps: readonly Step[]; readonly secrets?: unknown; readonly env?: unknown }
interface Workflow { readonly on: Readonly<Record<string, unknown>>; readonly permissions: unknown; readonly 'cache-mode'?: unknown; readonly concurrency: Readonly<Record<string, unknown>>; readonly jobs: Readonly<Record<string, Job>>; readonly env?: unknown }

/**
 * What the split rests on, as rules over a workflow. They are the cases W01, W02, W05 and W08 of the security research; actionlint
 * looks at the rest (test/arch/workflows.test.ts).
 */
function problems(text: string): string[] {
  const workflow = parse(text) as Workflow;
  const { admit, work, verify, deliver } = workflow.jobs;
  if (admit === undefined || work === undefined || verify === undefined || deliver === undefined) return ['a job of the four is missing'];
  const found: string[] = [];
  const rule = (words: string, holds: boolean): void => { if (!holds) found.push(words); };
  const writes = (job: Job): string[] => Object.entries(job.permissions).flatMap(([name, right]) => (right === 'write' ? [name] : []));
  const secretsIn = (value: unknown): number => JSON.stringify(value ?? '').split('secrets.').length - 1;
  rule('no right on top', JSON.stringify(workflow.permissions) === '{}');
  rule('no cache can be written', workflow['cache-mode'] === 'none' && Object.values(workflow.jobs).every((job) => !('cache-mode' in job)));
  rule('no pull_request_target and no workflow_run', !['pull_request_target', 'workflow_run', 'pull_request'].some((name) => name in workflow.on));
  for (const [name, job] of Object.entries({ work, verify })) rule(`${name} writes nothing`, writes(job).length === 0);
  // It runs nothing foreign: no shell, and no action but the checkout and Heddle.
  rule('admit writes no more than claims, waits and the comment', writes(admit).every((name) => name === 'contents' || name === 'issues'));
  rule('admit runs nothing', admit.steps.every((step) => step.run === undefined && /^(?:actions\/checkout|OWNER\/heddle\/action\/admit)@/.test(step.uses ?? '')));
  rule('the run that waits comes from admit', deliver.steps.every((step) => (step.with?.['resume'] ?? '${{ needs.admit.outputs.waiting-run }}') === '${{ needs.admit.outputs.waiting-run }}'));
  for (const [name, job] of Object.entries({ work, verify })) rule(`${name} may read contents alone`, JSON.stringify(job.permissions) === JSON.stringify({ contents: 'read' }));
  rule('no identity anywhere', Object.values(workflow.jobs).every((job) => !('id-token' in job.permissions)));
  rule('the key is in work alone', secretsIn(work) === 1 && secretsIn(workflow.jobs) === 1 && secretsIn(workflow.env) === 0);
  rule('the key comes from an environment', work.environment !== undefined);
  const steps = Object.values(workflow.jobs).flatMap((job) => job.steps);
  for (const step of steps.filter((one) => one.uses !== undefined)) {
    rule(`${String(step.uses)} is pinned`, /^[\w.-]+\/[\w./-]+@[0-9a-f]{40}$/.test(step.uses ?? ''));
    rule(`${String(step.uses)} is no cache`, !/cache/i.test(`${step.uses ?? ''} ${Object.keys(step.with ?? {}).join(' ')}`));
  }
  for (const step of steps.filter((one) => one.run !== undefined)) rule('no expression in a shell', !(step.run ?? '').includes('${{'));
  for (const step of steps.filter((one) => one.uses?.startsWith('actions/checkout@'))) rule('no credentials in a checkout', step.with?.['persist-credentials'] === false);
  for (const step of steps.filter((one) => one.uses?.startsWith('actions/download-artifact@'))) rule('the artifact by its number', step.with?.['artifact-ids'] === '${{ needs.work.outputs.artifact-id }}' && step.with['name'] === undefined && step.with['github-token'] === undefined);
  // A list, blanks or nothing would unpack artifacts into folders that their uploader named.
  for (const step of steps.filter((one) => one.uses?.startsWith('actions/download-artifact@'))) rule('one artifact alone', /(?:^|&& )needs\.work\.outputs\.artifact-id > 0$/.test(step.if ?? ''));
  rule('deliver needs all three', JSON.stringify(deliver.needs) === '["admit","work","verify"]');
  rule('deliver runs nothing', deliver.steps.every((step) => step.run === undefined));
  const door = deliver.steps.find((step) => /\/action\/deliver@/.test(step.uses ?? ''))?.with ?? {};
  rule('deliver is told of verify by the service', door['verified'] === '${{ needs.verify.result }}');
  for (const name of ['plan', 'plan-digest']) rule(`${name} comes from admit`, [work, verify, deliver].every((job) => job.steps.some((step) => step.with?.[name] === `\${{ needs.admit.outputs.${name} }}`)));
  rule('of work nothing but a number and a digest is read', JSON.stringify(Object.keys(work.outputs ?? {}).sort()) === '["artifact-id","bundle-digest"]');
  rule('of verify nothing but what it holds is read', JSON.stringify(Object.keys(verify.outputs ?? {})) === '["held"]' && door['held'] === '${{ needs.verify.outputs.held }}');
  rule('one run for a ticket at a time', String(workflow.concurrency['group']).includes('github.event.issue.number') && workflow.concurrency['cancel-in-progress'] === false);
  return found;
}

const SHIPPED = readFileSync('examples/workflows/heddle-split.yml', 'utf8');

describe('the shipped split', () => {
  it('keeps every rule', () => {
    expect(problems(SHIPPED)).toEqual([]);
  });

  it.each<[string, (text: string) => string, string]>([
    ['a right on top', (text) => text.replace('permissions: {}', 'permissions:\n  contents: write'), 'no right on top'],
    ['a work job that may write', (text) => text.replace('contents: read # the checkout', 'contents: write'), 'work writes nothing'],
    ['an admit job that may write changes', (text) => text.replace('pull-requests: read # changes', 'pull-requests: write # changes'), 'admit writes no more than claims, waits and the comment'],
    ['an admit job that runs a program', (text) => text.replace('      - uses: OWNER/heddle/action/admit', '      - run: npm ci\n      - uses: OWNER/heddle/action/admit'), 'admit runs nothing'],
    ['a waiting run by the work job', (text) => text.replace('resume: ${{ needs.admit.outputs.waiting-run }}', 'resume: ${{ needs.work.outputs.waiting-run }}'), 'the run that waits comes from admit'],
    ['an identity in work', (text) => text.replace('contents: read # the checkout', 'contents: read\n      id-token: write'), 'no identity anywhere'],
    ['a cache in work', (text) => text.replace('      - name: Sandbox', '      - uses: actions/cache@0000000000000000000000000000000000000000 # v5\n      - name: Sandbox'), 'actions/cache@0000000000000000000000000000000000000000 is no cache'],
    ['an action by its tag', (text) => text.replace(/download-artifact@[0-9a-f]{40} # v8.0.1/, 'download-artifact@v8 # v8'), 'actions/download-artifact@v8 is pinned'],
    ['a token in the checkout', (text) => text.replace('persist-credentials: false', 'persist-credentials: true'), 'no credentials in a checkout'],
    ['an expression in a shell', (text) => text.replace('sudo apt-get update -q', 'echo ${{ github.event.issue.title }}'), 'no expression in a shell'],
    ['another trigger', (text) => text.replace('  repository_dispatch:', '  pull_request_target:'), 'no pull_request_target and no workflow_run'],
    ['a verdict by the work job', (text) => text.replace('verified: ${{ needs.verify.result }}', 'verified: ${{ needs.work.outputs.verified }}'), 'deliver is told of verify by the service'],
    ['what is held by the work job', (text) => text.replace('held: ${{ needs.verify.outputs.held }}', 'held: ${{ needs.work.outputs.held }}'), 'of verify nothing but what it holds is read'],
    ['a plan by the work job', (text) => text.replaceAll('plan: ${{ needs.admit.outputs.plan }}', 'plan: ${{ needs.work.outputs.plan }}'), 'plan comes from admit'],
    ['a cache that can be written', (text) => text.replace('cache-mode: none\n', ''), 'no cache can be written'],
    ['a job with a cache of its own', (text) => text.replace('    environment: heddle-model', '    environment: heddle-model\n    cache-mode: write'), 'no cache can be written'],
    ['a list of artifacts for verify', (text) => text.replace('        if: needs.work.outputs.artifact-id > 0\n', ''), 'one artifact alone'],
    ['a list of artifacts for deliver', (text) => text.replace(' && needs.work.outputs.artifact-id > 0', ''), 'one artifact alone'],
    ['an artifact by its name', (text) => text.replace('artifact-ids: ${{ needs.work.outputs.artifact-id }}', 'name: bundle'), 'the artifact by its number'],
    ['a key in verify', (text) => text.replace('          bundle-digest: ${{ needs.work', '          key: ${{ secrets.ANTHROPIC_API_KEY }}\n          bundle-digest: ${{ needs.work'), 'the key is in work alone'],
  ])('sees %s', (_what, spoil, says) => {
    const spoilt = spoil(SHIPPED);
    expect(spoilt).not.toBe(SHIPPED);
    expect(problems(spoilt)).toContain(says);
  });
});
