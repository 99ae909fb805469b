import { parsePatch } from '../../domain/patch.js';

/** The added lines of each file of a patch, as inclusive ranges of the new file's line numbers. */
export function addedRanges(patch: string): { readonly path: string; readonly ranges: readonly (readonly [number, number])[] }[] {
  return parsePatch(patch).flatMap(({ path, added }) => {
    const ranges: [number, number][] = [];
    for (const { line } of added) {
      const last = ranges.at(-1);
      if (last !== undefined && last[1] === line - 1) last[1] = line;
      else ranges.push([line, line]);
    }
    return ranges.length === 0 ? [] : [{ path, ranges }];
  });
}
