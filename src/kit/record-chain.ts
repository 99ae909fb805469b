import { createHash } from 'node:crypto';
import { canonicalJson } from './canonical-json.js';
import { err, ok, type Result } from './result.js';

/** What ties one record to the record before it: `hash` is over the RFC 8785 text of all other members, `previous` included. */
export interface Link {
  /** Null on the first record of a chain. */
  readonly previous: string | null;
  /** `sha256:<hex>`. */
  readonly hash: string;
}

/** Ties a record to the one before it. Members that are `undefined` do not count, as they are not written. */
export function linkRecord<T extends object>(fields: T, previous: string | null): T & Link {
  const linked = { ...fields, previous };
  return { ...linked, hash: hashOf(linked) };
}

export interface RecordProblem {
  /** Counted from 1. */
  readonly line: number;
  readonly code: 'malformed-line' | 'hash-mismatch' | 'chain-broken' | 'head-mismatch' | 'not-chained';
  readonly message: string;
}

/** The end of a chain: how many records it has, and the hash of the last. */
export interface ChainEnd { readonly count: number; readonly head: string | null }

/**
 * Walks JSON lines that were written by `linkRecord`. `expected`, which must come from elsewhere, is what finds lines that are
 * missing at the end or a whole that was written anew.
 */
export function checkRecords(text: string, expected: ChainEnd): Result<ChainEnd, RecordProblem> {
  const lines = text === '' ? [] : text.replace(/\n$/, '').split('\n');
  let end: ChainEnd = { count: 0, head: null };
  for (const [at, line] of lines.entries()) {
    const problem = (code: RecordProblem['code'], message: string): Result<never, RecordProblem> => err({ line: at + 1, code, message });
    const record = parse(line);
    if (record === undefined) return problem('malformed-line', 'the line is not a JSON object');
    const { hash, ...rest } = record;
    if (typeof hash !== 'string') return problem('not-chained', 'the record has no hash');
    const actual = hashOf(rest);
    if (actual !== hash) return problem('hash-mismatch', `the record was changed: it hashes to ${actual}`);
    const { previous } = rest;
    if (previous !== end.head) return problem('chain-broken', `the record before this one is missing or was replaced: ${end.head ?? 'none'} stands there`);
    end = { count: end.count + 1, head: hash };
  }
  if (end.count !== expected.count || end.head !== expected.head) {
    return err({ line: lines.length, code: 'head-mismatch', message: `the chain ends with record ${end.count} (${end.head ?? 'none'}), and the trail says ${expected.count} (${expected.head ?? 'none'})` });
  }
  return ok(end);
}

function hashOf(value: unknown): string {
  return `sha256:${createHash('sha256').update(canonicalJson(value)).digest('hex')}`;
}

function parse(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
