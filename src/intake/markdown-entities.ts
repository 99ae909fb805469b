import { drop, keep } from './markdown-scan.js';
import type { Scan } from './markdown-scan.js';

/**
 * Entities in prose. Coded once, `&lt;`, `&gt;`, `&amp;`, quotes and `&nbsp;` stay: a person sees the character, the
 * agent reads its name, nothing is hidden and the characters stay inert. Everything else that names an ASCII or an
 * invisible character is decoded; what is coded twice or more is decoded to the end and then cleaned like any markup.
 * Names of other visible characters (`&copy;`) stay as they are.
 */
export function scanEntity(scan: Scan): void {
  const first = decodeBody(scan.text, scan.at + 1);
  if (first === undefined) {
    keep(scan, scan.at + 1);
    return;
  }
  let levels = 1;
  let last = first;
  while (last.char === '&') {
    const inner = decodeBody(scan.text, last.end);
    if (inner === undefined) break;
    levels += 1;
    last = inner;
  }
  const inert = INERT.get(last.char);
  const instead = last.char === '&' || (levels === 1 && inert !== undefined) ? inert ?? '&amp;' : last.char === '\n' ? ' ' : last.char;
  if (scan.text.slice(scan.at, last.end) === instead || (levels === 1 && KEPT_NAMES.has(first.name))) keep(scan, last.end);
  else drop(scan, last.end, { kind: 'entity', instead });
}

const INERT: ReadonlyMap<string, string> = new Map([['&', '&amp;'], ['<', '&lt;'], ['>', '&gt;'], ['"', '&quot;'], ['\'', '&#39;'], ['\u00a0', '&nbsp;']]);
const KEPT_NAMES: ReadonlySet<string> = new Set(['amp', 'lt', 'gt', 'quot', 'apos', 'nbsp', '#39', '#160']);

/** HTML's names of ASCII characters and of characters that nobody sees (html.spec.whatwg.org, named character references). */
const NAMED: ReadonlyMap<string, string> = new Map(Object.entries({
  amp: '&', AMP: '&', lt: '<', LT: '<', gt: '>', GT: '>', quot: '"', QUOT: '"', apos: '\'', nbsp: '\u00a0', NonBreakingSpace: '\u00a0',
  Tab: ' ', NewLine: ' ', excl: '!', num: '#', dollar: '$', percnt: '%', lpar: '(', rpar: ')', ast: '*', midast: '*', plus: '+',
  comma: ',', period: '.', sol: '/', colon: ':', semi: ';', equals: '=', quest: '?', commat: '@', lsqb: '[', lbrack: '[', bsol: '\\',
  rsqb: ']', rbrack: ']', Hat: '^', lowbar: '_', UnderBar: '_', grave: '`', DiacriticalGrave: '`', lcub: '{', lbrace: '{', verbar: '|',
  vert: '|', VerticalLine: '|', rcub: '}', rbrace: '}', shy: '\u00ad', zwnj: '\u200c', zwj: '\u200d', lrm: '\u200e', rlm: '\u200f',
  ZeroWidthSpace: '\u200b', NegativeVeryThinSpace: '\u200b', NegativeThinSpace: '\u200b', NegativeMediumSpace: '\u200b',
  NegativeThickSpace: '\u200b', NoBreak: '\u2060', ApplyFunction: '\u2061', af: '\u2061', InvisibleTimes: '\u2062', it: '\u2062',
  InvisibleComma: '\u2063', ic: '\u2063',
}));

interface Decoded { readonly char: string; readonly end: number; readonly name: string }

/** Decodes what follows an ampersand. CommonMark wants the semicolon; names are looked at up to 32 characters. */
function decodeBody(text: string, from: number): Decoded | undefined {
  let end = from;
  while (end < text.length && end - from < 32 && text[end] !== ';') {
    if (!/^[A-Za-z0-9#]$/.test(text[end] ?? '')) return undefined;
    end += 1;
  }
  if (text[end] !== ';') return undefined;
  const name = text.slice(from, end);
  const char = name.startsWith('#') ? numericChar(name.slice(1)) : NAMED.get(name);
  return char === undefined ? undefined : { char, end: end + 1, name };
}

function numericChar(digits: string): string | undefined {
  const hex = /^[xX][0-9A-Fa-f]{1,8}$/.test(digits);
  if (!hex && !/^[0-9]{1,9}$/.test(digits)) return undefined;
  const code = hex ? Number.parseInt(digits.slice(1), 16) : Number.parseInt(digits, 10);
  // CommonMark: zero and what is no code point become the replacement character.
  if (code === 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return '\ufffd';
  return code === 0x0d || code === 0x09 ? ' ' : String.fromCodePoint(code);
}
