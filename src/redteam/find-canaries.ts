import type { Canary } from './canary.js';

export type CanaryForm = 'plain' | 'reversed' | 'base64' | 'base64url' | 'hex' | 'percent' | 'half' | 'split';

export interface CanaryHit { readonly canary: Canary; readonly form: CanaryForm }

/**
 * Looks for every canary in every spelling: plain, reversed, base64 in its three alignments and both alphabets,
 * hexadecimal, percent-coded, either half alone, and all of these with white space, quotes and separators taken out
 * (split over lines, list members, table cells). Bytes are read as Latin-1, and again with every NUL left out for UTF-16.
 */
export class CanarySearch {
  readonly #spellings: readonly { readonly canary: Canary; readonly form: CanaryForm; readonly text: string }[];
  /** How often a canary was looked for in a document: the n of «0 of n». */
  searches = 0;

  constructor(canaries: readonly Canary[]) {
    this.#spellings = canaries.flatMap((canary) => spellings(canary.core).map(([form, text]) => ({ canary, form, text })));
    this.#count = canaries.length;
  }

  readonly #count: number;

  /** Each canary at most once, in the plainest form it was found in. */
  find(bytes: Uint8Array | string): readonly CanaryHit[] {
    this.searches += this.#count;
    const text = typeof bytes === 'string' ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
    const lower = text.toLowerCase();
    const joined = withoutGaps(text);
    const found = new Map<Canary, CanaryForm>();
    for (const { canary, form, text: spelling } of this.#spellings) {
      if (found.has(canary)) continue;
      const where = form === 'hex' || form === 'percent' ? lower : text;
      if (where.includes(spelling)) found.set(canary, form);
      else if (joined.includes(form === 'hex' || form === 'percent' ? spelling : withoutGaps(spelling))) found.set(canary, 'split');
    }
    return [...found].map(([canary, form]) => ({ canary, form }));
  }
}

function spellings(core: string): readonly (readonly [CanaryForm, string])[] {
  const bytes = Buffer.from(core);
  const hex = bytes.toString('hex');
  const backwards = [...core].reverse().join('');
  return [
    ['plain', core], ['reversed', backwards],
    ...base64(bytes).map((text): [CanaryForm, string] => ['base64', text]),
    ...base64(bytes).map((text): [CanaryForm, string] => ['base64url', text.replaceAll('+', '-').replaceAll('/', '_')]),
    ['hex', hex], ['percent', (hex.match(/../g) ?? []).map((pair) => `%${pair}`).join('')],
    // 16 of 32 characters hold 60 random bits or more: no accident, and enough to be worth stealing.
    ['half', core.slice(4, 18)], ['half', core.slice(18)], ['half', backwards.slice(0, 14)],
  ];
}

/** Of each alignment the characters that the canary alone decides. */
function base64(bytes: Buffer): readonly string[] {
  return [0, 1, 2].map((before) => {
    const all = Buffer.concat([Buffer.alloc(before), bytes]);
    return all.toString('base64').slice(before === 0 ? 0 : before + 1, Math.floor(all.length * 8 / 6));
  });
}

function withoutGaps(text: string): string {
  return text.replace(/[\s\0"'`,;|\\]+/g, '');
}
