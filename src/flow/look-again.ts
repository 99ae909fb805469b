import { subjectOf } from '../admission/approval-digest.js';
import type { AdmissionFacts } from '../admission/facts.js';
import { AskAccounts } from '../admission/ask-accounts.js';
import { commandWho, mayUse } from '../admission/command-rule.js';
import { stillStands } from '../admission/still-stands.js';
import type { Fault } from '../domain/fault.js';
import type { TicketCommand } from '../domain/slash-command.js';
import type { Ticket } from '../domain/ticket.js';
import { takeSnapshot } from '../intake/snapshot.js';
import { ticketCommands } from '../intake/ticket-commands.js';
import { err, ok, type Result } from '../kit/result.js';
import { admissionFacts } from './admission-facts.js';
import { bestOf } from './best-of.js';
import type { Ending } from './command.js';
import type { Context } from './context.js';
import type { Admitted, RunState } from './state.js';

type Working = Admitted & RunState;

/**
 * Asks tracker and forge again, right before anything is written, whether what the order stands on still stands: the ticket is
 * open, its text is the approved one, nobody said stop, who asked and who approved may still do so, and the approvals are enough for
 * the files that were really changed. Answers the end of the run where it does not. An answer that does not come is not a yes:
 * one that may come later is a fault, so that paid work waits for it.
 */
export async function lookAgain(context: Context, state: Working, paths: readonly string[]): Promise<Result<Ending | undefined, Fault>> {
  const { ports, settings } = context;
  const { order } = state;
  const gone = (words: string): Result<Ending, Fault> => ok({ type: 'exhausted', reason: 'approval-gone', words, ...bestOf(state) });
  const fetched = await ports.tracker.fetch(order.ticket, context.signal);
  if (!fetched.ok) return fetched.error.code === 'not-found' ? gone('The ticket is not there any more.') : fetched;
  const stopped = await stoppedBy(context, state, fetched.value);
  if (!stopped.ok || stopped.value !== undefined) return stopped;
  const now = takeSnapshot(fetched.value, { charsMax: settings.limits.ticketCharsMax, now: ports.clock.now(), comments: state.snapshot.comments?.map((comment) => comment.id) });
  // Grants and approvals are looked at as of the order: a run that was admitted in time must not fall for being slow.
  const facts = await admissionFacts(context, {
    first: state.request, latest: state.request, grants: state.grants, ticket: fetched.value, snapshot: now, subject: subjectOf(order, state.snapshot), now: order.admittedAt, paths,
  });
  if (!facts.ok) return facts;
  const fallen = stillStands(facts.value, { approved: state.snapshot, now });
  if (fallen === undefined) return ok(undefined);
  const silent = passingSilence(facts.value);
  return silent === undefined ? gone(fallen) : err({ code: 'service-error', side: 'theirs', retryable: true, source: 'flow', message: `Whether the approval still stands could not be asked: ${silent}. Nothing was written.` });
}

/** Codes of faults that pass. */
const PASSING: ReadonlySet<string> = new Set(['unreachable', 'timed-out', 'rate-limited', 'service-error', 'invalid-answer']);

/** The account about which the forge gave no answer now, and may give one later. */
function passingSilence({ permissions, accounts }: AdmissionFacts): string | undefined {
  const found = [...Object.entries(permissions), ...Object.entries(accounts.teams)].find(([, fact]) => fact.kind === 'unknown' && PASSING.has(fact.why));
  return found === undefined ? undefined : `the forge gave no answer about ${found[0]} (${found[1].kind === 'unknown' ? found[1].why : ''})`;
}

const STOPS_ASKED_MAX = 5;

/**
 * The stop mark is the comment itself: `/heddle stop` at the ticket, newer than the order, by somebody who may. It is looked for at
 * safe points (before each attempt and before the delivery), since nothing calls a CI job that runs.
 */
export async function stoppedBy(context: Context, state: Working, ticket: Ticket): Promise<Result<Ending | undefined, Fault>> {
  const { ports, settings, signal } = context;
  const { roles, admission } = settings.config;
  const stops = ticketCommands(ticket.comments).filter(({ command, edited, at }) => command.name === 'stop' && !edited && at >= state.order.admittedAt.slice(0, 19)).slice(-STOPS_ASKED_MAX);
  const asking = new AskAccounts(ports.reader, roles.named, signal);
  for (const stop of stops) {
    if (ports.tracker.id === ports.reader.id) await asking.about(stop.by, commandWho('stop', roles));
    else asking.foreign(stop.by, ports.tracker.id);
    if (mayUse('stop', stop.by, { accounts: asking.known, roles, bots: admission.bots, author: ticket.author }).allowed) return ok({ type: 'cancelled', by: whoStopped(stop), ...bestOf(state) });
  }
  return ok(undefined);
}

function whoStopped({ by, command }: TicketCommand): string {
  const reason = command.name === 'stop' && command.reason !== undefined ? `: ${command.reason.slice(0, 200)}` : '';
  return `${by.login} (/heddle stop)${reason}`;
}
