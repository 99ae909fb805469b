import { findBrackets } from './markdown-brackets.js';
import { scanEntity } from './markdown-entities.js';
import { scanAngle } from './markdown-html.js';
import { fenceEnd, lineShape } from './markdown-lines.js';
import type { LineShape } from './markdown-lines.js';
import { scanDefinition, scanImage, scanLinkTarget, scanOpenBracket } from './markdown-links.js';
import { drop, keep, markdownCounts } from './markdown-scan.js';
import type { Scan } from './markdown-scan.js';
import type { Meter } from './meter.js';
import type { RemovalLog, RemovalPlace } from './removal-log.js';

/**
 * One walk over a text without hidden characters, line by line for blocks and sign by sign inside of them. With
 * `trustCode` false nothing is taken for code. Not a Markdown parser: it only has to know surely what IS shown as code.
 */
export function markdownPass(text: string, options: { readonly where: RemovalPlace; readonly log: RemovalLog; readonly meter: Meter; readonly trustCode: boolean }): string {
  const scan: Scan = {
    text, where: options.where, log: options.log, meter: options.meter, brackets: findBrackets(text, options.meter), out: [], at: 0,
    trusted: options.trustCode, html: 'none', raw: undefined, paragraph: false, ambiguous: false, blankBefore: true,
    indentedBefore: false, listMaybe: false, listColumn: undefined,
  };
  while (scan.at < text.length) scanLine(scan);
  return scan.out.join('');
}

function scanLine(scan: Scan): void {
  const shape = lineShape(scan.text, scan.at);
  const lineEnd = Math.min(shape.end + 1, scan.text.length);
  if (scan.html === 'line') scan.html = 'none';
  if (shape.blank) return blankLine(scan, shape, lineEnd);
  followLists(scan, shape);
  if (isIndentedCode(scan, shape)) {
    keep(scan, lineEnd);
    scan.blankBefore = false;
    scan.indentedBefore = true;
    return;
  }
  scan.indentedBefore = false;
  const fence = fenceEnd(scan, shape);
  if (fence !== undefined) {
    if (fence.doubt) scan.trusted = false;
    if (fence.end > 0) {
      keep(scan, fence.end);
      Object.assign(scan, { paragraph: false, ambiguous: false, blankBefore: false });
      return;
    }
  }
  startHtml(scan, shape);
  const mayDefine = (!scan.paragraph || shape.lists > 0) && scan.html === 'none' && scan.raw === undefined;
  if (mayDefine && shape.indent < 4 && scanDefinition(scan, shape)) {
    scan.blankBefore = false;
    return;
  }
  scanInline(scan, shape);
  scan.blankBefore = false;
  scan.paragraph = scan.html === 'none' && !/^(#{1,6}(\s|$)|=+\s*$|-+\s*$)/.test(scan.text.slice(shape.contentAt, Math.min(shape.end, shape.contentAt + 8)));
}

function blankLine(scan: Scan, shape: LineShape, lineEnd: number): void {
  if (scan.html === 'to-blank') scan.html = 'none';
  scan.paragraph = false;
  scan.ambiguous = false;
  // A quote mark alone is blank inside the quote only.
  scan.blankBefore = shape.quotes === 0;
  keep(scan, lineEnd);
}

/** Keeps two beliefs apart: that a list item is surely open (fences in it), and that one may be open (indented text). */
function followLists(scan: Scan, shape: LineShape): void {
  if (shape.lists > 0) {
    const starts = scan.blankBefore || scan.listMaybe || !scan.paragraph || /^\s{0,3}([-*+]|1[.)])/.test(scan.text.slice(scan.at, scan.at + 6));
    scan.listMaybe = true;
    scan.listColumn = starts && shape.quotes === 0 && shape.lists === 1 && shape.indent < 5 ? shape.column : undefined;
    return;
  }
  if (scan.listColumn !== undefined && shape.column < scan.listColumn) scan.listColumn = undefined;
  if (scan.blankBefore && shape.column === 0 && shape.quotes === 0) scan.listMaybe = false;
}

function isIndentedCode(scan: Scan, shape: LineShape): boolean {
  return scan.trusted && (scan.blankBefore || scan.indentedBefore) && !scan.paragraph && !scan.listMaybe && shape.quotes === 0
    && shape.lists === 0 && shape.indent >= 4 && scan.html === 'none' && scan.raw === undefined;
}

/** A line that begins with markup is raw HTML up to the blank line; a comment at column 0 only up to the line it ends on. */
function startHtml(scan: Scan, shape: LineShape): void {
  if (scan.html === 'to-blank' || scan.text[shape.contentAt] !== '<') return;
  if (shape.column === 0 && scan.text.startsWith('<!--', shape.contentAt)) scan.html = 'line';
  else if (/^<(?:[!?]|\/?[A-Za-z][A-Za-z0-9-]*(?:[\s/>]|$))/.test(scan.text.slice(shape.contentAt, Math.min(shape.end, shape.contentAt + 40)))) scan.html = 'to-blank';
}

/** From the line's first character to behind its line feed, or to behind the line in which a removed construct ended. */
function scanInline(scan: Scan, shape: LineShape): void {
  const { text } = scan;
  let closers = codeClosers(scan, shape);
  let closersEnd = shape.end;
  keep(scan, shape.contentAt);
  while (scan.at < text.length) {
    if (scan.at > closersEnd) {
      const line = lineShape(text, scan.at);
      closers = codeClosers(scan, line);
      closersEnd = line.end;
    }
    const char = text[scan.at];
    if (char === '\n') return keep(scan, scan.at + 1);
    if (char === '\\') scanEscape(scan);
    else if (char === '`') scanTicks(scan, closers);
    else if (char === '<') scanAngle(scan, scan.at === shape.contentAt);
    else if (char === '&') scanEntity(scan);
    else if (char === '!' && text[scan.at + 1] === '[') scanImage(scan);
    else if (char === '[') scanOpenBracket(scan);
    else if (char === ']' && text[scan.at + 1] === '(') scanLinkTarget(scan);
    else keep(scan, plainEnd(text, scan.at));
  }
}

/** The next character that may begin something. */
function plainEnd(text: string, from: number): number {
  let at = from + 1;
  while (at < text.length && !'\n\\`<&![]'.includes(text[at] ?? '')) at += 1;
  return at;
}

const PHANTOMS = ['\\phantom{', '\\hphantom{', '\\vphantom{'];

function scanEscape(scan: Scan): void {
  const { text, at } = scan;
  const phantom = PHANTOMS.find((name) => text.startsWith(name, at));
  if (phantom !== undefined) {
    // A formula's invisible part: its own line only, so that no closing brace far away is looked for again and again.
    const close = text.indexOf('}', at);
    const feed = text.indexOf('\n', at);
    if (close !== -1 && (feed === -1 || close < feed)) return drop(scan, close + 1, { kind: 'html-element' });
    return drop(scan, feed === -1 ? text.length : feed, { kind: 'html-element' });
  }
  const next = text[at + 1];
  if (next === '`') scan.ambiguous = true;
  const escapes = next !== undefined && markdownCounts(scan) && /^[!-/:-@[-`{-~]$/.test(next);
  keep(scan, at + (escapes ? 2 : 1));
}

/** For every run of back ticks of the line: the index of the next run of the same length, if there is one. */
function codeClosers(scan: Scan, shape: LineShape): ReadonlyMap<number, number> {
  const closers = new Map<number, number>();
  const last = new Map<number, number>();
  const { text } = scan;
  for (let at = shape.end - 1; at >= scan.at; at -= 1) {
    if (text[at] !== '`') continue;
    const behind = at + 1;
    while (at > scan.at && text[at - 1] === '`') at -= 1;
    const next = last.get(behind - at);
    if (next !== undefined) closers.set(at, next);
    last.set(behind - at, at);
  }
  scan.meter.steps += shape.end - scan.at;
  return closers;
}

/**
 * Inline code is believed when it opens and closes on one line, every line of the paragraph before it did so too, and no
 * `|` is in it (a table would cut it into cells). Then every renderer agrees that it is code.
 */
function scanTicks(scan: Scan, closers: ReadonlyMap<number, number>): void {
  const { text, at } = scan;
  let behind = at;
  while (text[behind] === '`') behind += 1;
  const closer = closers.get(at);
  if (closer === undefined) {
    scan.ambiguous = true;
    return keep(scan, behind);
  }
  const end = closer + (behind - at);
  if (markdownCounts(scan) && !scan.ambiguous && !text.slice(behind, closer).includes('|')) return keep(scan, end);
  keep(scan, behind);
}
