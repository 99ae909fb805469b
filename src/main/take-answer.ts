import { mayWrite, type Actor } from '../domain/actor.js';
import type { Trail } from '../flow/trail.js';
import { err, ok, type Result } from '../kit/result.js';
import type { ForgeReader } from '../ports/forge.js';
import { EXIT } from './exit-code.js';
import type { Invocation } from './invocation.js';
import { faultProblem, usageProblem, type Problem } from './problem.js';

/** Records the answer that a waiting run asked for. In CI the person who gives it must have write permission. */
export async function takeAnswer(invocation: Invocation, trail: Trail, given: { readonly answer: string | undefined; readonly reader: ForgeReader }): Promise<Result<void, Problem>> {
  if (trail.state.kind !== 'waiting') {
    return given.answer === undefined ? ok(undefined) : err(usageProblem('The run is not waiting for an answer; leave --answer out.'));
  }
  if (given.answer === undefined) return ok(undefined);
  const actor: Actor = invocation.triggeringActor ?? invocation.actor ?? { login: invocation.localUser ?? 'local', id: invocation.localUser ?? 'local', kind: 'human' };
  if (invocation.localUser === undefined) {
    const permission = await given.reader.permissionOf(actor.login);
    if (!permission.ok) return err(faultProblem(permission.error));
    if (!mayWrite(permission.value)) return err({ exit: EXIT.declined, message: `${actor.login} has no write permission here and cannot answer for this run.` });
  }
  await trail.append({ type: 'human-answered', answer: given.answer === 'allow' ? 'allow' : 'deny', by: actor });
  return ok(undefined);
}
