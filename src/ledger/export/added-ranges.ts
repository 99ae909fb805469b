/** The added lines of each file of a unified patch, as inclusive ranges of the new file's line numbers. */
export function addedRanges(patch: string): { readonly path: string; readonly ranges: readonly (readonly [number, number])[] }[] {
  const files: { path: string; ranges: [number, number][] }[] = [];
  let line = 0;
  let left = { old: 0, new: 0 };
  for (const text of patch.split('\n')) {
    if (left.old > 0 || left.new > 0) {
      // Inside a hunk the counts of its header decide: a removed line "-- a" must not be taken for a file header.
      const added = text.startsWith('+');
      if (added) extend(files.at(-1)?.ranges, line);
      if (!text.startsWith('-') && !text.startsWith('\\')) line += 1;
      left = { old: left.old - (added || text.startsWith('\\') ? 0 : 1), new: left.new - (text.startsWith('-') || text.startsWith('\\') ? 0 : 1) };
      continue;
    }
    const hunk = /^@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/.exec(text);
    if (hunk !== null) {
      line = Number(hunk[2]);
      left = { old: Number(hunk[1] ?? 1), new: Number(hunk[3] ?? 1) };
    } else if (text.startsWith('+++ ')) {
      const path = pathOf(text.slice(4));
      if (path !== undefined) files.push({ path, ranges: [] });
    }
  }
  return files.filter((file) => file.ranges.length > 0);
}

function extend(ranges: [number, number][] | undefined, line: number): void {
  const last = ranges?.at(-1);
  if (last !== undefined && last[1] === line - 1) last[1] = line;
  else ranges?.push([line, line]);
}

/** `b/src/a.ts`, or git's C-quoted form for odd names; `/dev/null` is a deletion. */
function pathOf(text: string): string | undefined {
  const name = text.replace(/\t$/, '');
  if (name === '/dev/null') return undefined;
  if (!name.startsWith('"')) return name.replace(/^b\//, '');
  const bytes: number[] = [];
  const escapes: Record<string, number> = { a: 7, b: 8, t: 9, n: 10, v: 11, f: 12, r: 13, '"': 34, '\\': 92 };
  for (let at = 1; at < name.length - 1; at += 1) {
    const character = name[at] ?? '';
    if (character !== '\\') {
      bytes.push(...Buffer.from(character));
      continue;
    }
    const octal = /^[0-7]{3}/.exec(name.slice(at + 1, at + 4));
    bytes.push(octal === null ? (escapes[name[at + 1] ?? ''] ?? 63) : parseInt(octal[0], 8));
    at += octal === null ? 1 : 3;
  }
  return Buffer.from(bytes).toString('utf8').replace(/^b\//, '');
}
