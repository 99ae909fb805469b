import type { Fault } from '../../domain/fault.js';
import type { RunRequest, Trigger } from '../../domain/request.js';
import { ok, type Result } from '../../kit/result.js';
import type { Context } from '../context.js';
import { EarlyFolders } from '../early-folders.js';
import { useCommand } from './use-command.js';

/**
 * What somebody did about a run that waits, as facts of its trail: nothing, when the act says nothing about what it waits for. A
 * command is judged by who wrote it. Any other act before the order makes admission look at everything again; it decides by the
 * ticket as it stands then, never by the act. Finished work waits for a word that is a command.
 */
export async function takeAct(context: Omit<Context, 'early'>, request: RunRequest): Promise<Result<void, Fault>> {
  const { trail, ports } = context;
  const { trigger } = request;
  if (trail.state.kind !== 'asked' && trail.state.kind !== 'waiting') return ok(undefined);
  if (isCommand(trigger)) return useCommand({ ...context, early: new EarlyFolders(ports.workspace) }, { ...request, trigger });
  if (trail.state.kind === 'asked') await trail.append({ type: 'reconsidered', request });
  return ok(undefined);
}

function isCommand(trigger: Trigger): trigger is Extract<Trigger, { kind: 'command' | 'misread' }> {
  return trigger.kind === 'command' || trigger.kind === 'misread';
}
