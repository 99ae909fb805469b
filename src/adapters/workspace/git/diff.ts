import { FileChange } from '../../../domain/candidate.js';
import { mustRun } from './fault.js';
import type { Git, GitEnding } from './git.js';
import { plainMode } from './tree-index.js';

const PLAIN = ['--no-renames', '--no-ext-diff', '--no-textconv', '--no-color', '--no-abbrev'];

/** The paths that differ between two trees with their line counts. A rename is a deletion and an addition. */
export async function listChanges(git: Git, gitDir: string, from: string, to: string): Promise<readonly FileChange[]> {
  const output = await mustRun(git.run, { gitDir, args: ['diff-tree', '-r', '-z', '--raw', '--numstat', ...PLAIN, from, to] });
  const fields = output.toString('utf8').split('\0');
  const raws: { readonly head: readonly string[]; readonly path: string }[] = [];
  let at = 0;
  for (; fields[at]?.startsWith(':') === true; at += 2) raws.push({ head: (fields[at] ?? '').slice(1).split(' '), path: fields[at + 1] ?? '' });
  const counts = new Map<string, readonly [string, string]>();
  for (; at < fields.length; at += 1) {
    const [added, deleted, ...path] = (fields[at] ?? '').split('\t');
    if (added !== undefined && deleted !== undefined) counts.set(path.join('\t'), [added, deleted]);
  }
  return raws.map(({ head, path }) => changeOf(head, path, counts.get(path)));
}

const STATUS: Readonly<Record<string, FileChange['status']>> = { A: 'added', D: 'deleted', M: 'modified', T: 'type-changed' };

/** `OLDMODE NEWMODE OLDBLOB NEWBLOB STATUS`, and `ADDED DELETED` or `- -` for a binary file. */
function changeOf(head: readonly string[], path: string, count: readonly [string, string] | undefined): FileChange {
  const [oldMode = '', newMode = '', oldBlob = '', newBlob = '', letter = ''] = head;
  const [added = '0', deleted = '0'] = count ?? [];
  return FileChange.parse({
    path, status: STATUS[letter], oldMode: plainMode(oldMode), newMode: plainMode(newMode),
    ...(isNone(oldBlob) ? {} : { oldBlob }), ...(isNone(newBlob) ? {} : { newBlob }),
    additions: Number(added) || 0, deletions: Number(deleted) || 0, binary: added === '-',
  });
}

function isNone(name: string): boolean {
  return /^0*$/.test(name);
}

/** The patch between two trees, binary files in full so that it can be applied. Nothing outside of git takes part. */
export function runPatch(git: Git, gitDir: string, trees: readonly [string, string], outputBytesMax?: number): Promise<GitEnding> {
  return git.run({
    gitDir, ...(outputBytesMax === undefined ? {} : { outputBytesMax }),
    args: ['diff-tree', '-r', '-p', '--binary', '--full-index', '--diff-algorithm=myers', '--unified=3', '--src-prefix=a/', '--dst-prefix=b/', '--submodule=short', ...PLAIN, ...trees],
  });
}
