import type { Meter } from './meter.js';

export interface Tag {
  readonly name: string;
  readonly closing: boolean;
  readonly attributes: readonly { readonly name: string; readonly value: string | undefined }[];
  /** The index behind the `>`. */
  readonly end: number;
}

const SPACE = ' \t\n';

/**
 * The tag that starts at `at` (a `<`), by CommonMark's grammar with HTML's leniency for attributes without space between;
 * undefined when it is none before `limit`. An attempt ends at the next `<` outside of quotes, so all attempts on one
 * text together stay linear.
 */
export function parseTag(text: string, at: number, bounds: { readonly limit: number; readonly meter: Meter }): Tag | undefined {
  const { limit, meter } = bounds;
  let index = at + 1;
  const closing = text[index] === '/';
  if (closing) index += 1;
  const nameStart = index;
  if (!/^[A-Za-z]$/.test(text[index] ?? '')) return undefined;
  while (index < limit && /^[A-Za-z0-9:_.-]$/.test(text[index] ?? '')) index += 1;
  const name = text.slice(nameStart, index).toLowerCase();
  const attributes: { name: string; value: string | undefined }[] = [];
  for (;;) {
    const before = index;
    while (index < limit && (SPACE.includes(text[index] ?? '') || text[index] === '/')) index += 1;
    meter.steps += index - before + 1;
    if (index >= limit || text[index] === '<') return undefined;
    if (text[index] === '>') return { name, closing, attributes, end: index + 1 };
    const attribute = parseAttribute(text, index, limit);
    meter.steps += (attribute?.end ?? index) - index;
    if (attribute === undefined) return undefined;
    attributes.push({ name: attribute.name, value: attribute.value });
    index = attribute.end;
  }
}

function parseAttribute(text: string, from: number, limit: number): { name: string; value: string | undefined; end: number } | undefined {
  let index = from;
  while (index < limit && !' \t\n"\'<>/='.includes(text[index] ?? '')) index += 1;
  if (index === from) return undefined;
  const name = text.slice(from, index).toLowerCase();
  let probe = index;
  while (probe < limit && SPACE.includes(text[probe] ?? '')) probe += 1;
  if (text[probe] !== '=' || probe >= limit) return { name, value: undefined, end: index };
  probe += 1;
  while (probe < limit && SPACE.includes(text[probe] ?? '')) probe += 1;
  const quote = text[probe];
  if (quote === '"' || quote === '\'') {
    const close = text.indexOf(quote, probe + 1);
    return close === -1 || close >= limit ? undefined : { name, value: text.slice(probe + 1, close), end: close + 1 };
  }
  const start = probe;
  while (probe < limit && !' \t\n"\'<>`='.includes(text[probe] ?? '')) probe += 1;
  return probe === start ? undefined : { name, value: text.slice(start, probe), end: probe };
}
