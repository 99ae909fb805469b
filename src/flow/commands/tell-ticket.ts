import { Snapshot, type TicketRef } from '../../domain/ticket.js';
import { approvalNote } from '../../delivery/approval-note.js';
import { noteFor, noteTicket, type NoteContext } from '../../delivery/notes.js';
import type { Phase } from '../../domain/phase.js';
import { demandWords } from '../../admission/change-demands.js';
import { inline } from '../../kit/harmless.js';
import { demandsOf, givenTo } from '../acts/approve-change.js';
import type { Context } from '../context.js';
import type { Ending } from '../command.js';
import type { RunFactOf } from '../event.js';
import { warn } from '../warn.js';

/**
 * Writes the one sticky comment of the ticket. Best effort: a tracker that is away must not keep a run from ending. What went
 * wrong stands in the evidence.
 */
export async function tellTicket(context: Context, ticket: TicketRef, told: string | Ending | RunFactOf<'human-asked'>): Promise<void> {
  const { ports, trail, settings } = context;
  if (settings.dryRun || !mayTell(settings.phase) || !ports.tracker.capabilities.comments) return;
  const markdown = typeof told === 'string' ? told : noteFor(told, { run: trail.run, evidenceUrl: settings.evidenceUrl, ...await wantedOf(context, told) });
  const written = await noteTicket(ports.tracker, ticket, { markdown: ports.redactor.text(markdown) });
  if (!written.ok) await warn(context, `The ticket could not be told: ${written.error.message}`);
}

/** What `/heddle approve` must name, and what it would cover: the change that waits, or the ticket with its bounds. */
async function wantedOf({ trail, ports, settings }: Context, told: Ending | RunFactOf<'human-asked'>): Promise<Pick<NoteContext, 'approve' | 'approval'>> {
  if (trail.state.kind === 'waiting') {
    const demands = demandsOf(trail.state, trail.events.map(({ fact }) => fact), settings);
    return { approve: trail.state.candidate.tree.slice(0, APPROVE_DIGITS), ...(demands.length === 0 ? {} : { approval: `**Must say yes:** ${inline(demandWords(demands, givenTo(trail.state)), 1_500)}.` }) };
  }
  if (told.type !== 'human-asked' || told.approval === undefined) return {};
  const [now, before] = await Promise.all(['ticket.json', 'ticket-before.json'].map(async (name) => snapshotIn(await ports.evidence.readText(name))));
  return { approve: told.approval.digest.slice('sha256:'.length, 'sha256:'.length + APPROVE_DIGITS), approval: approvalNote(told.approval, { now, before }) };
}

/** The documents are our own; one that is not there or damaged is left out of the words. */
function snapshotIn(text: string | undefined): Snapshot | undefined {
  try {
    const parsed = Snapshot.safeParse(JSON.parse(text ?? ''));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

/** Enough of a tree's name that nobody meets another one by trying; what `/heddle approve` takes at least. */
const APPROVE_DIGITS = 16;

/** In the split admit and deliver hold the tracker. The token of admit may be one that can only read: then the job summary says it. */
export function mayTell(phase: Phase | undefined): boolean {
  return phase !== 'work' && phase !== 'verify';
}
