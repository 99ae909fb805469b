import type { Candidate } from '../../../domain/candidate.js';
import type { TextReader } from '../../gate-facts.js';
import type { Dependency } from './dependency.js';
import { manifestReader } from './manifest-readers.js';

export interface DependencyChange {
  readonly kind: 'added' | 'changed' | 'removed';
  readonly ecosystem: Dependency['ecosystem'];
  readonly name: string;
  readonly before: readonly string[];
  readonly after: readonly string[];
  /** The entries of the candidate with a version that the base does not have. */
  readonly entries: readonly Dependency[];
  readonly file: string;
}

export interface DependencyChanges {
  readonly changes: readonly DependencyChange[];
  /** Manifests and lockfiles that changed and could not be read. */
  readonly unread: readonly string[];
}

const FILES_MAX = 500;

/** What the changed manifests and lockfiles add, move and take away. A name that another changed file of the base had is not new. */
export async function dependencyChanges(candidate: Candidate, textOf: TextReader): Promise<DependencyChanges> {
  const files = candidate.files.filter(({ path }) => manifestReader(path) !== undefined);
  const unread: string[] = files.slice(FILES_MAX).map(({ path }) => path);
  const before = new Map<string, Dependency[]>();
  const after = new Map<string, { readonly entry: Dependency; readonly file: string }[]>();
  for (const file of files.slice(0, FILES_MAX)) {
    const read = manifestReader(file.path);
    const [old, now] = [await textOf('base', file.path), await textOf('candidate', file.path)];
    if ((now === undefined && file.status !== 'deleted') || (now !== undefined && file.path.endsWith('.json') && !isJson(now))) unread.push(file.path);
    for (const entry of read?.(old ?? '') ?? []) add(before, entry, entry);
    for (const entry of read?.(now ?? '') ?? []) add(after, entry, { entry, file: file.path });
  }
  const changes: DependencyChange[] = [];
  for (const [key, found] of after) {
    const old = new Set((before.get(key) ?? []).map(versionOf));
    const fresh = found.filter(({ entry }) => !old.has(versionOf(entry)));
    const [first] = fresh;
    if (first === undefined) continue;
    changes.push({ kind: before.has(key) ? 'changed' : 'added', ecosystem: first.entry.ecosystem, name: first.entry.name, before: versions(before.get(key) ?? []), after: versions(found.map(({ entry }) => entry)), entries: fresh.map(({ entry }) => entry), file: first.file });
  }
  for (const [key, old] of before) {
    const [first] = old;
    if (!after.has(key) && first !== undefined) changes.push({ kind: 'removed', ecosystem: first.ecosystem, name: first.name, before: versions(old), after: [], entries: [], file: '' });
  }
  return { changes: changes.sort((a, b) => (`${a.ecosystem} ${a.name}` < `${b.ecosystem} ${b.name}` ? -1 : 1)), unread };
}

function add<T>(map: Map<string, T[]>, { ecosystem, name }: Dependency, value: T): void {
  const key = `${ecosystem}\0${name}`;
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}

function versionOf(entry: Dependency): string {
  return `${entry.exact ? '=' : '~'}${entry.version}`;
}

function versions(entries: readonly Dependency[]): readonly string[] {
  const exact = entries.filter((entry) => entry.exact);
  return [...new Set((exact.length > 0 ? exact : entries).map(({ version }) => version))].sort().slice(0, 10);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
