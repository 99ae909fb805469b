import type { Instant } from '../domain/ids.js';

/** Time and randomness come from here, so that a run can be replayed to the byte. */
export interface Clock {
  now(): Instant;
  /** Milliseconds that never go back, for durations. */
  monotonicMs(): number;
}

export interface Ids {
  /** Lower-case hexadecimal digits of cryptographic randomness. */
  hex(bytes: number): string;
}
