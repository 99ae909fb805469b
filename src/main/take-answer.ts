import { mayWrite, type Actor } from '../domain/actor.js';
import { approveChange } from '../flow/acts/approve-change.js';
import type { RunPorts, RunSettings } from '../flow/run-ports.js';
import type { Trail } from '../flow/trail.js';
import { err, ok, type Result } from '../kit/result.js';
import { EXIT } from './exit-code.js';
import type { Invocation } from './invocation.js';
import { faultProblem, usageProblem, type Problem } from './problem.js';

/**
 * Records the answer that a waiting run asked for. In CI the person who gives it must have write permission. Where several people
 * must say yes, this is one of them, and the run goes on waiting for the others.
 */
export async function takeAnswer(invocation: Invocation, trail: Trail, given: { readonly answer: string | undefined; readonly ports: RunPorts; readonly settings: RunSettings }): Promise<Result<void, Problem>> {
  const { state } = trail;
  if (state.kind !== 'waiting') {
    return given.answer === undefined ? ok(undefined) : err(usageProblem('The run is not waiting for an answer; leave --answer out.'));
  }
  if (given.answer === undefined) return ok(undefined);
  const actor: Actor = invocation.triggeringActor ?? invocation.actor ?? { login: invocation.localUser ?? 'local', id: invocation.localUser ?? 'local', kind: 'human' };
  if (invocation.localUser === undefined) {
    const permission = await given.ports.reader.permissionOf(actor.login);
    if (!permission.ok) return err(faultProblem(permission.error));
    if (!mayWrite(permission.value)) return err({ exit: EXIT.declined, message: `${actor.login} has no write permission here and cannot answer for this run.` });
  }
  if (given.answer !== 'allow') {
    await trail.append({ type: 'human-answered', answer: 'deny', by: actor });
    return ok(undefined);
  }
  const approved = await approveChange({ ports: given.ports, settings: given.settings, trail, signal: new AbortController().signal }, state, actor);
  if (!approved.ok) return err(faultProblem(approved.error));
  if (approved.value.facts.length === 0) return err({ exit: EXIT.declined, message: `The run goes on waiting: ${approved.value.words}.` });
  for (const fact of approved.value.facts) await trail.append(fact);
  return ok(undefined);
}
