import type { Fault } from '../domain/fault.js';
import type { WaitingEntry } from '../domain/waiting.js';
import type { Result } from '../kit/result.js';

/**
 * Where a run lies that waits for a person: one pack for each ticket, by the name of the ticket's claim. The job that asked is
 * gone, and the one that goes on may run days later on another machine: only this place is the same for both.
 *
 * Everything that comes out is foreign until it was verified (see `flow/waiting/open-pack`).
 */
export interface WaitingStore {
  readonly id: string;
  /** The largest pack it takes. */
  readonly bytesMax: number;
  /**
   * Keeps a pack and answers its version. `before` is the version that the writer has seen (`undefined`: there was none). When
   * another one stands there by now nothing is written, and the answer is `conflict`. `forbidden`: this token may only read.
   */
  put(name: string, kept: { readonly entry: WaitingEntry; readonly pack: Uint8Array; readonly before: string | undefined }, signal?: AbortSignal): Promise<Result<string, Fault>>;
  /** What waits under the name, without the pack; `undefined` when nothing does. */
  get(name: string, signal?: AbortSignal): Promise<Result<StoredWait | undefined, Fault>>;
  /** The bytes of a pack, as they are there: `not-found` when they are gone meanwhile. */
  pack(stored: StoredWait, signal?: AbortSignal): Promise<Result<Uint8Array, Fault>>;
  /** All that waits, at most 1000; damaged entries are left out and counted. */
  list(signal?: AbortSignal): Promise<Result<{ readonly waits: readonly StoredWait[]; readonly damaged: readonly string[] }, Fault>>;
  /** Takes away exactly this version. When another one stands there, or none, nothing happens. */
  remove(name: string, version: string, signal?: AbortSignal): Promise<Result<void, Fault>>;
}

export interface StoredWait { readonly name: string; readonly version: string; readonly entry: WaitingEntry }
