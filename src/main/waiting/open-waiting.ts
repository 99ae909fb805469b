import type { Fault } from '../../domain/fault.js';
import { openPack, type PackFiles } from '../../flow/waiting/pack.js';
import type { PackRefusal } from '../../flow/waiting/pack-refusal.js';
import { verifyPack, type LedgerKnows, type WaitingRun } from '../../flow/waiting/verify-pack.js';
import { Instant } from '../../domain/ids.js';
import { err, ok, type Result } from '../../kit/result.js';
import type { Ledger } from '../../ports/ledger.js';
import type { StoredWait, WaitingStore } from '../../ports/waiting-store.js';

export interface OpenedWait extends WaitingRun { readonly stored: StoredWait; readonly files: PackFiles }

/** A fault of the store, or a pack that is not believed. */
export type OpenProblem = { readonly kind: 'fault'; readonly fault: Fault } | { readonly kind: 'refused'; readonly refusal: PackRefusal };

/** Older rows of other runs count as well: any row at all shows that this ledger is kept. */
const EVER = Instant.parse('1970-01-01T00:00:00.000Z');
const NO_LINES = new Uint8Array();

/** Takes a waiting run out of the store and believes it only when it is one story, and the ledger's where there is one. `withoutLedger`: a ledger that cannot be read is told and done without. */
export async function openWaiting(stored: StoredWait, from: { readonly store: WaitingStore; readonly ledger?: Ledger | undefined; readonly withoutLedger?: ((fault: Fault) => void) | undefined }): Promise<Result<OpenedWait, OpenProblem>> {
  const pack = await from.store.pack(stored);
  if (!pack.ok) return err({ kind: 'fault', fault: pack.error });
  const files = await openPack(pack.value, stored.entry.digest);
  if (!files.ok) return err({ kind: 'refused', refusal: files.error });
  const known = from.ledger === undefined ? ok(undefined) : await knownIn(from.ledger, stored);
  if (!known.ok && from.withoutLedger === undefined) return err({ kind: 'fault', fault: known.error });
  if (!known.ok) from.withoutLedger?.(known.error);
  const verified = verifyPack(files.value, stored, known.ok ? known.value : undefined);
  return verified.ok ? ok({ ...verified.value, stored, files: files.value }) : err({ kind: 'refused', refusal: verified.error });
}

/** What the ledger has of the run. A ledger without any row is one that could never be written, and says nothing about a run. */
async function knownIn(ledger: Ledger, { entry }: StoredWait): Promise<Result<LedgerKnows | undefined, Fault>> {
  const lines = await ledger.linesOf(entry.run);
  if (!lines.ok && lines.error.code !== 'not-found') return lines;
  const view = await ledger.read({ since: lines.ok ? entry.since : EVER, ticket: entry.ticket });
  if (!view.ok) return view;
  const { rows, damage } = view.value;
  if (!lines.ok && rows.length === 0 && damage.length === 0) return ok(undefined);
  return ok({ lines: lines.ok ? lines.value : NO_LINES, promised: rows.find((row) => row.run === entry.run)?.promised });
}
