import path from 'node:path';
import type { Phase } from '../../domain/phase.js';
import type { Arguments } from '../arguments.js';
import { begin } from '../begin.js';
import { invocationFromArguments } from '../command-line-invocation.js';
import { leaveOutputs } from '../gitlab/leave-outputs.js';
import type { Invocation } from '../invocation.js';
import { beginPhase, type PlannedPhase } from '../phases/begin-phase.js';
import { leftBundle } from '../phases/left-bundle.js';
import { progressFor } from '../progress-for.js';
import { complain, report } from '../report-result.js';
import type { Secrets } from '../secrets.js';

/** `heddle admit|work|verify|deliver`: one part of the road, with the rights of that part and no more. */
export async function phaseCommand(phase: Phase, given: Arguments, secrets: Secrets): Promise<number> {
  const invocation = await invocationFromArguments(given, secrets);
  if (!invocation.ok) return complain(invocation.error);
  return phase === 'admit' ? admit(invocation.value) : planned(invocation.value, phase);
}

async function admit(invocation: Invocation): Promise<number> {
  const progress = progressFor(invocation);
  const result = await begin(invocation, progress, 'admit');
  progress.close();
  if (!result.ok) return complain(result.error);
  const left = 'plan' in result.value && result.value.plan !== undefined ? { plan: path.join(result.value.evidence, 'plan.json'), planDigest: result.value.plan.digest, baseCommit: result.value.plan.base } : {};
  await leaveOutputs(invocation, result.value, left.planDigest === undefined ? {} : { 'plan-digest': left.planDigest, 'base-commit': left.baseCommit });
  return report(result.value, { json: invocation.options.get('json') === 'true', host: invocation.host, more: left });
}

async function planned(invocation: Invocation, phase: PlannedPhase): Promise<number> {
  const progress = progressFor(invocation);
  const result = await beginPhase(invocation, phase, progress);
  progress.close();
  if (!result.ok) return complain(result.error);
  const bundle = phase === 'work' && !('ignored' in result.value) ? await leftBundle(result.value) : undefined;
  await leaveOutputs(invocation, result.value, { ...(bundle === undefined ? {} : { 'bundle-digest': bundle.digest }), ...heldOf(result.value) });
  return report(result.value, { json: invocation.options.get('json') === 'true', host: invocation.host, more: { ...(bundle === undefined ? {} : { bundle: bundle.folder, bundleDigest: bundle.digest }), ...heldOf(result.value) } });
}

/** Phase verify: what deliver is told beside the result of the job. */
function heldOf(result: object): Readonly<Record<string, string>> {
  return 'held' in result && typeof result.held === 'string' ? { held: result.held } : {};
}
