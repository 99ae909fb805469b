import { drop, keep } from './markdown-scan.js';
import type { Scan } from './markdown-scan.js';
import { parseTag } from './html-tag.js';
import type { Tag } from './html-tag.js';

/** Elements whose content a reader never sees, or sees as something else than text. They go with their content. */
const UNSEEN: ReadonlySet<string> = new Set([
  'script', 'style', 'template', 'noscript', 'svg', 'math', 'object', 'applet', 'audio', 'video', 'canvas', 'iframe', 'frameset',
  'map', 'head', 'title', 'textarea', 'select', 'datalist', 'picture', 'noframes', 'noembed', 'xmp', 'plaintext', 'dialog',
]);
const VOID: ReadonlySet<string> = new Set(['area', 'base', 'br', 'col', 'embed', 'frame', 'hr', 'img', 'image', 'input', 'link', 'meta', 'param', 'source', 'track', 'wbr']);
const PICTURES: ReadonlySet<string> = new Set(['img', 'image', 'picture', 'source', 'svg']);
/** Elements that only shape visible text. Their tags stay; everything else unknown loses its tag and keeps its text. */
const SHAPING: ReadonlySet<string> = new Set([
  'a', 'abbr', 'b', 'blockquote', 'br', 'caption', 'cite', 'code', 'dd', 'del', 'details', 'dfn', 'div', 'dl', 'dt', 'em', 'figcaption',
  'figure', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'hr', 'i', 'ins', 'kbd', 'li', 'mark', 'ol', 'p', 'pre', 'q', 's', 'samp', 'small', 'span',
  'strike', 'strong', 'sub', 'summary', 'sup', 'table', 'tbody', 'td', 'tfoot', 'th', 'thead', 'tr', 'tt', 'u', 'ul', 'var', 'wbr',
]);

/** At a `<`: a comment, a declaration, an address in angle brackets, a tag, or just the sign. */
export function scanAngle(scan: Scan, lineStart: boolean): void {
  const { text, at } = scan;
  if (text.startsWith('<!--', at)) return scanComment(scan, lineStart);
  if (text.startsWith('<![CDATA[', at)) return scanUntil(scan, ']]>', lineStart);
  if (text[at + 1] === '?') return scanUntil(scan, '?>', lineStart);
  if (text[at + 1] === '!' && isLetter(text[at + 2])) return scanUntil(scan, '>', lineStart);
  const address = addressEnd(scan);
  if (address > 0) {
    if (text.slice(at, address).includes('`')) scan.ambiguous = true;
    return keep(scan, address);
  }
  const tag = parseTag(text, at, { limit: scan.brackets.paragraphEnd(at), meter: scan.meter });
  if (tag !== undefined) return scanTag(scan, tag);
  const close = scan.brackets.next('>', at);
  // In raw HTML a browser takes much more for a tag or a bogus comment than Markdown does.
  const looksLikeTag = isLetter(text[at + 1]) || text[at + 1] === '/' || text[at + 1] === '!';
  if (looksLikeTag && close !== -1 && (scan.html !== 'none' || !scan.trusted || scan.raw !== undefined)) return drop(scan, close + 1, { kind: 'html-element' });
  keep(scan, at + 1);
}

function isLetter(char: string | undefined): boolean {
  return char !== undefined && /^[A-Za-z]$/.test(char);
}

/**
 * HTML ends a comment at `-->`, at `--!>`, and at once for `<!-->` and `<!--->`. Without an end it reaches to the end of
 * the text. At the very start of a line it may go over blank lines (CommonMark, HTML block 2); elsewhere a comment that
 * is still open at the blank line makes everything after it doubtful, so all of it goes.
 */
function scanComment(scan: Scan, lineStart: boolean): void {
  const { text, at } = scan;
  if (text.startsWith('<!-->', at)) return drop(scan, at + 5, { kind: 'html-comment' });
  if (text.startsWith('<!--->', at)) return drop(scan, at + 6, { kind: 'html-comment' });
  const end = commentEnd(scan, at + 4);
  const certain = lineStart && scan.html === 'line' && scan.raw === undefined;
  if (end === -1 || (!certain && end > scan.brackets.paragraphEnd(at))) return drop(scan, text.length, { kind: 'html-comment' });
  drop(scan, end, { kind: 'html-comment', certain: certain && text[end - 2] === '-' });
}

function commentEnd(scan: Scan, from: number): number {
  for (let at = scan.text.indexOf('--', from); at !== -1; at = scan.text.indexOf('--', at + 1)) {
    if (scan.text[at + 2] === '>') return at + 3;
    if (scan.text.startsWith('!>', at + 2)) return at + 4;
  }
  return -1;
}

function scanUntil(scan: Scan, end: string, lineStart: boolean): void {
  const found = scan.text.indexOf(end, scan.at + 2);
  if (found === -1 && !lineStart && scan.html === 'none') return keep(scan, scan.at + 2);
  drop(scan, found === -1 ? scan.text.length : found + end.length, { kind: 'html-element' });
}

/** `<https://…>` or `<name@host>`: shown as it is. The end, or 0. */
function addressEnd(scan: Scan): number {
  const close = scan.brackets.next('>', scan.at);
  const { text, at } = scan;
  if (close === -1 || close - at > 2000 || scan.html !== 'none' || scan.raw !== undefined) return 0;
  let index = at + 1;
  while (index < close && index - at <= 64 && /^[A-Za-z0-9.+_-]$/.test(text[index] ?? '')) index += 1;
  scan.meter.steps += index - at;
  const sign = text[index];
  if (index === at + 1 || (sign !== ':' && sign !== '@')) return 0;
  const rest = text.slice(index, close);
  scan.meter.steps += rest.length;
  return /^[^\s<]*$/.test(rest) && (sign === '@' ? /^@[A-Za-z0-9.-]+$/.test(rest) : isLetter(text[at + 1]) && index - at > 2) ? close + 1 : 0;
}

function scanTag(scan: Scan, tag: Tag): void {
  const kind = PICTURES.has(tag.name) ? 'image' : 'html-element';
  if (tag.closing) {
    if (scan.raw === tag.name) scan.raw = undefined;
    if (!SHAPING.has(tag.name)) return drop(scan, tag.end, { kind });
    if (tag.attributes.length === 0) return keep(scan, tag.end);
    return drop(scan, tag.end, { kind: 'html-attribute', instead: `</${tag.name}>` });
  }
  if (UNSEEN.has(tag.name) || (hides(tag) && !VOID.has(tag.name))) return drop(scan, elementEnd(scan, tag), { kind });
  if (!SHAPING.has(tag.name)) return drop(scan, tag.end, { kind });
  if (tag.name === 'pre') scan.raw = 'pre';
  const kept = tag.attributes.filter((attribute) => isHarmless(tag.name, attribute));
  if (kept.length === tag.attributes.length) return keep(scan, tag.end);
  const attributes = kept.map(({ name, value }) => value === undefined ? ` ${name}` : ` ${name}="${value}"`).join('');
  drop(scan, tag.end, { kind: 'html-attribute', instead: `<${tag.name}${attributes}>` });
}

/** Attributes that say nothing to a machine which a person does not see as well. */
function isHarmless(element: string, attribute: Tag['attributes'][number]): boolean {
  const { name, value } = attribute;
  if (name === 'open') return element === 'details' && value === undefined;
  if (name === 'align') return value !== undefined && /^(left|right|center)$/.test(value);
  if (name === 'colspan' || name === 'rowspan' || name === 'start') return value !== undefined && /^[0-9]{1,4}$/.test(value);
  if (name === 'href') return element === 'a' && value !== undefined && value.length <= 2000 && /^https?:\/\/[!#$%&'()*+,\-./0-9:;=?@A-Z[\]_a-z~]+$/.test(value);
  return false;
}

function hides(tag: Tag): boolean {
  return tag.attributes.some(({ name, value }) => {
    if (name === 'hidden') return true;
    if (name !== 'style' || value === undefined) return false;
    const style = value.toLowerCase().replaceAll(/[\s\\]/g, '');
    return ['display:none', 'visibility:hidden', 'visibility:collapse', 'opacity:0', 'font-size:0', 'height:0', 'width:0', 'color:transparent', 'text-indent:-', 'clip'].some((way) => style.includes(way));
  });
}

/** Behind the end tag that belongs to this start tag; the text's end when there is none. One walk, and it is all taken out. */
function elementEnd(scan: Scan, tag: Tag): number {
  if (VOID.has(tag.name)) return tag.end;
  const { text } = scan;
  const wanted = new RegExp(`<(/?)${tag.name}(?![a-z0-9-])`, 'gi');
  wanted.lastIndex = tag.end;
  const nests = !['script', 'style', 'textarea', 'title', 'xmp', 'noscript', 'iframe', 'noembed', 'noframes'].includes(tag.name);
  let depth = 1;
  for (let match = wanted.exec(text); match !== null; match = wanted.exec(text)) {
    if (match[1] === '/') depth -= 1;
    else if (nests) depth += 1;
    if (depth > 0) continue;
    const close = text.indexOf('>', match.index);
    return close === -1 ? text.length : close + 1;
  }
  return scan.text.length;
}
