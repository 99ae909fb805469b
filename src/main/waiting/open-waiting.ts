import type { Fault } from '../../domain/fault.js';
import { openPack, type PackFiles } from '../../flow/waiting/pack.js';
import type { PackRefusal } from '../../flow/waiting/pack-refusal.js';
import { verifyPack, type WaitingRun } from '../../flow/waiting/verify-pack.js';
import { err, ok, type Result } from '../../kit/result.js';
import type { Ledger } from '../../ports/ledger.js';
import type { StoredWait, WaitingStore } from '../../ports/waiting-store.js';

export interface OpenedWait extends WaitingRun { readonly stored: StoredWait; readonly files: PackFiles }

/** A fault of the store, or a pack that is not believed. */
export type OpenProblem = { readonly kind: 'fault'; readonly fault: Fault } | { readonly kind: 'refused'; readonly refusal: PackRefusal };

/** Takes a waiting run out of the store and believes it only when it is one story, and the ledger's where there is one. */
export async function openWaiting(stored: StoredWait, from: { readonly store: WaitingStore; readonly ledger?: Ledger | undefined }): Promise<Result<OpenedWait, OpenProblem>> {
  const pack = await from.store.pack(stored);
  if (!pack.ok) return err({ kind: 'fault', fault: pack.error });
  const files = await openPack(pack.value, stored.entry.digest);
  if (!files.ok) return err({ kind: 'refused', refusal: files.error });
  const lines = await from.ledger?.linesOf(stored.entry.run);
  if (lines?.ok === false && lines.error.code !== 'not-found') return err({ kind: 'fault', fault: lines.error });
  const verified = verifyPack(files.value, stored, lines?.ok === true ? lines.value : undefined);
  return verified.ok ? ok({ ...verified.value, stored, files: files.value }) : err({ kind: 'refused', refusal: verified.error });
}
