/** One file of a unified patch: the lines it gains, with their numbers in the new file, and the ones it loses. */
export interface PatchedFile {
  readonly path: string;
  readonly added: readonly { readonly line: number; readonly text: string }[];
  /** Numbers of the lines it loses, in the old file. With `added` they say where every other line went. */
  readonly removed: readonly number[];
}

/**
 * Reads the added lines out of a unified patch as our own git prints it. The contents are foreign: inside a hunk the counts of
 * its header decide what a line is, so that no line of a file can pose as a header. Deleted and binary files have none.
 */
export function parsePatch(patch: string): PatchedFile[] {
  const files: { path: string; added: { line: number; text: string }[]; removed: number[] }[] = [];
  let current: (typeof files)[number] | undefined;
  let line = 0;
  let oldLine = 0;
  let left = { old: 0, new: 0 };
  for (const text of patch.split('\n')) {
    if (left.old > 0 || left.new > 0) {
      const [added, removed, note] = [text.startsWith('+'), text.startsWith('-'), text.startsWith('\\')];
      if (added) current?.added.push({ line, text: text.slice(1) });
      if (removed) current?.removed.push(oldLine);
      if (!removed && !note) line += 1;
      if (!added && !note) oldLine += 1;
      left = { old: left.old - (added || note ? 0 : 1), new: left.new - (removed || note ? 0 : 1) };
      continue;
    }
    const hunk = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/.exec(text);
    if (hunk !== null) {
      oldLine = Number(hunk[1]);
      line = Number(hunk[3]);
      left = { old: Number(hunk[2] ?? 1), new: Number(hunk[4] ?? 1) };
    } else if (text.startsWith('+++ ')) {
      const path = pathOf(text.slice(4));
      current = path === undefined ? undefined : { path, added: [], removed: [] };
      if (current !== undefined) files.push(current);
    }
  }
  return files;
}

/** `b/src/a.ts`, or git's C-quoted form for odd names; `/dev/null` is a deletion. */
function pathOf(text: string): string | undefined {
  const name = text.replace(/\t$/, '');
  if (name === '/dev/null') return undefined;
  return (name.startsWith('"') ? unquoted(name) : name).replace(/^b\//, '');
}

const ESCAPES: Readonly<Record<string, number>> = { a: 7, b: 8, t: 9, n: 10, v: 11, f: 12, r: 13, '"': 34, '\\': 92 };

function unquoted(name: string): string {
  const bytes: number[] = [];
  for (let at = 1; at < name.length - 1; at += 1) {
    const character = name[at] ?? '';
    if (character !== '\\') {
      bytes.push(...Buffer.from(character));
      continue;
    }
    const octal = /^[0-7]{3}/.exec(name.slice(at + 1, at + 4));
    bytes.push(octal === null ? (ESCAPES[name[at + 1] ?? ''] ?? 63) : parseInt(octal[0], 8));
    at += octal === null ? 1 : 3;
  }
  return Buffer.from(bytes).toString('utf8');
}
