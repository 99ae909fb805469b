import type { Scan } from './markdown-scan.js';

/** How a line begins, by CommonMark's block rules. Columns count a tab up to the next multiple of four. */
export interface LineShape {
  readonly end: number;
  /** Index and column of the first character behind indentation, quote marks and list marks. */
  readonly contentAt: number;
  readonly column: number;
  /** Columns between the last mark (or the line's begin) and the content. */
  readonly indent: number;
  readonly quotes: number;
  readonly lists: number;
  readonly blank: boolean;
}

export function lineShape(text: string, start: number): LineShape {
  const feed = text.indexOf('\n', start);
  const end = feed === -1 ? text.length : feed;
  let at = start;
  let column = 0;
  let indent = 0;
  let quotes = 0;
  let lists = 0;
  for (;;) {
    indent = 0;
    while (at < end && (text[at] === ' ' || text[at] === '\t')) {
      const width = text[at] === '\t' ? 4 - (column % 4) : 1;
      column += width;
      indent += width;
      at += 1;
    }
    const mark = at < end && indent < 4 ? containerMark(text, at, end) : 0;
    if (mark === 0) break;
    if (text[at] === '>') {
      quotes += 1;
      at += 1;
      column += 1;
      if (text[at] === ' ' && at < end) {
        at += 1;
        column += 1;
      }
      continue;
    }
    lists += 1;
    at += mark;
    column += mark;
  }
  return { end, contentAt: at, column, indent, quotes, lists, blank: at === end };
}

/** The length of a quote or list mark here; 0 = none. A list mark needs white space and something behind it. */
function containerMark(text: string, at: number, end: number): number {
  const char = text[at] ?? '';
  if (char === '>') return 1;
  let length = 0;
  if (char === '-' || char === '*' || char === '+') length = 1;
  else {
    while (length < 9 && /^[0-9]$/.test(text[at + length] ?? '')) length += 1;
    if (length === 0 || !/^[.)]$/.test(text[at + length] ?? '')) return 0;
    length += 1;
  }
  const next = text[at + length];
  return at + length < end && (next === ' ' || next === '\t') ? length : 0;
}

export interface FenceMark { readonly char: '`' | '~'; readonly length: number; readonly behind: number }

/** A run of three or more back ticks or tildes at `at`; for back ticks nothing behind it on the line may be one. */
export function fenceMark(text: string, at: number, end: number): FenceMark | undefined {
  const char = text[at];
  if (char !== '`' && char !== '~') return undefined;
  let behind = at;
  while (behind < end && text[behind] === char) behind += 1;
  if (behind - at < 3) return undefined;
  if (char === '`' && text.slice(behind, end).includes('`')) return undefined;
  return { char, length: behind - at, behind };
}

/**
 * The index behind a fence that opens on this line, or 0 when it is not believed. `doubt` says that what comes after
 * cannot be believed to be read as the reader's renderer reads it.
 */
export function fenceEnd(scan: Scan, shape: LineShape): { readonly end: number; readonly doubt: boolean } | undefined {
  const mark = fenceMark(scan.text, shape.contentAt, shape.end);
  if (mark === undefined) return undefined;
  if (!fenceIsSure(scan, shape)) return { end: 0, doubt: true };
  const least = shape.quotes > 0 || (shape.lists === 0 && !scan.listMaybe && shape.column < 4) ? 0 : shape.column;
  let at = Math.min(shape.end + 1, scan.text.length);
  while (at < scan.text.length) {
    const line = fenceLine(scan.text, at, shape.quotes);
    scan.meter.steps += line.end - at + 1;
    if (line.quotes < shape.quotes) return { end: at, doubt: false };
    if (line.contentAt < line.end && line.indent < least) return { end: at, doubt: true };
    if (closes(scan.text, line, mark)) {
      if (line.indent - least < 4) return { end: Math.min(line.end + 1, scan.text.length), doubt: false };
      if (least > 0) return { end: at, doubt: true };
    }
    at = Math.min(line.end + 1, scan.text.length);
  }
  return { end: at, doubt: false };
}

function fenceIsSure(scan: Scan, shape: LineShape): boolean {
  if (!scan.trusted || scan.html === 'to-blank' || scan.raw !== undefined) return false;
  if (shape.quotes > 0) return shape.lists === 0 && shape.indent < 4;
  if (shape.lists > 0) return shape.lists === 1 && shape.indent < 5;
  if (shape.column < 4) return true;
  return scan.listColumn !== undefined && shape.column >= scan.listColumn && shape.column <= scan.listColumn + 3;
}

/** A line inside a fence: only as many quote marks as the fence began with are marks, all else is code. */
function fenceLine(text: string, start: number, quotesWanted: number): { end: number; contentAt: number; indent: number; quotes: number } {
  const feed = text.indexOf('\n', start);
  const end = feed === -1 ? text.length : feed;
  let at = start;
  let quotes = 0;
  let indent = 0;
  for (;;) {
    indent = 0;
    while (at < end && (text[at] === ' ' || text[at] === '\t')) {
      indent += text[at] === '\t' ? 4 - (indent % 4) : 1;
      at += 1;
    }
    if (quotes === quotesWanted || text[at] !== '>' || at >= end) return { end, contentAt: at, indent, quotes };
    quotes += 1;
    at += 1;
    if (text[at] === ' ' && at < end) at += 1;
  }
}

function closes(text: string, line: { readonly end: number; readonly contentAt: number }, open: FenceMark): boolean {
  const mark = fenceMark(text, line.contentAt, line.end);
  return mark !== undefined && mark.char === open.char && mark.length >= open.length && text.slice(mark.behind, line.end).trim() === '';
}
