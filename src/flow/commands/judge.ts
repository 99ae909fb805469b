import { parsePatch } from '../../domain/patch.js';
import type { Fault } from '../../domain/fault.js';
import { evaluateGates } from '../../gates/evaluate-gates.js';
import { joinPolicy } from '../../gates/join-policy.js';
import { err, ok, type Result } from '../../kit/result.js';
import { compilePolicy } from '../../policy/compile.js';
import { qualityFacts } from '../quality-facts.js';
import { standingGrants } from '../../domain/grant.js';
import type { RiskFacts } from '../../gates/risk/risk-facts.js';
import { changeFacts } from '../../policy/gather-facts.js';
import type { FileFact } from '../../policy/facts.js';
import { riskFactsFor } from '../risk-facts-for.js';
import { replayFacts } from '../replay/replay-facts.js';
import { waitingFor } from '../waiting-for.js';
import { executedTests } from '../executed-tests.js';
import { textReader } from '../text-reader.js';
import type { Context } from '../context.js';
import { policyFactsOf } from '../policy-facts.js';
import type { RunState } from '../state.js';

/** Judges the facts about the candidate. Pure rules; no model has a say. */
export async function judge(context: Context, state: Extract<RunState, { kind: 'validated' }>): Promise<Result<void, Fault>> {
  const { candidate, attempt } = state;
  const patch = Buffer.from(await context.ports.workspace.patch(candidate.base, candidate.tree)).toString('utf8');
  const files = parsePatch(patch);
  const lines = new Map(files.map((file) => [file.path, file.added]));
  const added = new Map([...lines].map(([path, of]) => [path, of.map((line) => line.text).join('\n')]));
  const { config } = context.settings;
  const quality = await qualityFacts(context, state, files);
  if (!quality.ok) return quality;
  const policy = await compilePolicy(config.policy, config.policy.resolved);
  // The configuration was looked through when it was loaded: a problem now is that of a program that judges by other rules.
  if (!policy.ok) return err({ code: 'bug', side: 'ours', retryable: false, source: 'flow/judge', message: `The policy that this run was admitted under cannot be used here: ${policy.error.map(({ message }) => message).join('; ')}`.slice(0, 4000) });
  const change = changeFacts({ files: candidate.files, bytes: candidate.stats.bytes, owners: state.briefed.owners });
  const gates = await evaluateGates({
    candidate, config, workdir: config.workdir, folders: state.order.assignment?.folders, limits: state.order.limits, addedText: (path) => added.get(path),
    addedLines: (path) => lines.get(path) ?? [], likely: state.briefed.likelyFiles, textOf: textReader(context.ports.workspace, candidate), quality: quality.value, executed: executedTests(state), ...replayFacts(context, state),
    grants: standingGrants(state.grants, context.ports.clock.now()), risk: await risk(context, state, change.files),
  });
  const joined = joinPolicy(gates, policy.value, policyFactsOf(state, context.ports.clock.now(), change));
  await context.trail.append({ type: 'gate-evaluated', attempt, tree: candidate.tree, verdict: joined.verdict, ...(joined.policy === undefined ? {} : { policy: joined.policy }) });
  return ok(undefined);
}

/** What risk needs to know beside the change: history, importers, services. */
async function risk(context: Context, state: Extract<RunState, { kind: 'validated' }>, files: readonly FileFact[]): Promise<RiskFacts> {
  const { config } = context.settings;
  const stops = state.attempts.filter(({ ending }) => ending?.kind === 'stopped').length;
  // In the split another job made the attempts: what it says of them is a claim.
  const attempts = context.trail.events.some(({ fact }) => fact.type === 'bundle-received') ? undefined : state.attempts.length;
  return riskFactsFor({ candidate: state.candidate, files, config: config.gates.risk, services: config.policy.services, attempts, stops, waiting: await waitingFor(context, files) }, context.ports.workspace);
}
