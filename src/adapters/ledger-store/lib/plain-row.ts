import type { Booking } from '../../../domain/booking.js';
import { TrackerId } from '../../../domain/ticket.js';

/**
 * Whether parsed JSON is surely a row: whatever this says yes to, the schema of a booking says yes to as well (a property holds
 * the two together). It looks at each member once and copies nothing, so that 20,000 rows cost a small part of what the schema
 * costs. A no only means that the schema must be asked.
 */
export function isPlainRow(value: unknown): value is Booking {
  if (!isRecord(value) || value['version'] !== 1) return false;
  let needed = 0;
  for (const name of Object.keys(value)) {
    const member = MEMBERS.get(name);
    if (member?.holds(value[name]) !== true) return false;
    if (member.needed) needed += 1;
  }
  return needed === NEEDED;
}

type Holds = (value: unknown) => boolean;
interface Member { readonly holds: Holds; readonly needed: boolean }

const RUN = /^[0-9a-z]{8,40}$/;
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const DIGEST = /^sha256:[0-9a-f]{64}$/;
const TRACKERS: ReadonlySet<unknown> = new Set(TrackerId.options);
const KINDS: ReadonlySet<unknown> = new Set(['human', 'bot', 'unknown']);
const STATES: ReadonlySet<unknown> = new Set(['running', 'waiting', 'ended']);

const text = (most: number, least = 0): Holds => (value) => typeof value === 'string' && value.length >= least && value.length <= most;
const matching = (pattern: RegExp): Holds => (value) => typeof value === 'string' && pattern.test(value);
const among = (set: ReadonlySet<unknown>): Holds => (value) => set.has(value);
const list = (holds: Holds, most = Infinity): Holds => (value) => Array.isArray(value) && value.length <= most && value.every(holds);
const anyText = text(Infinity);
const count: Holds = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const instant = matching(INSTANT);
const digest = matching(DIGEST);

/** A record with exactly these members. */
function record(members: Readonly<Record<string, Holds>>): Holds {
  const entries = Object.entries(members);
  return (value) => isRecord(value) && Object.keys(value).length === entries.length && entries.every(([name, holds]) => Object.hasOwn(value, name) && holds(value[name]));
}

const units = record({ cost: count, tokens: count, minutes: count });

const ALWAYS: Readonly<Record<string, Holds>> = {
  version: (value) => value === 1, run: matching(RUN), ticket: record({ tracker: among(TRACKERS), key: text(500, 1) }), repository: text(300, 1), target: text(500), at: instant, changedAt: instant,
  requestedBy: record({ login: text(200), id: text(200), kind: among(KINDS) }), labels: list(anyText), owners: list(anyText), holder: text(500), state: among(STATES),
  reserved: units, spent: units, expiresAt: instant, scope: list(anyText, 2000),
};
const SOMETIMES: Readonly<Record<string, Holds>> = {
  agent: text(100), outcome: text(40), code: text(60), snapshot: digest, likeness: list(count, 128), approvals: list(digest, 50), head: digest, promised: digest,
  change: record({ number: (value) => count(value) && value !== 0, url: anyText, branch: anyText }),
};

const MEMBERS: ReadonlyMap<string, Member> = new Map([
  ...Object.entries(ALWAYS).map(([name, holds]): [string, Member] => [name, { holds, needed: true }]),
  ...Object.entries(SOMETIMES).map(([name, holds]): [string, Member] => [name, { holds, needed: false }]),
]);
const NEEDED = Object.keys(ALWAYS).length;

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
