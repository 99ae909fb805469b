import { misreadWords } from '../../admission/command-words.js';
import { declineReason } from '../../admission/words.js';
import { commandNote } from '../../delivery/command-note.js';
import type { RunRequest } from '../../domain/request.js';
import type { SlashCommand } from '../../domain/slash-command.js';
import type { DeclineCode } from '../../domain/stop-reason.js';
import { ok } from '../../kit/result.js';
import type { Seen } from '../admit/look.js';
import { on, type Staged } from '../admit/stage.js';
import type { In } from '../command.js';
import { answerCommand } from '../commands/answer-command.js';
import type { Context } from '../context.js';
import { explainLast } from './explain-run.js';
import { judgeCommand } from './judge-command.js';
import { record } from './use-command.js';

/**
 * A command that began a run, since no run of its ticket waits. It is judged and recorded first. Only `run`, `retry` and `approve`
 * may go on to admission; for the others, and for whoever may not use them, this run ends with an answer.
 */
export async function commandAlone(context: Context, seen: Seen): Promise<Staged<Seen>> {
  const { state: { request }, ticket } = seen;
  const { trigger } = request;
  if (!beginsByCommand(seen.state) || context.trail.events.some(({ fact }) => fact.type === 'command-used')) return on(seen);
  if (trigger.kind === 'misread') {
    const words = misreadWords(trigger.problem, trigger.word);
    await record(context, request, { allowed: false, words });
    return end(context, request, { code: 'command-misread', allowed: false, words });
  }
  if (trigger.kind !== 'command' && trigger.kind !== 'comment') return on(seen);
  const name = trigger.kind === 'comment' ? trigger.command : trigger.command.name;
  const may = await judgeCommand(context, { request, command: name, seen: ticket });
  if (!may.ok) return may;
  await record(context, request, may.value);
  if (!may.value.allowed) return end(context, request, { code: may.value.unknown ? 'permission-unknown' : 'command-not-allowed', allowed: false, words: may.value.words });
  const alone = trigger.kind === 'comment' ? undefined : ALONE[trigger.command.name];
  if (alone === undefined) return on(seen);
  const details = name === 'explain' ? await explainLast(context, request.ticket) : undefined;
  return end(context, request, { ...alone, allowed: true, ...(details === undefined ? {} : { details, words: 'no run of this ticket waits. The last one' }) });
}

/** The act that began this run is a comment: who wrote it is asked about before anything else is made ready. */
export function beginsByCommand({ request }: In<'requested'>): boolean {
  return request.trigger.kind === 'command' || request.trigger.kind === 'misread' || request.trigger.kind === 'comment';
}

/** What a command comes to when nothing waits for it. The comment itself stays at the ticket, and later runs read it there. */
const ALONE: Readonly<Partial<Record<SlashCommand['name'], { readonly code: DeclineCode; readonly words: string }>>> = {
  continue: { code: 'nothing-to-do', words: 'no run of this ticket waits. To start the work, write `/heddle run`' },
  override: { code: 'nothing-to-do', words: 'no run of this ticket waits, so no rule holds that could be lifted. Start the run, and lift the rule when it holds' },
  stop: { code: 'command-done', words: 'no run of this ticket waits. One that is at work ends at its next safe point, before another attempt or before it delivers; one that is queued does not start. Approvals from before this comment do not count any more' },
  deny: { code: 'command-done', words: 'no run of this ticket waits. Approvals from before this comment do not count any more' },
  explain: { code: 'command-done', words: 'no run of this ticket waits. What the last run did stands in the note of Heddle at this ticket' },
};

interface Came { readonly code: DeclineCode; readonly allowed: boolean; readonly words: string; readonly details?: string | undefined }

async function end(context: Context, request: RunRequest, { code, allowed, words, details }: Came): Promise<Staged<Seen>> {
  const { trigger, actor, ticket } = request;
  const command = trigger.kind === 'command' ? trigger.command.name : trigger.kind === 'comment' ? trigger.command : undefined;
  await answerCommand(context, ticket, commandNote({ command, by: actor.login, allowed, words, details }));
  const { next } = declineReason(code, { actor: actor.login, command });
  await context.trail.append({
    type: 'declined', code, words: allowed ? words : `${words}. What to do: ${next}`,
    verdict: { effect: 'deny', tree: { rule: 'command', effect: 'deny', words, values: { command: command ?? 'misread', by: `${actor.login} (${actor.id})` } } },
  });
  return ok({ kind: 'ended' });
}
