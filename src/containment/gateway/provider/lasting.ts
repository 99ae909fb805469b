import type { Fault } from '../../../domain/fault.js';
import { ok, type Result } from '../../../kit/result.js';

export interface Lasting<T> { readonly value: T; readonly untilMs: number }

/** Shortly before its end a credential is fetched anew, so that none runs out on its way. */
const EARLY_MS = 5 * 60_000;

/** Keeps a credential until shortly before it runs out. Calls at the same time share one fetch; a failure is kept for nobody. */
export function keepLasting<T>(nowMs: () => number, fetch: () => Promise<Result<Lasting<T>, Fault>>): () => Promise<Result<T, Fault>> {
  let kept: Lasting<T> | undefined;
  let coming: Promise<Result<Lasting<T>, Fault>> | undefined;
  return async () => {
    if (kept !== undefined && nowMs() < kept.untilMs - EARLY_MS) return ok(kept.value);
    const got = await (coming ??= fetch().finally(() => { coming = undefined; }));
    if (!got.ok) return got;
    kept = got.value;
    return ok(got.value.value);
  };
}
