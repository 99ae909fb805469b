import type { TestInventory } from './inventory/test-inventory.js';
import { isComment, walk, type SyntaxTree } from './syntax/syntax-node.js';
import type { Language } from './language/language.js';

/** One side of one changed file, as far as it was read. */
export interface FileSide {
  readonly text: string;
  readonly tree: SyntaxTree | undefined;
  readonly inventory: TestInventory | undefined;
}

/** One changed path with both sides. `test` = it holds tests or serves them. */
export interface TamperFile {
  readonly path: string;
  readonly language: Language | undefined;
  readonly test: boolean;
  readonly base: FileSide | undefined;
  readonly candidate: FileSide | undefined;
}

/** A file's code with its comments blanked out; places stay. */
export function codeOf(side: FileSide | undefined): string {
  if (side === undefined) return '';
  if (side.tree === undefined) return side.text;
  const known = blanked.get(side);
  if (known !== undefined) return known;
  let text = '';
  let at = 0;
  for (const node of walk(side.tree.root)) {
    if (!isComment(node) || node.start < at) continue;
    text += side.text.slice(at, node.start) + side.text.slice(node.start, node.end).replace(/[^\n]/g, ' ');
    at = node.end;
  }
  text += side.text.slice(at);
  blanked.set(side, text);
  return text;
}

const blanked = new WeakMap<FileSide, string>();

export const lineAt = (text: string, at: number): number => text.slice(0, at).split('\n').length;

/** Where a pattern stands more often after the change than before: its later places, as many as are new. */
export function newPlaces(before: string, after: string, pattern: RegExp): readonly { readonly line: number; readonly shown: string }[] {
  const all = [...after.matchAll(pattern)];
  const known = new Map<string, number>();
  for (const match of before.matchAll(pattern)) known.set(plain(match[0]), (known.get(plain(match[0])) ?? 0) + 1);
  let surplus = all.length - [...before.matchAll(pattern)].length;
  return all.flatMap((match) => {
    const left = known.get(plain(match[0])) ?? 0;
    if (left > 0) known.set(plain(match[0]), left - 1);
    if (left > 0 || surplus <= 0) return [];
    surplus -= 1;
    const from = after.lastIndexOf('\n', match.index) + 1;
    const to = after.indexOf('\n', match.index);
    return [{ line: lineAt(after, match.index), shown: after.slice(from, to < 0 ? undefined : to).trim().slice(0, 160) }];
  });
}

const plain = (text: string): string => text.replace(/\s+/g, ' ');
