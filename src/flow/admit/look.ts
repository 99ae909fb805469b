import { mayWrite } from '../../domain/actor.js';
import type { Instant } from '../../domain/ids.js';
import type { RunRequest } from '../../domain/request.js';
import type { Ticket, Snapshot } from '../../domain/ticket.js';
import { takeSnapshot } from '../../intake/snapshot.js';
import { answersIn, editedWithAnswers } from '../../admission/readiness/choose-comments.js';
import type { In } from '../command.js';
import type { Context } from '../context.js';
import { on, type Staged } from './stage.js';

/** The ticket as it stands now, and the act that is judged. */
export interface Seen {
  readonly state: In<'requested'>;
  /** Its time of the last edit counts the answers that belong to the snapshot. */
  readonly ticket: Ticket;
  readonly snapshot: Snapshot;
}

/** First stage: the ticket is fetched again, never taken from the event, and cleaned. Answers to our questions belong to it. */
export async function look(context: Context, state: In<'requested'>): Promise<Staged<Seen>> {
  const { ports, settings } = context;
  const fetched = await ports.tracker.fetch(state.latest.ticket, context.signal);
  if (!fetched.ok) return fetched;
  const ticket = fetched.value;
  const comments = await chosenComments(context, ticket);
  const snapshot = takeSnapshot(ticket, { charsMax: settings.limits.ticketCharsMax, now: ports.clock.now(), comments });
  // A person who was asked before is shown what changed since.
  const before = await ports.evidence.readText('ticket.json');
  if (before !== undefined) await ports.evidence.writeText('ticket-before.json', before);
  await ports.evidence.writeJson('ticket.json', snapshot);
  return on({ state, ticket: { ...ticket, contentEditedAt: editedWithAnswers(ticket, comments, commentOf(state.latest)) }, snapshot });
}

/** Comments after our questions, by the author or by people with write permission. An answer about a permission that does not come is a no. */
async function chosenComments({ ports, settings, trail, signal }: Context, ticket: Ticket): Promise<string[]> {
  const asked = askedAt(trail.events);
  if (asked === undefined || !settings.config.readiness.comments) return [];
  const { own, others } = answersIn(ticket, asked);
  const writers = new Set<string>();
  if (ports.tracker.id === ports.reader.id) {
    for (const { author } of [...new Map(others.map((comment) => [comment.author.id, comment])).values()]) {
      const permission = await ports.reader.permissionOf(author.login, signal);
      if (permission.ok && mayWrite(permission.value)) writers.add(author.id);
    }
  }
  return [...own, ...others.filter((comment) => writers.has(comment.author.id))].map((comment) => comment.id);
}

/** When this run asked for answers first. */
function askedAt(events: Context['trail']['events']): Instant | undefined {
  return events.find(({ fact }) => fact.type === 'human-asked' && fact.asks === 'answers')?.at;
}

function commentOf({ trigger }: RunRequest): string | undefined {
  return 'commentId' in trigger ? trigger.commentId : undefined;
}
