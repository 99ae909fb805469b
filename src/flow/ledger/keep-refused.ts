import type { Fault } from '../../domain/fault.js';
import type { RunId } from '../../domain/ids.js';
import type { RunRequest } from '../../domain/request.js';
import { declineWords, type DeclineFacts } from '../../admission/words.js';
import { ledgerLines } from '../../ledger/ledger-entry.js';
import { ok, type Result } from '../../kit/result.js';
import type { Clock } from '../../ports/clock.js';
import type { Ledger } from '../../ports/ledger.js';
import type { TrailStore } from '../../ports/trail-store.js';
import type { RunSettings } from '../run-ports.js';
import { newTrail } from '../trail.js';
import { newRow } from './row.js';
import { hashesOf, settledRow } from './settle.js';

export interface Refused {
  readonly run: RunId;
  readonly request: RunRequest;
  readonly settings: Pick<RunSettings, 'repository' | 'config' | 'holder'>;
  /** The run that is at the ticket, and until when. */
  readonly claim: NonNullable<DeclineFacts['claim']>;
  readonly clock: Clock;
  redact(text: string): string;
}

/**
 * Keeps in the ledger that a job was turned away, because another one is at the same ticket. Such a job has no run folder and
 * leaves no note at the ticket, where the other one writes; without these two lines nobody could tell later why it did nothing.
 */
export async function keepRefused(ledger: Ledger, refused: Refused): Promise<Result<void, Fault>> {
  const { run, request, settings, clock } = refused;
  const words = declineWords('already-running', { claim: refused.claim });
  const trail = newTrail({ run, store: inMemory(), clock, onEvent: () => undefined, redact: (text) => refused.redact(text) });
  await trail.append({ type: 'requested', request });
  await trail.append({ type: 'declined', code: 'already-running', words, verdict: { effect: 'deny', tree: { rule: 'claim', effect: 'deny', words: `Run ${refused.claim.run} works on this ticket; its claim ends at ${refused.claim.expiresAt}.`, values: { run: refused.claim.run, until: refused.claim.expiresAt } } } });
  const lines = ledgerLines(trail.events, hashesOf(trail));
  if (lines === undefined) return ok(undefined);
  const now = clock.now();
  const fresh = newRow({ settings, trail, ports: { clock } }, request);
  return ledger.keep({ run, ticket: request.ticket, at: trail.events[0]?.at ?? now, lines: lines.bytes, head: lines.head, amend: (before) => settledRow(trail, { row: before ?? fresh, now, lines }) });
}

/** The lines go into the ledger at once; there is nothing to go on with after a crash. */
function inMemory(): TrailStore {
  let text = '';
  return {
    read: () => Promise.resolve(Buffer.from(text)),
    append: (lines) => { text += lines; return Promise.resolve(); },
    truncate: (length) => { text = Buffer.from(text).subarray(0, length).toString('utf8'); return Promise.resolve(); },
  };
}
