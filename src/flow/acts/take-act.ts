import { mayWrite } from '../../domain/actor.js';
import type { Fault } from '../../domain/fault.js';
import type { RunRequest } from '../../domain/request.js';
import { ok, type Result } from '../../kit/result.js';
import type { Context } from '../context.js';

/**
 * What somebody did about a run that waits, as facts of its trail: nothing, when the act says nothing about what it waits for.
 * Before the order any act makes admission look at everything again; it decides by the ticket as it stands then, never by the
 * act. After the work only a clear word of somebody with write permission counts.
 */
export async function takeAct(context: Pick<Context, 'ports' | 'settings' | 'trail' | 'signal'>, request: RunRequest): Promise<Result<void, Fault>> {
  const { trail } = context;
  if (trail.state.kind === 'asked') {
    await trail.append({ type: 'reconsidered', request });
    return ok(undefined);
  }
  if (trail.state.kind !== 'waiting' || request.trigger.kind !== 'command') return ok(undefined);
  const { command } = request.trigger;
  if (command.name !== 'approve' && command.name !== 'deny') return ok(undefined);
  const permission = await context.ports.reader.permissionOf(request.actor.login, context.signal);
  if (!permission.ok) return permission;
  if (!mayWrite(permission.value)) return ok(undefined);
  if (command.name === 'approve' && !trail.state.candidate.tree.startsWith(command.digest)) return ok(undefined);
  await trail.append({ type: 'human-answered', answer: command.name === 'approve' ? 'allow' : 'deny', by: request.actor });
  return ok(undefined);
}
