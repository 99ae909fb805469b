import { mkdir, rm } from 'node:fs/promises';
import type { Fault } from '../domain/fault.js';
import type { LikelyFile } from '../domain/brief.js';
import type { CommitSha, Digest, TreeSha } from '../domain/ids.js';
import type { Result } from '../kit/result.js';
import type { Workspace } from '../ports/workspace.js';

/** A checkout of `tree` with a `.git` of `base`. */
export interface WantedFolder { readonly folder: string; readonly tree: TreeSha; readonly base: CommitSha }

type Written = { readonly kind: 'result'; readonly result: Result<void, Fault> } | { readonly kind: 'threw'; readonly cause: unknown };

/**
 * Writing the files of a large repository is the longest step of our own before the first agent, and waits for nobody: so
 * folders that will surely be needed are written while the forge and the sandbox are asked. An effect without a fact, as
 * every checkout: one that nobody takes stays in the scratch folder, and a process that starts again writes its own.
 */
export class EarlyFolders {
  readonly #workspace: Workspace;
  #ranked: { readonly key: string; readonly files: readonly LikelyFile[] } | undefined;
  readonly #begun = new Map<string, { readonly tree: TreeSha; readonly written: Promise<Written> }>();

  constructor(workspace: Workspace) {
    this.#workspace = workspace;
  }

  begin(wanted: WantedFolder): void {
    if (this.#begun.has(wanted.folder)) return;
    const written = writeFresh(this.#workspace, wanted).then(
      (result): Written => ({ kind: 'result', result }), (cause: unknown): Written => ({ kind: 'threw', cause }));
    this.#begun.set(wanted.folder, { tree: wanted.tree, written });
  }

  /** Reading a repository for a ticket is done once: admission's ranking is the brief's, for the same text and folder. */
  rank(snapshot: Digest, under: string, files: readonly LikelyFile[]): void {
    this.#ranked = { key: `${snapshot} ${under}`, files };
  }

  ranked(snapshot: Digest, under: string): readonly LikelyFile[] | undefined {
    return this.#ranked?.key === `${snapshot} ${under}` ? this.#ranked.files : undefined;
  }

  /** Nothing is being written any more. The scratch folder must not be taken away before. */
  async settled(): Promise<void> {
    for (const { written } of this.#begun.values()) await written;
  }

  /** The folder, fresh: the one that was begun if it is of this tree, or a new one. Each is given out once. */
  async fresh(wanted: WantedFolder): Promise<Result<void, Fault>> {
    const begun = this.#begun.get(wanted.folder);
    this.#begun.delete(wanted.folder);
    // Waited for in any case: two writers must never meet in one folder.
    const written = await begun?.written;
    if (written?.kind === 'threw') throw written.cause;
    if (written !== undefined && begun?.tree === wanted.tree && written.result.ok) return written.result;
    return writeFresh(this.#workspace, wanted);
  }
}

async function writeFresh(workspace: Workspace, { folder, tree, base }: WantedFolder): Promise<Result<void, Fault>> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  return workspace.checkout(tree, folder, { git: base });
}
