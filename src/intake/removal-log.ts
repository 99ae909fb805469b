import type { Removal } from '../domain/ticket.js';

export type RemovalKind = Removal['kind'];
export type RemovalPlace = Removal['where'];

/** Collects what was taken out, one entry per kind and place; the first occurrence gives the sample. */
export class RemovalLog {
  readonly #entries = new Map<string, { kind: RemovalKind; where: RemovalPlace; count: number; sample: string }>();

  /** `text` may be a function: of a thousand removals of one kind the sample of the first is wanted alone. */
  add(entry: { readonly kind: RemovalKind; readonly where: RemovalPlace; readonly text: string | (() => string); readonly count?: number }): void {
    const key = `${entry.where}/${entry.kind}`;
    const known = this.#entries.get(key);
    if (known !== undefined) {
      known.count += entry.count ?? 1;
      return;
    }
    this.#entries.set(key, { kind: entry.kind, where: entry.where, count: entry.count ?? 1, sample: escapedSample(typeof entry.text === 'string' ? entry.text : entry.text()) });
  }

  removals(): Removal[] {
    return [...this.#entries.values()].map((entry) => ({ ...entry }));
  }
}

const SAMPLE_CHARS_MAX = 200;

/** Printable ASCII stays, everything else becomes `\u{...}`: a sample can be shown to a person and hides nothing itself. */
export function escapedSample(text: string): string {
  let out = '';
  for (const char of text.slice(0, SAMPLE_CHARS_MAX)) {
    const code = char.codePointAt(0) ?? 0;
    const shown = code >= 0x20 && code <= 0x7e ? char : code === 0x0a ? '\\n' : `\\u{${code.toString(16)}}`;
    if (out.length + shown.length > SAMPLE_CHARS_MAX) break;
    out += shown;
  }
  return out;
}
