import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { OPTIONS } from '../../src/config/options.js';

interface Step { readonly uses?: string; readonly run?: string; readonly with?: Readonly<Record<string, unknown>> }
interface Workflow { readonly on: Readonly<Record<string, { readonly types?: readonly string[] }>>; readonly jobs: Readonly<Record<string, { readonly permissions?: unknown; readonly steps: readonly Step[] }>> }

/** The linter for GitHub's workflows does not know `uses:` with an address, so the rules that count are looked at here. */
const workflow = parse(readFileSync('examples/gitea/heddle.yml', 'utf8')) as Workflow;
const steps = Object.values(workflow.jobs).flatMap((job) => job.steps);

it('starts for the events that the intake reads, and for no other', () => {
  expect(Object.keys(workflow.on).sort()).toEqual(['issue_comment', 'issues', 'workflow_dispatch']);
  expect(workflow.on['issues']?.types).toEqual(expect.arrayContaining(['labeled', 'unlabeled', 'assigned', 'edited', 'closed', 'reopened']));
});

it('pins every action, keeps no credentials in the checkout, and puts no expression into a shell', () => {
  for (const { uses } of steps) if (uses !== undefined) expect(uses).toMatch(/^https:\/\/github\.com\/[\w.-]+\/[\w.-]+@[0-9a-f]{40}$/);
  for (const step of steps.filter((one) => one.uses?.includes('/checkout@') === true)) expect(step.with).toMatchObject({ 'persist-credentials': false, 'fetch-depth': 0 });
  for (const step of steps) expect(step.run ?? '').not.toContain('${{');
});

it('gives the action inputs that it has, and the token of an account of its own', () => {
  const inputs = new Set(OPTIONS.filter((option) => option.action).map((option) => option.name));
  const given = steps.find((step) => step.uses?.includes('/heddle@') === true)?.with ?? {};
  for (const name of Object.keys(given)) expect(inputs.has(name) ? '' : name).toBe('');
  expect(given['gitea-token']).toBe('${{ secrets.HEDDLE_TOKEN }}');
});

it('names no rights for the job: the servers ignore them, and a reader would take them for a bound', () => {
  for (const job of Object.values(workflow.jobs)) expect(job.permissions).toBeUndefined();
});
