import path from 'node:path';
import { err, ok, type Result } from '../../kit/result.js';
import type { PastChange, WhatIf, WhatIfRow } from '../../policy/what-if.js';
import type { Arguments } from '../arguments.js';
import type { Checkout } from '../checkout.js';
import { faultProblem, usageProblem, type Problem } from '../problem.js';
import { gitFacts } from './git-facts.js';
import type { PolicyAnswer } from './policy-answer.js';
import { compiledPolicy, policyInForce, policyOnDisk, withCheckout, type OpenedPolicy } from './policy-place.js';
import { recordedRuns } from './recorded-runs.js';

const LAST_DEFAULT = 50;
const LAST_MAX = 5000;
/** Two processes of git at a time: what the smallest runner has cores for. */
const AT_A_TIME = 2;

/**
 * `heddle policy simulate`: judges what has been (recorded runs, or the merged changes of the repository) by the policy as it is
 * edited now and by the one in force, and says what would have come out otherwise. No model, no network, nothing is run.
 */
export async function simulatePolicy(given: Arguments): Promise<Result<PolicyAnswer, Problem>> {
  const last = Number(given.values.get('last') ?? LAST_DEFAULT);
  if (!Number.isInteger(last) || last < 1 || last > LAST_MAX) return err(usageProblem(`--last is a whole number from 1 to ${LAST_MAX}.`));
  const after = await policyOnDisk(given, given.values.get('config'));
  if (!after.ok) return after;
  return withCheckout(given, async (checkout) => {
    const before = await policyInForce(given, checkout);
    if (!before.ok) return before;
    const past = await pastOf(given, { checkout, last, config: after.value.config });
    if (!past.ok) return past;
    const { whatIf } = await import('../../policy/what-if.js');
    const outcome = whatIf(await compiledPolicy(before.value), await compiledPolicy(after.value), past.value.changes);
    return ok({
      text: render(outcome, { notes: past.value.notes, before: before.value, after: after.value, of: past.value.of }),
      json: { policies: { before: before.value.file, after: after.value.file }, notes: past.value.notes, ...outcome }, passed: true,
    });
  });
}

interface Past { readonly changes: readonly PastChange[]; readonly notes: readonly string[]; readonly of: string }

async function pastOf(given: Arguments, at: { readonly checkout: Checkout; readonly last: number; readonly config: OpenedPolicy['config'] }): Promise<Result<Past, Problem>> {
  const runs = given.values.get('runs');
  return runs === undefined ? historyOf(given, at) : runsOf(path.resolve(runs), at.last);
}

async function runsOf(folder: string, last: number): Promise<Result<Past, Problem>> {
  const { judged, skipped } = await recordedRuns(folder, last);
  if (judged.length === 0) return err(usageProblem(`There is no recorded run with a judged candidate below ${folder}${skipped.length === 0 ? '' : ` (${skipped.length} were skipped, the first: ${skipped[0]?.file ?? ''}: ${skipped[0]?.why ?? ''})`}. Give a run folder, a folder of them, or a ledger.`));
  return ok({
    of: `${judged.length} recorded ${judged.length === 1 ? 'run' : 'runs'}`, notes: skipped.slice(0, 20).map(({ file, why }) => `skipped ${file}: ${why}`),
    changes: judged.map(({ run, title, at, facts }) => ({ id: run, title, at, facts })),
  });
}

async function historyOf(given: Arguments, { checkout, last, config }: { readonly checkout: Checkout; readonly last: number; readonly config: OpenedPolicy['config'] }): Promise<Result<Past, Problem>> {
  const { pastCommits } = await import('../../adapters/workspace/git/past-changes.js');
  const { workspace, facts } = checkout;
  const head = await workspace.resolve(given.values.get('branch') ?? facts.branch ?? 'HEAD');
  if (!head.ok) return err(faultProblem(head.error));
  const past = await pastCommits(workspace.gitDir, head.value, last);
  if (!past.ok) return err(faultProblem(past.error));
  const { commits, shallow } = past.value;
  const changes: PastChange[] = [];
  for (let start = 0; start < commits.length; start += AT_A_TIME) {
    const some = await Promise.all(commits.slice(start, start + AT_A_TIME).map(async (one) => ({ one, read: await gitFacts({ from: one.parent, to: one.commit, author: one.author }, { workspace, config }) })));
    for (const { one, read } of some) {
      if (!read.ok) return read;
      changes.push({ id: one.commit.slice(0, 12), title: one.subject, at: one.at, facts: read.value });
    }
  }
  const cut = shallow && commits.length < last ? [`this clone is shallow: only ${commits.length} of ${last} changes are here (git fetch --unshallow brings the rest)`] : [];
  return ok({ changes, of: `${changes.length} merged ${changes.length === 1 ? 'change' : 'changes'}`, notes: [...cut, 'git knows no labels, tracker, gates or risk: rules about these match nothing, or hold what they cannot decide'] });
}

const ROWS_SHOWN = 200;

function render(outcome: WhatIf, about: { readonly notes: readonly string[]; readonly before: OpenedPolicy; readonly after: OpenedPolicy; readonly of: string }): string {
  const { rows, before, after } = outcome;
  const told = rows.filter((row) => row.changed || row.after.effect !== 'allow');
  const changed = rows.filter((row) => row.changed).length;
  const count = (of: WhatIf['before']): string => `allowed ${of.allow}, held ${of.hold}, denied ${of.deny}${of.error > 0 ? `, error ${of.error}` : ''}`;
  return [
    ...told.slice(0, ROWS_SHOWN).map(rowText), ...(told.length > ROWS_SHOWN ? [`… and ${told.length - ROWS_SHOWN} more; --json has all`] : []), ...(told.length === 0 ? [] : ['']),
    ...about.notes.map((note) => `Note: ${note}.`),
    `${about.of}`, `  in force (${about.before.file}): ${count(before)}`, `  with ${about.after.file}: ${count(after)}`,
    `  ${changed} changed: ${outcome.stricter} stricter, ${outcome.looser} looser`,
  ].join('\n');
}

function rowText({ id, title, at, files, lines, before, after, changed }: WhatIfRow): string {
  const verdict = changed ? `${short(before)} -> ${short(after)}` : short(after);
  return `${changed ? '*' : ' '} ${id.slice(0, 12).padEnd(12)} ${at.slice(0, 10)} ${`${files}f ${lines}l`.padStart(11)}  ${verdict.padEnd(17)} ${after.by}  ${title.replace(/\s+/g, ' ').slice(0, 70)}`;
}

function short({ effect, approvals }: { readonly effect: string; readonly approvals: number }): string {
  return effect === 'hold' && approvals > 1 ? `hold(${approvals})` : effect;
}
