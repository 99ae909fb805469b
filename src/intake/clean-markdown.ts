import { cleanCharacters } from './clean-characters.js';
import { markdownPass } from './markdown-pass.js';
import type { Meter } from './meter.js';
import type { RemovalLog, RemovalPlace } from './removal-log.js';

const PASSES_MAX = 4;

/**
 * Takes out of a Markdown text what a person who reads it rendered does not see: hidden characters, HTML comments,
 * elements and attributes that are not shown, images with their alt texts, link titles, link definitions and footnotes
 * that nothing uses, double-coded entities. Code fences, indented code and inline code stay byte for byte, hidden
 * characters excepted. Where Markdown leaves it open whether something is code, it is cleaned as prose: a removal too
 * many is shown to the approver, a removal too few is shown to nobody.
 *
 * Taking something out can join what stood around it to something new, so passes follow each other until one changes
 * nothing. Their number is bounded: after a few, nothing is believed to be code any more, and at the very end the
 * characters that open markup are taken out themselves. So the result is always a fixed point, and the work is always
 * linear. It lowers noise and hiding; it is no boundary: containment is.
 */
export function cleanMarkdown(text: string, sink: { readonly where: RemovalPlace; readonly log: RemovalLog; readonly meter: Meter }): string {
  const pass = (from: string, trustCode: boolean): string => markdownPass(cleanCharacters(from, sink), { ...sink, trustCode });
  let current = text;
  for (let round = 0; round < PASSES_MAX; round += 1) {
    const next = pass(current, true);
    if (next === current) return current;
    current = next;
  }
  for (let round = 0; round < PASSES_MAX; round += 1) {
    current = pass(pass(current, false), false);
    const next = pass(current, true);
    if (next === current) return current;
    current = next;
  }
  return withoutMarkup(current, sink);
}

/** The last resort for texts made to never come to rest. Without these characters no construct can begin. */
function withoutMarkup(text: string, sink: { readonly where: RemovalPlace; readonly log: RemovalLog; readonly meter: Meter }): string {
  const bare = text.replaceAll(/[<&[\\]/g, '');
  sink.log.add({ kind: 'normalised', where: sink.where, text: 'markup nested too deeply: all opening characters taken out', count: Math.max(1, text.length - bare.length) });
  // Composition may still follow from what was joined; two rounds of it are a fixed point of Unicode's own rules.
  return cleanCharacters(cleanCharacters(bare, sink), sink);
}
