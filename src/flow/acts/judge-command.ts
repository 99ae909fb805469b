import { AskAccounts } from '../../admission/ask-accounts.js';
import { commandWho, mayUse, type MayUse } from '../../admission/command-rule.js';
import { sameActor } from '../../admission/people.js';
import type { Configuration } from '../../config/configuration.js';
import type { Actor } from '../../domain/actor.js';
import type { Fault } from '../../domain/fault.js';
import type { RunRequest } from '../../domain/request.js';
import type { CommandName } from '../../domain/slash-command.js';
import type { Ticket, TicketComment } from '../../domain/ticket.js';
import { ok, type Result } from '../../kit/result.js';
import type { Context } from '../context.js';

/**
 * Whether who wrote a command may use it. The event is a hint: the comment is looked up again, and one that was deleted, edited or is
 * somebody else's is no command. Who started this CI run again must be allowed as well.
 */
export async function judgeCommand(context: Pick<Context, 'ports' | 'settings' | 'signal'>, { request, command, seen, asked }: { readonly request: RunRequest; readonly command: CommandName; /** Fetched just now. */ readonly seen?: Ticket | undefined; /** What the run that waits with finished work was asked for by. */ readonly asked?: RunRequest | undefined }): Promise<Result<MayUse, Fault>> {
  const { ports, settings, signal } = context;
  const { roles, admission } = settings.config;
  if (request.fromFork) return ok({ allowed: false, unknown: false, words: 'the event comes from a fork' });
  const fetched = seen === undefined ? await ports.tracker.fetch(request.ticket, signal) : ok(seen);
  if (!fetched.ok) return fetched;
  const comment = await commentOf(context, request, fetched.value);
  if (!comment.ok) return comment;
  if (comment.value?.author.id !== request.actor.id || comment.value.updatedAt !== comment.value.createdAt) {
    return ok({ allowed: false, unknown: false, words: 'the comment with the command is not there any more, was edited, or is of another account' });
  }
  const asking = new AskAccounts(ports.reader, roles.named, signal);
  for (const actor of [request.actor, ...(request.rerunBy === undefined ? [] : [request.rerunBy])]) {
    // An account of another service is none of this forge's, whatever it is called.
    if (ports.tracker.id === ports.reader.id || atChange(request)) await asking.about(actor, commandWho(command, roles));
    else asking.foreign(actor, ports.tracker.id);
    const may = mayUse(command, actor, { accounts: asking.known, roles, bots: admission.bots, author: fetched.value.author });
    if (!may.allowed) return ok(may);
    const bar = command === 'approve' && asked !== undefined ? barOf(actor, { asked, author: fetched.value.author, config: settings.config }) : undefined;
    if (bar !== undefined) return ok({ allowed: false, unknown: false, words: bar });
    if (actor === (request.rerunBy ?? request.actor)) return ok(may);
  }
  throw new Error('nobody used the command');
}

/** Who may not approve a ticket as its author or requester may not approve the change that came of it either. */
function barOf(actor: Actor, { asked, author, config }: { readonly asked: RunRequest; readonly author: Actor; readonly config: Configuration }): string | undefined {
  const { not_author: notAuthor, not_requester: notRequester } = config.admission.approval;
  if (notAuthor && sameActor(actor, author)) return `${actor.login} wrote the ticket, and admission.approval.not_author is set`;
  return notRequester && sameActor(actor, asked.actor) ? `${actor.login} asked for the run, and admission.approval.not_requester is set` : undefined;
}

function atChange({ trigger }: RunRequest): boolean {
  return trigger.kind === 'command' && trigger.place.kind !== 'ticket';
}

async function commentOf({ ports, signal }: Pick<Context, 'ports' | 'signal'>, { trigger }: RunRequest, ticket: Ticket): Promise<Result<TicketComment | undefined, Fault>> {
  if (trigger.kind === 'comment') return ok(ticket.comments.find((one) => one.id === trigger.commentId));
  if (trigger.kind !== 'command' && trigger.kind !== 'misread') return ok(undefined);
  if (trigger.place.kind === 'ticket') return ok(ticket.comments.find((one) => one.id === trigger.commentId));
  return ports.reader.changeComment === undefined ? ok(undefined) : ports.reader.changeComment(trigger.place, trigger.commentId, signal);
}
