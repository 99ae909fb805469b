import { LABEL_CHARS_MAX, labelOf } from './markdown-brackets.js';
import { lineShape } from './markdown-lines.js';
import type { LineShape } from './markdown-lines.js';
import { drop, keep } from './markdown-scan.js';
import type { Scan } from './markdown-scan.js';

/** At `![`: an image goes with its alternative text, its address and its title; what only looks like one stays. */
export function scanImage(scan: Scan): void {
  const { text, at, brackets } = scan;
  const close = brackets.partner(at + 1);
  if (close === -1) return keep(scan, at + 2);
  if (text[close + 1] === '(') {
    const partner = brackets.partner(close + 1);
    const end = partner === -1 ? brackets.next(')', close) : partner;
    return end === -1 ? keep(scan, at + 2) : drop(scan, end + 1, { kind: 'image' });
  }
  const second = text[close + 1] === '[' ? brackets.partner(close + 1) : -1;
  if (second !== -1 && second > close + 2) {
    return isDefined(scan, close + 1, second) ? drop(scan, second + 1, { kind: 'image' }) : keep(scan, at + 2);
  }
  if (!isDefined(scan, at + 1, close)) return keep(scan, at + 2);
  drop(scan, (second === -1 ? close : second) + 1, { kind: 'image' });
}

function isDefined(scan: Scan, open: number, close: number): boolean {
  if (close - open > LABEL_CHARS_MAX) return false;
  scan.meter.steps += close - open;
  return scan.brackets.defines(labelOf(scan.text.slice(open + 1, close)));
}

/** At `[`: a link without a visible text is not seen; it goes with its address. */
export function scanOpenBracket(scan: Scan): void {
  const { text, at, brackets } = scan;
  let inner = at + 1;
  while (text[inner] === ' ' || text[inner] === '\t') inner += 1;
  scan.meter.steps += inner - at;
  const end = text[inner] === ']' && text[inner + 1] === '(' ? brackets.partner(inner + 1) : -1;
  if (end === -1) return keep(scan, at + 1);
  drop(scan, end + 1, { kind: 'link-title' });
}

/** At `](`: keeps the address and takes out the title, in any of its three quote forms. */
export function scanLinkTarget(scan: Scan): void {
  const { text } = scan;
  if (!scan.brackets.isPartner(scan.at)) return keep(scan, scan.at + 2);
  const address = addressEnd(scan, skipSpace(text, scan.at + 2));
  if (address === undefined) return keep(scan, scan.at + 2);
  if (text.slice(scan.at, address).includes('`')) scan.ambiguous = true;
  const closes = (from: number): boolean => {
    const close = skipSpace(text, from);
    return text[close] === ')' && close < scan.brackets.paragraphEnd(scan.at);
  };
  const title = closes(address) ? undefined : titleAt(scan, address);
  // Without its round bracket it is no link, and what stands in angle brackets may be markup after all.
  if (!closes(title?.end ?? address)) return keep(scan, scan.at + 2);
  keep(scan, address);
  if (title === undefined) return;
  const close = skipSpace(text, title.end);
  drop(scan, close, { kind: 'link-title' });
}

/** The end of a link's address: in angle brackets, or up to white space or the closing bracket. Stops early at what no address holds. */
function addressEnd(scan: Scan, from: number): number | undefined {
  const { text } = scan;
  if (text[from] === '<') return angleEnd(scan, from);
  let depth = 0;
  let at = from;
  while (at < text.length && !/^[\s\]`<]$/.test(text[at] ?? '')) {
    if (text[at] === '(') depth += 1;
    if (text[at] === ')') depth -= 1;
    if (depth < 0) break;
    at += 1;
  }
  scan.meter.steps += at - from;
  if (text[at] === '`') scan.ambiguous = true;
  return at === from || text[at] === '`' || text[at] === ']' || text[at] === '<' ? undefined : at;
}

/** An address in angle brackets; one that begins like a comment or a declaration is never taken for an address. */
function angleEnd(scan: Scan, from: number): number | undefined {
  const close = scan.brackets.next('>', from);
  if (close === -1 || /^<[!?/]/.test(scan.text.slice(from, from + 2))) return undefined;
  const blocked = /[\n<]/.test(scan.text.slice(from + 1, close));
  return blocked ? undefined : close + 1;
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && /^[ \t\n]$/.test(text[at] ?? '')) at += 1;
  return at;
}

/** A quoted title behind white space: from where the space begins to behind the closing quote. */
function titleAt(scan: Scan, from: number): { readonly end: number } | undefined {
  const { text } = scan;
  const open = skipSpace(text, from);
  if (open === from || open >= scan.brackets.paragraphEnd(from)) return undefined;
  const quote = text[open] === '(' ? ')' : text[open];
  if (quote !== '"' && quote !== '\'' && quote !== ')') return undefined;
  let close = scan.brackets.next(quote, open + 1);
  while (close !== -1 && text[close - 1] === '\\') close = scan.brackets.next(quote, close + 1);
  return close === -1 ? undefined : { end: close + 1 };
}

/**
 * At the content of a line that a definition may stand on. A definition that nothing uses is shown nowhere and goes; a
 * used one loses its title; a footnote goes when nothing refers to it. Answers false when the line is none of these.
 */
export function scanDefinition(scan: Scan, shape: LineShape): boolean {
  const { text, brackets } = scan;
  const open = shape.contentAt;
  const close = text[open] === '[' ? brackets.partner(open) : -1;
  if (close === -1 || text[close + 1] !== ':' || close - open > LABEL_CHARS_MAX || close === open + 1) return false;
  const label = labelOf(text.slice(open + 1, close));
  scan.meter.steps += close - open;
  if (label.startsWith('^')) return scanFootnote(scan, shape, label);
  const start = skipSpace(text, close + 2);
  const address = start < brackets.paragraphEnd(open) ? definitionAddressEnd(scan, start) : undefined;
  if (address === undefined) return false;
  const title = titleAt(scan, address);
  const titled = title !== undefined && restIsBlank(text, title.end);
  if (!titled && !restIsBlank(text, address)) return false;
  const end = lineBehind(text, titled ? title.end : address);
  if (!brackets.uses(label)) drop(scan, end, { kind: 'unused-link-definition' });
  else {
    keep(scan, address);
    if (titled) drop(scan, title.end, { kind: 'link-title' });
    keep(scan, end);
  }
  return true;
}

function definitionAddressEnd(scan: Scan, from: number): number | undefined {
  const { text } = scan;
  if (text[from] === '<') return angleEnd(scan, from);
  let at = from;
  while (at < text.length && !/^\s$/.test(text[at] ?? '')) at += 1;
  scan.meter.steps += at - from;
  return at === from ? undefined : at;
}

/** A footnote owns the lines up to the blank one, and after it those indented by four columns. */
function scanFootnote(scan: Scan, shape: LineShape, label: string): boolean {
  if (scan.brackets.uses(label)) return false;
  const { text } = scan;
  let end = Math.min(shape.end + 1, text.length);
  let blank = false;
  while (end < text.length) {
    const line = lineShape(text, end);
    scan.meter.steps += line.end - end + 1;
    if (!line.blank && blank && line.indent < 4) break;
    blank = line.blank;
    end = Math.min(line.end + 1, text.length);
  }
  drop(scan, end, { kind: 'unused-link-definition' });
  return true;
}

function restIsBlank(text: string, from: number): boolean {
  for (let at = from; at < text.length && text[at] !== '\n'; at += 1) {
    if (text[at] !== ' ' && text[at] !== '\t') return false;
  }
  return true;
}

function lineBehind(text: string, from: number): number {
  const feed = text.indexOf('\n', from);
  return feed === -1 ? text.length : feed + 1;
}
