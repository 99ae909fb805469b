import { COMMAND_MARKER } from '../../delivery/command-note.js';
import type { TicketRef } from '../../domain/ticket.js';
import type { Context } from '../context.js';
import { warn } from '../warn.js';
import { mayTell } from './tell-ticket.js';

/**
 * Answers a command, in a sticky comment of its own beside the one that says where the run stands. Best effort, and silent
 * where this process may not write: what was used and what it came to stands in the trail.
 */
export async function answerCommand(context: Context, ticket: TicketRef, markdown: string): Promise<void> {
  const { ports, settings } = context;
  if (settings.dryRun || !mayTell(settings.phase) || !ports.tracker.capabilities.comments) return;
  const written = await ports.tracker.upsertComment(ticket, COMMAND_MARKER, ports.redactor.text(markdown), context.signal);
  if (!written.ok) await warn(context, `The command could not be answered: ${written.error.message}`);
}
