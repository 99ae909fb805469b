import { hash } from 'node:crypto';
import { z } from 'zod';
import { Digest, Instant, RunId } from '../domain/ids.js';
import type { RunEvent } from '../flow/event.js';
import { canonicalJson } from '../kit/canonical-json.js';
import { eventText } from './chain.js';
import { withoutContents } from './without-contents.js';

/**
 * One line of a run in the ledger. It stands for one line of the trail, by that line's hash, and tells what happened without its
 * contents: the trail has them, the ledger has what is needed to say why, who, when and at which cost. The lines are a chain of
 * their own, in the form of the trail's (`ledger/chain`), so that the same walk verifies both.
 */
export const LedgerEntry = z.strictObject({
  version: z.literal(1),
  run: RunId,
  sequence: z.number().int().nonnegative(),
  at: Instant,
  /** The hash of the ledger line before; `null` on the first. */
  previous: Digest.nullable(),
  /** The hash of the trail line that this one stands for. */
  event: Digest,
  /** What is left of the fact. Later versions may know more types and members: a reader takes what it knows. */
  fact: z.looseObject({ type: z.string().max(60) }),
});
export type LedgerEntry = z.infer<typeof LedgerEntry>;

export interface LedgerLines { readonly bytes: Buffer; readonly head: Digest; readonly count: number }

/** The ledger's lines for a trail; `undefined` for one without events. `hashes`: of the trail's lines, in their order. */
export function ledgerLines(events: readonly RunEvent[], hashes: readonly Digest[]): LedgerLines | undefined {
  const lines: string[] = [];
  let previous: Digest | null = null;
  for (const [at, event] of events.entries()) {
    const of = hashes[at];
    if (of === undefined) throw new TypeError('every event of a trail has a hash');
    const entry: LedgerEntry = { version: 1, run: event.run, sequence: event.sequence, at: event.at, previous, event: of, fact: withoutContents(event.fact) };
    const text = canonicalJson(entry);
    previous = Digest.parse(`sha256:${hash('sha256', text)}`);
    lines.push(`{"event":${text},"hash":"${previous}"}\n`);
  }
  return previous === null ? undefined : { bytes: Buffer.from(lines.join('')), head: previous, count: lines.length };
}

/** The entries of verified lines (`verifyChain`); a line that is none of ours is an error with its number, counted from 1. */
export function readLedgerLines(bytes: Uint8Array): readonly (LedgerEntry | { readonly line: number; readonly problem: string })[] {
  return Buffer.from(bytes).toString('utf8').split('\n').slice(0, -1).map((line, at) => {
    try {
      const parsed = LedgerEntry.safeParse(JSON.parse(eventText(line) ?? ''));
      return parsed.success ? parsed.data : { line: at + 1, problem: parsed.error.issues[0]?.message ?? 'not an entry' };
    } catch {
      return { line: at + 1, problem: 'not JSON that can be read' };
    }
  });
}
