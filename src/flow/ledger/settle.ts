import { NO_UNITS, type Booking } from '../../domain/booking.js';
import type { Digest, Instant } from '../../domain/ids.js';
import { ledgerLines, type LedgerLines } from '../../ledger/ledger-entry.js';
import { assertNever } from '../../kit/assert-never.js';
import type { Context } from '../context.js';
import { isTerminal, type RunState, type TerminalState } from '../state.js';
import type { Trail } from '../trail.js';
import { warn } from '../warn.js';
import { newRow } from './row.js';
import { spendingOf } from './spending.js';

const TRIES_MAX = 3;
const PAUSE_MS = 2_000;

/**
 * Writes what a run has become into the ledger, when it comes to rest: its lines without contents, and its row with what it
 * really took. A ledger that is away never loses the run: the run folder has the trail, and the reservation ends by itself.
 */
export async function settle(context: Context, rest: { readonly kind: string }): Promise<void> {
  const { ports: { ledger, clock, pause }, settings, trail, signal } = context;
  const request = 'request' in trail.state ? trail.state.request : requestOf(trail);
  const events = rest.kind === 'interrupted' ? untilLastWait(trail.events) : trail.events;
  const lines = ledgerLines(events, hashesOf(trail));
  if (ledger === undefined || settings.dryRun || request === undefined || lines === undefined || rest.kind === 'planned') return;
  const now = clock.now();
  const fresh = newRow(context, request);
  const amend = (before: Booking | undefined): Booking => settledRow(trail, { row: before ?? fresh, now, lines });
  for (let round = 1; ; round += 1) {
    // Without the signal: a run that was cancelled must still say what it took.
    const kept = await ledger.keep({ run: trail.run, ticket: request.ticket, at: trail.events[0]?.at ?? now, lines: lines.bytes, head: lines.head, amend });
    if (kept.ok) return;
    if (kept.error.retryable && round < TRIES_MAX) {
      await pause(PAUSE_MS * 2 ** round, signal);
      continue;
    }
    await warn(context, `The ledger does not have the end of this run: ${kept.error.message} What it held counts until it expires; \`heddle resume\` on the run folder writes it again.`);
    return;
  }
}

/** The row of a run by its trail. What a rule wrote into the row before (scope, owners, labels) stays. */
export function settledRow(trail: Pick<Trail, 'events' | 'state'>, at: { readonly row: Booking; readonly now: Instant; readonly lines: LedgerLines }): Booking {
  const { state } = trail;
  const spent = spendingOf(trail.events, at.now);
  const approvals = marksOf(trail);
  const { promised: _kept, ...row } = at.row;
  const common: Booking = { ...row, changedAt: at.now, spent, head: at.lines.head, ...(approvals.length === 0 ? {} : { approvals: [...approvals] }) };
  if (isTerminal(state)) {
    const code = codeOf(state);
    const change = state.kind === 'delivered' ? state.delivery.change : undefined;
    return {
      ...common, state: 'ended', reserved: NO_UNITS, outcome: state.kind, expiresAt: at.now, ...(code === undefined ? {} : { code }),
      ...(change === undefined ? {} : { change: { number: change.number, url: change.url, branch: change.branch } }),
    };
  }
  const question = trail.events.findLast(({ fact }) => fact.type === 'human-asked')?.fact;
  const until = question?.type === 'human-asked' ? question.expiresAt : undefined;
  // Before an order nothing is held; finished work that waits holds what it took, and its paths.
  if (state.kind === 'asked') return { ...common, state: 'waiting', reserved: NO_UNITS, expiresAt: until ?? at.now };
  if (state.kind === 'waiting') return { ...common, state: 'waiting', reserved: spent, expiresAt: until ?? state.order.expiresAt };
  return common;
}

/** The acts that the order stands on. When this run has delivered, the next one must not stand on them again. */
function marksOf({ events }: Pick<Trail, 'events'>): readonly Digest[] {
  const admitted = events.find(({ fact }) => fact.type === 'admitted')?.fact;
  return admitted?.type === 'admitted' ? (admitted.order.approval?.acts ?? []).flatMap(({ mark }) => mark ?? []) : [];
}

/** The closed code below the outcome. */
function codeOf(state: TerminalState): string | undefined {
  switch (state.kind) {
    case 'declined': return state.decline.code;
    case 'exhausted': return state.reason;
    case 'faulted': return state.fault.code;
    case 'delivered': case 'cancelled': case 'superseded': return undefined;
    default: return assertNever(state);
  }
}

/**
 * A run that was interrupted after a wait goes on from what is kept of that wait, perhaps in another job, and what that job
 * records would contradict the lines of this one for good. Only what every later job will have is kept.
 */
function untilLastWait(events: Trail['events']): Trail['events'] {
  const resumed = events.findLastIndex(({ fact }) => fact.type === 'resumed');
  const asked = events.slice(0, Math.max(0, resumed)).findLastIndex(({ fact }) => fact.type === 'human-asked');
  return asked < 0 ? events : events.slice(0, asked + 1);
}

/** Each line's hash stands in the line after it; of the last one the trail itself knows it. */
export function hashesOf(trail: Pick<Trail, 'events' | 'head'>): readonly Digest[] {
  return [...trail.events.slice(1).map((event) => event.previous), trail.head].flatMap((hash) => hash ?? []);
}

function requestOf(trail: Trail): Extract<RunState, { kind: 'requested' }>['request'] | undefined {
  const first = trail.events[0]?.fact;
  return first?.type === 'requested' ? first.request : undefined;
}
