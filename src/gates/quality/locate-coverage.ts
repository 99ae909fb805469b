import type { FileCoverage } from '../../domain/report.js';

export interface LineCoverage { readonly lines: ReadonlyMap<number, number>; readonly branches: ReadonlyMap<number, { readonly taken: number; readonly total: number }> }

/**
 * The coverage of each wanted path. Tools write paths of their machine, of their source folder, or of a package: a path
 * that the tree has is that file; else it is the file whose path ends alike, by at least two parts. A path that could be
 * several files is nobody's. What several reports say of a file is put together; the order does not matter.
 */
export function locateCoverage(reported: readonly FileCoverage[], wanted: readonly string[], tree: readonly string[]): ReadonlyMap<string, LineCoverage> {
  const exact = new Set(tree);
  const byName = new Map<string, string[]>();
  for (const path of tree) {
    const list = byName.get(nameOf(path));
    if (list === undefined) byName.set(nameOf(path), [path]);
    else list.push(path);
  }
  const asked = new Set(wanted);
  const found = new Map<string, { lines: Map<number, number>; branches: Map<number, { taken: number; total: number }> }>();
  for (const file of reported) {
    const path = exact.has(file.file) ? file.file : alike(file.file, byName.get(nameOf(file.file)) ?? []);
    if (path === undefined || !asked.has(path)) continue;
    const into = found.get(path) ?? { lines: new Map(), branches: new Map() };
    found.set(path, into);
    for (let at = 0; at + 1 < file.lines.length; at += 2) {
      const [line, hits] = [file.lines[at] ?? 0, file.lines[at + 1] ?? 0];
      into.lines.set(line, Math.max(into.lines.get(line) ?? 0, hits));
    }
    for (let at = 0; at + 2 < file.branches.length; at += 3) {
      const [line, taken, total] = [file.branches[at] ?? 0, file.branches[at + 1] ?? 0, file.branches[at + 2] ?? 0];
      const before = into.branches.get(line);
      into.branches.set(line, { taken: Math.max(before?.taken ?? 0, taken), total: Math.max(before?.total ?? 0, total) });
    }
  }
  return found;
}

function alike(reported: string, candidates: readonly string[]): string | undefined {
  const fitting = candidates.filter((path) => path.endsWith(`/${reported}`) || (path.includes('/') && reported.endsWith(`/${path}`)));
  if (fitting.length <= 1) return fitting[0];
  // The report names more than the tree does: the longest path is the one that is meant.
  const inside = fitting.filter((path) => reported.endsWith(`/${path}`)).sort((a, b) => b.length - a.length);
  return inside[0] !== undefined && inside.length === fitting.length ? inside[0] : undefined;
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
