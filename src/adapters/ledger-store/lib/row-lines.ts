import { hash } from 'node:crypto';
import { Booking } from '../../../domain/booking.js';
import { canonicalJson } from '../../../kit/canonical-json.js';
import type { LedgerDamage } from '../../../ports/ledger.js';
import { isPlainRow } from './plain-row.js';

/** One line of a file of rows: what it says, or, when it is none of ours, its bytes as they are. Damage is never written over. */
export interface RowLine { readonly text: string; readonly row: Booking | undefined }

const OPEN = '{"booking":';
const BETWEEN = ',"hash":"';
const TAIL_LENGTH = BETWEEN.length + 'sha256:'.length + 64 + '"}'.length;
/** Far above what a row can be: 2,000 paths of a scope, each as long as a path may be, are no row of ours. */
const LINE_CHARS_MAX = 600_000;

/** The line of a row: its RFC 8785 text and the hash of that text, so that a flipped bit is seen. */
export function rowLine(row: Booking): RowLine {
  const text = canonicalJson(row);
  return { text: `${OPEN}${text}${BETWEEN}sha256:${hash('sha256', text)}"}`, row };
}

/** The lines of a file. What cannot be trusted is reported and has no row. */
export function readRowLines(place: string, bytes: Uint8Array): { readonly lines: readonly RowLine[]; readonly damage: readonly LedgerDamage[] } {
  const damage: LedgerDamage[] = [];
  const lines: RowLine[] = [];
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  // Line by line: tens of thousands of them at once, in lists of their own, are a third of the time.
  for (let from = 0, at = 1; from < all.length; at += 1) {
    const newline = all.indexOf('\n', from);
    const text = all.slice(from, newline < 0 ? all.length : newline);
    from += text.length + 1;
    if (text === '') continue;
    const row = rowOf(text);
    lines.push({ text, row: typeof row === 'string' ? undefined : row });
    if (typeof row === 'string') damage.push({ place: `${place}:${String(at)}`, problem: row });
  }
  return { lines, damage };
}

export function bytesOf(lines: readonly RowLine[]): Buffer {
  return Buffer.from(lines.map((line) => `${line.text}\n`).join(''));
}

/** The row, or what is wrong with the line. */
function rowOf(line: string): Booking | string {
  if (line.length > LINE_CHARS_MAX) return 'the line is too long';
  const tail = line.length - TAIL_LENGTH;
  if (!line.startsWith(OPEN) || tail <= OPEN.length || !line.startsWith(BETWEEN, tail) || !line.endsWith('"}')) return 'the line has not the form of a row';
  const text = line.slice(OPEN.length, tail);
  if (`sha256:${hash('sha256', text)}` !== line.slice(tail + BETWEEN.length, -2)) return 'the row was changed: its hash is another';
  try {
    const value: unknown = JSON.parse(text);
    // Thousands of rows are read for one decision; the schema is asked only about what is not surely a row.
    if (isPlainRow(value)) return value;
    const parsed = Booking.safeParse(value);
    if (parsed.success) return parsed.data;
    return `the row is not of a version this program knows: ${parsed.error.issues[0]?.path.join('.') ?? ''} ${parsed.error.issues[0]?.message ?? ''}`;
  } catch {
    return 'the row is not JSON that can be read';
  }
}
