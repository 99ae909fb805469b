import type { Instant } from '../../domain/ids.js';
import type { Ticket, TicketComment } from '../../domain/ticket.js';

const COMMENTS_MAX = 20;
/** So many accounts are asked about at most: each costs a call. */
export const ANSWERING_ACCOUNTS_MAX = 5;

/**
 * The comments that may hold answers: written at or after the questions, by people, with something beside a command in them. Those
 * of the author count at once; of anybody else only when the forge says that they may write here, which the caller asks.
 */
export function answersIn(ticket: Pick<Ticket, 'author' | 'comments'>, askedAt: Instant): { readonly own: readonly TicketComment[]; readonly others: readonly TicketComment[] } {
  // Trackers tell times in whole seconds.
  const after = ticket.comments.filter((comment) => comment.createdAt.slice(0, 19) >= askedAt.slice(0, 19) && saysSomething(comment)).slice(0, COMMENTS_MAX);
  const own = after.filter((comment) => comment.author.id === ticket.author.id);
  const others = after.filter((comment) => comment.author.id !== ticket.author.id);
  const accounts = new Set([...new Set(others.map((comment) => comment.author.id))].slice(0, ANSWERING_ACCOUNTS_MAX));
  return { own, others: others.filter((comment) => accounts.has(comment.author.id)) };
}

/** Comments of programs, ours among them, answer nothing; neither does a bare command. */
function saysSomething({ author, body }: TicketComment): boolean {
  if (author.kind === 'bot' || author.login.toLowerCase().endsWith('[bot]') || body.startsWith('<!-- heddle:')) return false;
  return body.slice(0, 65_536).split('\n').some((line) => line.trim() !== '' && !line.trim().startsWith('/heddle '));
}

/**
 * When the content was last changed, answers included: an answer is content, so one that comes after an approval voids it as an
 * edit does. `except` is the comment that is the approving act itself.
 */
export function editedWithAnswers(ticket: Ticket, chosen: readonly string[], except: string | undefined): Ticket['contentEditedAt'] {
  if (ticket.contentEditedAt === undefined) return undefined;
  const times = ticket.comments.filter((comment) => chosen.includes(comment.id) && comment.id !== except).map((comment) => (comment.updatedAt > comment.createdAt ? comment.updatedAt : comment.createdAt));
  return [...times, ...(ticket.contentEditedAt === null ? [] : [ticket.contentEditedAt])].sort().at(-1) ?? null;
}
