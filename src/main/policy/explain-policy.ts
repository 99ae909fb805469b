import { existsSync } from 'node:fs';
import path from 'node:path';
import type { CommitSha } from '../../domain/ids.js';
import type { Verdict } from '../../domain/verdict.js';
import { err, ok, type Result } from '../../kit/result.js';
import type { Workspace } from '../../ports/workspace.js';
import { renderVerdict } from '../../policy/render-verdict.js';
import type { Arguments } from '../arguments.js';
import { faultProblem, usageProblem, type Problem } from '../problem.js';
import { gitFacts, type GitChange } from './git-facts.js';
import type { PolicyAnswer } from './policy-answer.js';
import { compiledPolicy, policyInForce, policyOnDisk, withCheckout } from './policy-place.js';
import { judgementIn } from './recorded-runs.js';

/** `heddle policy explain [RUN-FOLDER | A..B | COMMIT]`: which rule decided, and the tree with the values that each rule saw. */
export async function explainPolicy(given: Arguments): Promise<Result<PolicyAnswer, Problem>> {
  const what = given.positionals[1] ?? 'heddle-run';
  const trail = what.endsWith('.jsonl') ? what : path.join(what, 'events.jsonl');
  if (existsSync(trail)) return explainRun(trail);
  if (given.positionals[1] === undefined) return err(usageProblem('There is no run in heddle-run. Give a run folder, a commit, or a range: heddle policy explain main..my-branch.'));
  return explainChange(given, what);
}

async function explainRun(trail: string): Promise<Result<PolicyAnswer, Problem>> {
  const judged = await judgementIn(trail);
  if (!judged.ok) return err(usageProblem(`${trail}: ${judged.error}. A damaged trail explains nothing.`));
  if (judged.value === undefined) return err(usageProblem(`${trail}: no candidate was judged in this run; its events say how far it came.`));
  const { run, title, at, attempt, verdict, policy } = judged.value;
  return ok({
    text: [`Run ${run}, attempt ${attempt}, judged at ${at}: ${title}`, '', renderVerdict(verdict, policy)].join('\n'),
    json: { run, title, at, attempt, verdict, ...(policy === undefined ? {} : { policy }) }, passed: true,
  });
}

async function explainChange(given: Arguments, what: string): Promise<Result<PolicyAnswer, Problem>> {
  return withCheckout(given, async (checkout) => {
    const named = given.values.get('config');
    const opened = named === undefined ? await policyInForce(given, checkout) : await policyOnDisk(given, named);
    if (!opened.ok) return opened;
    const change = await changeOf(checkout.workspace, what);
    if (!change.ok) return change;
    const facts = await gitFacts(change.value, { workspace: checkout.workspace, config: opened.value.config });
    if (!facts.ok) return facts;
    const { evaluatePolicy } = await import('../../policy/evaluate.js');
    const said = evaluatePolicy(await compiledPolicy(opened.value), facts.value, { whole: true });
    const verdict: Verdict = { effect: said.effect, tree: said.tree };
    return ok({
      text: [`${change.value.from.slice(0, 12)}..${change.value.to.slice(0, 12)} by the policy of ${opened.value.file}; the gates were not asked`, '', renderVerdict(verdict, said.outcome)].join('\n'),
      json: { from: change.value.from, to: change.value.to, policyFile: opened.value.file, verdict, policy: said.outcome }, passed: true,
    });
  });
}

/** `A..B`, or one commit against its first parent. */
async function changeOf(workspace: Workspace, what: string): Promise<Result<GitChange, Problem>> {
  const { pastCommits } = await import('../../adapters/workspace/git/past-changes.js');
  const [first = '', second] = what.split('..');
  const resolved = async (name: string): Promise<Result<CommitSha, Problem>> => {
    const commit = await workspace.resolve(name === '' ? 'HEAD' : name);
    return commit.ok ? commit : err(faultProblem(commit.error));
  };
  const to = await resolved(second ?? first);
  if (!to.ok) return to;
  const past = await pastCommits(workspace.gitDir, to.value, 1);
  if (!past.ok) return err(faultProblem(past.error));
  const [commit] = past.value.commits;
  if (second === undefined) return commit === undefined ? err(usageProblem(`${what} has no parent here; give a range: A..B.`)) : ok({ from: commit.parent, to: commit.commit, author: commit.author });
  const from = await resolved(first);
  return from.ok ? ok({ from: from.value, to: to.value, author: commit?.author }) : from;
}
