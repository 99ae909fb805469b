import { CODEOWNERS_PATHS, parseCodeowners, type OwnerRule } from '../domain/codeowners.js';
import type { TreeEntry, Workspace } from '../ports/workspace.js';

/** The first CODEOWNERS file of GitHub's three places, from the base commit. */
export async function readOwners(entries: readonly TreeEntry[], workspace: Pick<Workspace, 'readBlob'>): Promise<OwnerRule[]> {
  for (const path of CODEOWNERS_PATHS) {
    const entry = entries.find((one) => one.path === path && one.mode.startsWith('100'));
    if (entry !== undefined) return parseCodeowners(Buffer.from(await workspace.readBlob(entry.blob)).toString('utf8'));
  }
  return [];
}
