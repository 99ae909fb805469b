import { claimName } from '../../admission/claim-name.js';
import { loadConfiguration } from '../../config/load.js';
import { digestOfJson } from '../../domain/digest.js';
import { err, ok, type Result } from '../../kit/result.js';
import type { Digest } from '../../domain/ids.js';
import { verifyChain } from '../../ledger/chain.js';
import { readLedgerLines } from '../../ledger/ledger-entry.js';
import type { StoredWait } from '../../ports/waiting-store.js';
import type { RunEvent } from '../event.js';
import { fold } from '../evolve.js';
import type { RunState } from '../state.js';
import { parseEvents } from '../trail.js';
import type { PackFiles } from './pack.js';
import type { PackRefusal } from './pack-refusal.js';

/** The ledger's lines of the run, and the end of a trail that the run's row promises (`Booking.promised`). */
export interface LedgerKnows { readonly lines: Uint8Array; readonly promised?: Digest | undefined }

/** A pack that is one story. */
export interface WaitingRun { readonly events: readonly RunEvent[]; readonly state: RunState }

/**
 * Whether the files of a pack are the run that the entry names, in the state of a wait, with the order and the configuration
 * that its trail recorded. `ledger` is what an independent place knows, where there is one: its lines must stand for exactly this
 * trail, or for the beginning of it when the end is the one that was promised there.
 *
 * This finds what was cut, mixed up or changed in part. A pack that somebody with write permission forged as a whole is not
 * found without a ledger: a trail has no signature (SECURITY.md).
 */
export function verifyPack(files: PackFiles, stored: StoredWait, ledger?: LedgerKnows): Result<WaitingRun, PackRefusal> {
  const { entry, name } = stored;
  const lines = files.get('events.jsonl') ?? new Uint8Array();
  const chain = verifyChain(lines, entry.head);
  if (!chain.ok) return refuse('trail-broken', `line ${chain.error.line} of the trail: ${chain.error.message}`);
  const parsed = parseEvents(lines);
  if (!parsed.ok) return refuse('trail-broken', `line ${parsed.error.line} of the trail: ${parsed.error.message}`);
  const folded = fold(parsed.value);
  if (!folded.ok) return refuse('trail-broken', `line ${folded.error.sequence + 1} of the trail: ${folded.error.problem}`);
  const first = parsed.value[0]?.fact;
  if (chain.value.run !== entry.run || first?.type !== 'requested' || claimName(first.request.ticket) !== name || claimName(entry.ticket) !== name) return refuse('other-run', `the trail is of run ${chain.value.run}, or of another ticket than it lies under`);
  if (folded.value.kind !== 'asked' && folded.value.kind !== 'waiting') return refuse('not-waiting', `the run stands in the state ${folded.value.kind}`);
  const broken = orderRefusal(files, parsed.value);
  if (broken !== undefined) return err(broken);
  const unknown = ledger === undefined ? undefined : ledgerRefusal(hashesOf(parsed.value, entry.head), ledger);
  return unknown === undefined ? ok({ events: parsed.value, state: folded.value }) : err(unknown);
}

function orderRefusal(files: PackFiles, events: readonly RunEvent[]): PackRefusal | undefined {
  const admitted = events.map((event) => event.fact).find((fact) => fact.type === 'admitted');
  if (admitted?.type !== 'admitted') return undefined;
  const { order, orderDigest, snapshot } = admitted;
  if (digestOfJson(order) !== orderDigest || order.snapshot !== snapshot.digest || events.some((event) => event.run !== order.run)) return { code: 'order-changed', words: 'the order is not the one that was sealed' };
  const loaded = loadConfiguration({ text: Buffer.from(files.get('configuration.json') ?? new Uint8Array()).toString('utf8'), file: 'configuration.json' });
  if (!loaded.ok || loaded.value.digest !== order.policy) return { code: 'configuration-changed', words: 'the configuration is not the one that the order was sealed under' };
  return undefined;
}

/** The hash of every line: it stands in the line after, and of the last one in the entry. */
function hashesOf(events: readonly RunEvent[], head: Digest): readonly string[] {
  return [...events.slice(1).map((event) => event.previous ?? ''), head];
}

/**
 * The ledger has one line for each of the trail's, by its hash. A run is kept there when it begins to wait, so the two are equal:
 * a trail that goes further was continued by nobody that the ledger knows, and one that ends earlier is an old pack put back.
 * In between stands a run whose process was killed after the pack was put: the ledger was told its end before.
 */
function ledgerRefusal(hashes: readonly string[], { lines, promised }: LedgerKnows): PackRefusal | undefined {
  const entries = readLedgerLines(lines);
  const same = (entries.length === 0 || verifyChain(lines).ok) && entries.length <= hashes.length && entries.every((entry, at) => 'event' in entry && entry.event === hashes[at]);
  if (!same) return { code: 'ledger-contradicts', words: 'the ledger holds another trail of this run, or one that went further' };
  if (entries.length === hashes.length || promised === hashes.at(-1)) return undefined;
  return { code: 'ledger-unknown', words: `the ledger knows the first ${entries.length} events of this run, and the pack has ${hashes.length}` };
}

function refuse(code: PackRefusal['code'], words: string): Result<never, PackRefusal> {
  return err({ code, words });
}
