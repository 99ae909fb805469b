import type { Meter } from './meter.js';
import type { RemovalKind, RemovalLog, RemovalPlace } from './removal-log.js';
import type { Brackets } from './markdown-brackets.js';

/** One pass over one text: where it is, what it kept, and what it believes about the block it is in. Internal to the scanner. */
export interface Scan {
  readonly text: string;
  readonly where: RemovalPlace;
  readonly log: RemovalLog;
  readonly meter: Meter;
  readonly brackets: Brackets;
  readonly out: string[];
  at: number;
  /** False once the structure became doubtful: from there on nothing is believed to be code. */
  trusted: boolean;
  /** Raw HTML, in which Markdown means nothing: up to the line's end, or up to a blank line. */
  html: 'none' | 'line' | 'to-blank';
  /** The element whose end tag alone ends raw text (`pre` and its like). */
  raw: string | undefined;
  /** The last line was one that a paragraph goes on from: a definition cannot begin here. */
  paragraph: boolean;
  /** A run of back ticks in this paragraph was not closed on its line: inline code is not believed up to the blank line. */
  ambiguous: boolean;
  blankBefore: boolean;
  indentedBefore: boolean;
  /** A list may be open (indented text may belong to it). */
  listMaybe: boolean;
  /** The column of the content of the list item that is surely open. */
  listColumn: number | undefined;
}

/** Keeps the text from here to `end`. */
export function keep(scan: Scan, end: number): void {
  scan.out.push(scan.text.slice(scan.at, end));
  scan.meter.steps += end - scan.at;
  scan.at = end;
}

/** Takes out the text from here to `end`, puts `instead` in its place, and doubts what stood across the gap. */
export function drop(scan: Scan, end: number, cut: { readonly kind: RemovalKind; readonly instead?: string; readonly certain?: boolean }): void {
  const gone = scan.text.slice(scan.at, end);
  scan.meter.steps += gone.length;
  scan.log.add({ kind: cut.kind, where: scan.where, text: gone });
  if (cut.instead !== undefined) scan.out.push(cut.instead);
  scan.at = end;
  if (cut.certain === true) return;
  if (gone.includes('`')) scan.ambiguous = true;
  // A fence mark inside the gap: our count of open and closed fences may differ from the reader's renderer.
  if (gone.includes('```') || gone.includes('~~~')) scan.trusted = false;
}

/** Inline code and escapes mean something here. */
export function markdownCounts(scan: Scan): boolean {
  return scan.trusted && scan.html === 'none' && scan.raw === undefined;
}
