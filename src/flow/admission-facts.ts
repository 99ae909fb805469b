import { subjectOf, type ApprovalSubject } from '../admission/approval-digest.js';
import { gatherAdmissionFacts, type AdmissionFacts } from '../admission/facts.js';
import type { Booking } from '../domain/booking.js';
import type { Fault } from '../domain/fault.js';
import type { Grant } from '../domain/grant.js';
import { Instant } from '../domain/ids.js';
import { isSameTicket } from '../domain/ticket-key.js';
import type { RunRequest } from '../domain/request.js';
import type { Snapshot, Ticket, TicketRef } from '../domain/ticket.js';
import { ticketCommands } from '../intake/ticket-commands.js';
import { ok, type Result } from '../kit/result.js';
import { needsLedger } from './ledger/needs-ledger.js';
import type { Context } from './context.js';

export interface FactsOf {
  /** What was asked first. */
  readonly first: RunRequest;
  readonly latest: RunRequest;
  readonly grants: readonly Grant[];
  readonly ticket: Ticket;
  readonly snapshot: Snapshot;
  readonly subject: ApprovalSubject;
  /** When grants and approvals are looked at: now, or when the order was given. */
  readonly now: Instant;
  readonly paths?: readonly string[] | undefined;
}

const HOUR_MS = 3_600_000;

/** The facts of admission, for a look before the order and for one before the delivery: the same questions to the same services. */
export async function admissionFacts(context: Context, of: FactsOf): Promise<Result<AdmissionFacts, Fault>> {
  const { ports, settings, signal } = context;
  const rows = await rowsOfTicket(context, of.first.ticket);
  if (!rows.ok) return rows;
  return gatherAdmissionFacts({
    first: of.first, request: of.latest, ticket: of.ticket, commands: ticketCommands(of.ticket.comments), snapshot: of.snapshot, subject: of.subject,
    tracker: { id: ports.tracker.id, capabilities: ports.tracker.capabilities }, config: settings.config, localUser: settings.localUser, grants: of.grants, now: of.now,
    rows: rows.value, ciRun: /\/runs\/(\d{1,20})$/.exec(settings.holder)?.[1], ...(of.paths === undefined ? {} : { paths: of.paths }),
  }, { reader: ports.reader }, signal);
}

/** What an approval of this run, as it is set up here, says yes to. */
export function subjectFor({ settings }: Pick<Context, 'settings'>, snapshot: Snapshot): ApprovalSubject {
  const { config, repository, base, policyDigest, limits } = settings;
  return subjectOf({ repository, base, policy: policyDigest, limits, agent: { id: config.agent.id, model: config.agent.model }, minRung: config.sandbox.min_rung }, snapshot);
}

/** Earlier runs of the ticket. Without a ledger there is no memory, and what needs one is silent. */
async function rowsOfTicket(context: Context, ticket: TicketRef): Promise<Result<readonly Booking[], Fault>> {
  const { ports, trail, signal } = context;
  if (ports.ledger === undefined) return ok([]);
  const since = Instant.parse(new Date(Date.parse(ports.clock.now()) - HOUR_MS).toISOString());
  const view = await ports.ledger.read({ since, ticket }, signal);
  if (!view.ok) return needsLedger(context) ? view : ok([]);
  return ok(view.value.rows.filter((row) => row.run !== trail.run && isSameTicket(row.ticket, ticket)));
}
