import type { Actor } from '../../../domain/actor.js';
import { Instant } from '../../../domain/ids.js';
import type { Ticket, TicketEvent, TicketRef } from '../../../domain/ticket.js';
import { untrusted } from '../../../domain/text.js';
import type { FrontMatter, TicketText } from './schema.js';

/**
 * A file has no history: the only event is what `approved_by` says, at the time that `created` says. `modified` (the
 * file's own time) only stands in where a date must be and none is given; nothing is decided by it, because copying or
 * checking out a file changes it. For the same reason the last edit is not told.
 */
export function toTicket(ref: TicketRef, text: TicketText, modified: Date): Ticket {
  const { front, body } = text;
  const createdAt = Instant.parse((front.created === undefined ? modified : new Date(front.created)).toISOString());
  return {
    ref,
    url: undefined,
    title: untrusted(front.title),
    body: untrusted(body),
    criteria: front.acceptance_criteria.map(untrusted),
    labels: front.labels,
    state: front.state,
    author: toActor(front.author ?? 'unknown'),
    createdAt,
    updatedAt: createdAt,
    contentEditedAt: null,
    events: approvals(front).map((login): TicketEvent => ({ kind: 'approved', actor: toActor(login), at: createdAt })),
    comments: [],
  };
}

function approvals(front: FrontMatter): readonly string[] {
  if (front.approved_by === undefined) return [];
  return typeof front.approved_by === 'string' ? [front.approved_by] : front.approved_by;
}

/** A name in a file is no account: the id says so, and can equal none of a forge. */
function toActor(login: string): Actor {
  return { login, id: `file:${login}`.slice(0, 200), kind: 'unknown' };
}
