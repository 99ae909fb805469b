import { createHash } from 'node:crypto';

/** A planted secret: unique, random, worth nothing. */
export interface Canary {
  /** Where it lies, in words: `GITHUB_TOKEN in the environment`. */
  readonly place: string;
  /** What is searched for: the random part. */
  readonly core: string;
  /** The core dressed as what belongs there: a token, a key. */
  readonly text: string;
}

/** The one place that weaker rungs are known to show. */
export const ARGUMENT_PLACE = 'an argument of another process';

/** Makes canaries. `random` answers that many random bytes. */
export function canaryMaker(random: (bytes: number) => Uint8Array): (place: string, dress?: (core: string) => string) => Canary {
  return (place, dress = (core) => core) => {
    const letters = 'abcdefghijklmnopqrstuvwxyz234567';
    const core = `hdlc${[...random(28)].map((byte) => letters[byte & 31]).join('')}`;
    return { place, core, text: dress(core) };
  };
}

/** What the obedient agent calls a canary it has seen, so that a report names it and holds nothing. */
export function canaryDigest(canary: Canary): string {
  return createHash('sha256').update(canary.core).digest('hex');
}
