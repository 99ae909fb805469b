import type { FileChange } from '../domain/candidate.js';
import { ownerMatcher, type OwnerRule } from '../domain/codeowners.js';
import type { ChangeKind, FileFact, PolicyFacts } from './facts.js';
import { fileKinds } from './file-kinds.js';

/** What is known about a change before anything is asked of it, in the terms of git. */
export interface ChangeFacts {
  readonly files: readonly FileChange[];
  /** Bytes of the patch. */
  readonly bytes: number;
  /** CODEOWNERS of the base commit. */
  readonly owners: readonly OwnerRule[];
}

/** The part of the facts that is about the change itself: each file with what it is and whose it is. Pure. */
export function changeFacts({ files, bytes, owners }: ChangeFacts): PolicyFacts['change'] {
  const ownersOf = ownerMatcher(owners);
  const renamed = renamedPaths(files);
  return {
    bytes,
    files: files.map((file): FileFact => ({
      path: file.path, changes: changeKinds(file, renamed), kinds: fileKinds(file.path), additions: file.additions, deletions: file.deletions,
      oldMode: file.oldMode, newMode: file.newMode, services: [], tiers: [], data: [], owners: distinct(ownersOf(file.path).map((owner) => owner.replace(/^@/, ''))),
    })),
  };
}

function changeKinds(file: FileChange, renamed: ReadonlySet<string>): readonly ChangeKind[] {
  const { status, oldMode, newMode } = file;
  const flags: readonly (readonly [ChangeKind, boolean])[] = [
    ['renamed', renamed.has(file.path)],
    ['mode', status === 'modified' && oldMode !== newMode],
    ['executable', newMode === '100755' && oldMode !== '100755'],
    ['binary', file.binary],
    ['link', newMode === '120000' || oldMode === '120000'],
    ['submodule', newMode === '160000' || oldMode === '160000'],
  ];
  return [status, ...flags.filter(([, is]) => is).map(([kind]) => kind)];
}

/** A rename is listed as a deletion and an addition; with the same content both are called renamed as well. */
function renamedPaths(files: readonly FileChange[]): ReadonlySet<string> {
  const gone = new Map(files.filter((file) => file.status === 'deleted' && file.oldBlob !== undefined).map((file) => [file.oldBlob, file.path]));
  return new Set(files.flatMap((file) => {
    const from = file.status === 'added' ? gone.get(file.newBlob) : undefined;
    return from === undefined ? [] : [from, file.path];
  }));
}

function distinct(words: readonly string[]): readonly string[] {
  return [...new Set(words)];
}
