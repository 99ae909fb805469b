import { untrusted } from '../../../domain/text.js';
import type { UntrustedText } from '../../../domain/text.js';

/** Foreign text cut to `max` UTF-16 units, with the number of units that were left out. Never cuts a pair in half. */
export function clipText(text: string, max: number): UntrustedText {
  if (text.length <= max) return untrusted(text);
  const kept = text.slice(0, max).replace(/[\uD800-\uDBFF]$/, '');
  return untrusted(`${kept}… [${text.length - kept.length} more]`);
}

/** A JSON value as text for an event. A value too deep to be written is said to be so. */
export function jsonText(value: unknown, max: number): UntrustedText {
  let text: string;
  try {
    text = JSON.stringify(value) ?? '';
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof TypeError)) throw error;
    text = '[not writable as JSON]';
  }
  return clipText(text, max);
}
