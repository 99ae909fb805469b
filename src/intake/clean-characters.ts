import type { Meter } from './meter.js';
import type { RemovalKind, RemovalLog, RemovalPlace } from './removal-log.js';

/**
 * Takes out every character that a person does not see, and brings the rest into one form (NFC, `\n`). It works on code
 * as well as on prose: nobody sees a hidden character in a code fence either, so keeping it there would only move the
 * hiding place. What stays although it is invisible: one emoji selector after an emoji, joiners inside emoji sequences
 * and inside words of scripts that need them, and the three sub-flag tag sequences of Unicode's emoji list.
 * `\r\n` becomes `\n` without a record: forges send it for every text. Linear in the length.
 */
export function cleanCharacters(text: string, sink: { readonly where: RemovalPlace; readonly log: RemovalLog; readonly meter: Meter }): string {
  if (isPlain(text, sink.meter)) return text;
  const normal = normalised(text, sink);
  const out: string[] = [];
  const points = Array.from(normal);
  const kindOf = remembered();
  let index = 0;
  let lineStart = 0;
  let lineLost = false;
  while (index < points.length) {
    sink.meter.steps += 1;
    const point = points[index] ?? '';
    if (point === '\n') {
      // A line that held nothing but hidden characters goes away whole: for the reader's renderer it was never blank.
      if (lineLost && out.slice(lineStart).every((kept) => kept === ' ' || kept === '\t')) out.length = lineStart;
      else out.push(point);
      lineStart = out.length;
      lineLost = false;
      index += 1;
      continue;
    }
    const escape = ansiEnd(points, index);
    if (escape > index) {
      sink.meter.steps += escape - index;
      sink.log.add({ kind: 'ansi-escape', where: sink.where, text: sampleAt(points, index, Math.min(escape, index + 80)) });
      lineLost = true;
      index = escape;
      continue;
    }
    const flag = flagEnd(points, index);
    if (flag > index) {
      for (; index < flag; index += 1) out.push(points[index] ?? '');
      continue;
    }
    const kind = kindOf(point);
    if (kind === undefined || mayStay(points, index, out)) out.push(point);
    else {
      sink.log.add({ kind, where: sink.where, text: sampleAt(points, index, index + 40) });
      lineLost = true;
    }
    index += 1;
  }
  return out.join('');
}

function sampleAt(points: readonly string[], from: number, to: number): () => string {
  return () => points.slice(from, to).join('');
}

/** Tab, line feed and printable ASCII need no work. */
function isPlain(text: string, meter: Meter): boolean {
  meter.steps += text.length;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if ((code < 0x20 && code !== 0x09 && code !== 0x0a) || code > 0x7e) return false;
  }
  return true;
}

/** More marks than this on one letter are noise; Unicode's stream-safe form allows 30. It also keeps NFC linear. */
const MARKS_MAX = 30;
const MARK = /^\p{M}$/u;

function normalised(text: string, sink: { readonly where: RemovalPlace; readonly log: RemovalLog; readonly meter: Meter }): string {
  sink.meter.steps += text.length;
  let lines = text.replaceAll('\r\n', '\n').replaceAll('\r', '\n');
  if (lines.startsWith('\ufeff')) lines = lines.slice(1);
  const odd = lines.replaceAll(/[\u000b\u000c\u0085\u2028\u2029]/g, '\n');
  if (odd !== lines) sink.log.add({ kind: 'normalised', where: sink.where, text: 'unusual line separators' });
  const bounded = withBoundedMarks(odd);
  const normal = bounded.normalize('NFC');
  if (normal !== odd) sink.log.add({ kind: 'normalised', where: sink.where, text: 'Unicode normal form C' });
  return normal;
}

function withBoundedMarks(text: string): string {
  if (!/\p{M}/u.test(text)) return text;
  let marks = 0;
  let out = '';
  for (const point of text) {
    marks = point > '\u02ff' && MARK.test(point) ? marks + 1 : 0;
    if (marks <= MARKS_MAX) out += point;
  }
  return out;
}

const BIDI = /^[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]$/u;
const TAG = /^[\u{e0000}-\u{e007f}]$/u;
const PRIVATE = /^\p{Co}$/u;
const CONTROL = /^[\p{Cc}]$/u;
/** Default-ignorable, format (but not the visible number and verse signs), surrogate halves, non-characters, Braille blank. */
const INVISIBLE = /^[\p{Default_Ignorable_Code_Point}\p{Cs}\p{Noncharacter_Code_Point}\u2800\ufff9-\ufffb]$/u;
const FORMAT = /^\p{Cf}$/u;
const VISIBLE_FORMAT = /^[\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\u{110bd}\u{110cd}\u{13430}-\u{1343f}]$/u;

/** Why a code point must go; undefined for those that a person sees. Single code points only: no backtracking. */
export function hiddenKind(point: string): RemovalKind | undefined {
  if (point >= ' ' && point <= '~') return undefined;
  if (point === '\t' || point === '\n') return undefined;
  if (CONTROL.test(point)) return 'control-character';
  if (BIDI.test(point)) return 'bidi-control';
  if (TAG.test(point)) return 'tag-character';
  if (PRIVATE.test(point)) return 'private-use';
  if (INVISIBLE.test(point)) return 'invisible-character';
  if (FORMAT.test(point) && !VISIBLE_FORMAT.test(point)) return 'invisible-character';
  return undefined;
}

/** Texts that hide something repeat a few code points many times; asking six patterns about each again is most of the time. */
function remembered(): typeof hiddenKind {
  const known = new Map<string, RemovalKind | undefined>();
  return (point) => {
    if (point >= ' ' && point <= '~') return undefined;
    if (known.has(point)) return known.get(point);
    const kind = hiddenKind(point);
    known.set(point, kind);
    return kind;
  };
}

const PICTOGRAPH = /^\p{Extended_Pictographic}$/u;
const SKIN_TONE = /^\p{Emoji_Modifier}$/u;
const JOINING = /^[\p{Script=Arabic}\p{Script=Syriac}\p{Script=Mongolian}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Gurmukhi}\p{Script=Gujarati}\p{Script=Oriya}\p{Script=Tamil}\p{Script=Telugu}\p{Script=Kannada}\p{Script=Malayalam}\p{Script=Sinhala}\p{Script=Khmer}\p{Script=Myanmar}]$/u;

/** The few places where an invisible code point belongs to what is seen. `out` is what was kept before it. */
function mayStay(points: readonly string[], index: number, out: readonly string[]): boolean {
  const point = points[index];
  const before = out.at(-1) ?? '';
  const next = points[index + 1] ?? '';
  if (point === '\ufe0f' || point === '\ufe0e') {
    return PICTOGRAPH.test(before) || (/^[0-9#*]$/.test(before) && next === '\u20e3');
  }
  if (point === '\u200d') {
    const base = before === '\ufe0f' || SKIN_TONE.test(before) ? out.at(-2) ?? '' : before;
    if (PICTOGRAPH.test(base) && PICTOGRAPH.test(next)) return true;
  }
  if (point === '\u200d' || point === '\u200c') return JOINING.test(before) && JOINING.test(next);
  return false;
}

const FLAGS = ['gbeng', 'gbsct', 'gbwls'].map((name) => [...name].map((char) => String.fromCodePoint(0xe0000 + char.charCodeAt(0))).concat('\u{e007f}'));

/** The end of a black flag with one of the three tag sequences that Unicode recommends; `index` when there is none. */
function flagEnd(points: readonly string[], index: number): number {
  if (points[index] !== '\u{1f3f4}') return index;
  const flag = FLAGS.find((tags) => tags.every((tag, offset) => points[index + 1 + offset] === tag));
  return flag === undefined ? index : index + 1 + flag.length;
}

/** The end of a terminal sequence that starts here (ECMA-48: CSI, OSC and the other strings); `index` when none does. */
function ansiEnd(points: readonly string[], index: number): number {
  const first = points[index];
  const introducer = first === '\u001b' ? points[index + 1] ?? '' : first === '\u009b' ? '[' : first === '\u009d' ? ']' : undefined;
  if (introducer === undefined) return index;
  let at = index + (first === '\u001b' ? 2 : 1);
  if (introducer === '[') {
    while (at < points.length && /^[0-?]$/.test(points[at] ?? '')) at += 1;
    while (at < points.length && /^[ -/]$/.test(points[at] ?? '')) at += 1;
    return at < points.length && /^[@-~]$/.test(points[at] ?? '') ? at + 1 : at;
  }
  if (!/^[\]PX^_]$/.test(introducer)) return introducer === '' || introducer === '\n' ? index + 1 : at;
  // A string sequence ends at BEL or ST; an unterminated one at the end of its line.
  while (at < points.length && points[at] !== '\n') {
    if (points[at] === '\u0007' || points[at] === '\u009c') return at + 1;
    if (points[at] === '\u001b') return points[at + 1] === '\\' ? at + 2 : at;
    at += 1;
  }
  return at;
}
