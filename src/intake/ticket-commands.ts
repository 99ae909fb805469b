import type { TicketCommand } from '../domain/slash-command.js';
import type { TicketComment } from '../domain/ticket.js';
import { readComment } from './comment-command.js';

/** The newest comments that could hold a command are read; older ones have been answered long ago. */
const READ_MAX = 500;

/** The commands in the comments of a ticket, oldest first. A comment that cannot be read has none. */
export function ticketCommands(comments: readonly TicketComment[]): readonly TicketCommand[] {
  const candidates = comments.filter((comment) => comment.body.includes('/heddle ')).slice(-READ_MAX);
  return candidates.flatMap((comment) => {
    const reading = readComment(comment.body);
    if (reading.kind !== 'command') return [];
    return [{ commentId: comment.id, by: comment.author, at: comment.createdAt, edited: comment.updatedAt !== comment.createdAt, command: reading.command }];
  });
}
