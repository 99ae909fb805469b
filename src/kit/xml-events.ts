import { err, ok, type Result } from './result.js';

/** What a scanner of hostile XML tells its reader. */
export type XmlEvent =
  | { readonly type: 'open'; readonly name: string; readonly attributes: ReadonlyMap<string, string> }
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'close' };

const DEPTH_MAX = 64;
const ATTRIBUTES_MAX = 64;
const VALUE_CHARS_MAX = 64 * 1024;

/**
 * Walks through an XML text once, from left to right; each character is looked at a fixed number of times. Only the
 * five named entities and character references are resolved. A document type declaration is refused whole: nothing
 * that could declare an entity or name a file is ever read. `skip-external` passes over one that only names its type,
 * as coverage tools write it; one with declarations of its own is refused even then. The text may come from a program the agent wrote.
 */
export function scanXml(text: string, on: (event: XmlEvent) => void, { doctype = 'refuse' }: { readonly doctype?: 'refuse' | 'skip-external' } = {}): Result<void, string> {
  const open: string[] = [];
  let at = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  while (at < text.length) {
    const tag = text.indexOf('<', at);
    const end = tag < 0 ? text.length : tag;
    if (end > at && open.length > 0) on({ type: 'text', text: unescapeXml(text.slice(at, Math.min(end, at + VALUE_CHARS_MAX))) });
    if (tag < 0) break;
    const next = markup(text, tag, { open, on, doctype });
    if (!next.ok) return next;
    at = next.value;
  }
  return open.length === 0 ? ok(undefined) : err('the document ends inside an element');
}

interface Walk { readonly open: string[]; readonly on: (event: XmlEvent) => void; readonly doctype: 'refuse' | 'skip-external' }

/** Reads one piece of markup at `tag`; answers where to go on. */
function markup(text: string, tag: number, walk: Walk): Result<number, string> {
  if (text.startsWith('<!--', tag)) return after(text, '-->', tag + 4);
  if (text.startsWith('<?', tag)) return after(text, '?>', tag + 2);
  if (text.startsWith('<![CDATA[', tag)) {
    const end = text.indexOf(']]>', tag + 9);
    if (end < 0) return err('a CDATA section does not end');
    if (walk.open.length > 0) walk.on({ type: 'text', text: text.slice(tag + 9, Math.min(end, tag + 9 + VALUE_CHARS_MAX)) });
    return ok(end + 3);
  }
  if (walk.doctype === 'skip-external' && walk.open.length === 0 && /^<!DOCTYPE\s/.test(text.slice(tag, tag + 10))) {
    const end = text.indexOf('>', tag);
    const inner = text.slice(tag, end < 0 ? tag : end);
    if (inner !== '' && inner.length < 500 && !inner.includes('[')) return ok(end + 1);
  }
  if (text.startsWith('<!', tag)) return err('document type and entity declarations are refused');
  if (text.startsWith('</', tag)) {
    const end = text.indexOf('>', tag);
    if (end < 0) return err('a closing tag does not end');
    if (walk.open.pop() !== text.slice(tag + 2, Math.min(end, tag + 300)).trim()) return err('a closing tag does not fit its opening tag');
    walk.on({ type: 'close' });
    return ok(end + 1);
  }
  return opening(text, tag, walk);
}

function opening(text: string, tag: number, walk: Walk): Result<number, string> {
  const name = wordAt(text, tag + 1);
  if (name === '') return err('a tag has no name');
  const attributes = new Map<string, string>();
  let at = tag + 1 + name.length;
  for (;;) {
    at = skipSpace(text, at);
    if (at >= text.length) return err('a tag does not end');
    if (text[at] === '>' || text.startsWith('/>', at)) break;
    const key = wordAt(text, at);
    const equals = skipSpace(text, at + key.length);
    const quote = skipSpace(text, equals + 1);
    const mark = text[quote];
    if (key === '' || text[equals] !== '=' || (mark !== '"' && mark !== "'")) return err('an attribute is not well-formed');
    const end = text.indexOf(mark, quote + 1);
    if (end < 0) return err('an attribute does not end');
    if (attributes.size >= ATTRIBUTES_MAX) return err('an element has too many attributes');
    if (!attributes.has(key)) attributes.set(key, unescapeXml(text.slice(quote + 1, Math.min(end, quote + 1 + VALUE_CHARS_MAX))));
    at = end + 1;
  }
  if (walk.open.length >= DEPTH_MAX) return err(`elements are nested deeper than ${DEPTH_MAX}`);
  walk.on({ type: 'open', name, attributes });
  if (text[at] === '/') {
    walk.on({ type: 'close' });
    return ok(at + 2);
  }
  walk.open.push(name);
  return ok(at + 1);
}

function after(text: string, mark: string, from: number): Result<number, string> {
  const end = text.indexOf(mark, from);
  return end < 0 ? err('a comment or instruction does not end') : ok(end + mark.length);
}

const WORD = /[A-Za-z_:][\w:.-]{0,200}/y;

function wordAt(text: string, at: number): string {
  WORD.lastIndex = at;
  return WORD.exec(text)?.[0] ?? '';
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && ' \t\r\n'.includes(text.charAt(at))) at += 1;
  return at;
}

const NAMED: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

/** Unknown entities stay as they are written: they are shown, never resolved. */
function unescapeXml(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-fA-F]{1,6})|(lt|gt|amp|quot|apos));/g, (whole, decimal: string | undefined, hex: string | undefined, name: string | undefined) => {
    if (name !== undefined) return NAMED[name] ?? whole;
    const code = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal);
    return code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff) ? String.fromCodePoint(code) : whole;
  });
}
