import { copyFileSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Fault } from '../../../domain/fault.js';
import type { CommitSha } from '../../../domain/ids.js';
import { err, ok } from '../../../kit/result.js';
import type { Result } from '../../../kit/result.js';
import type { Core } from './core.js';
import { fault, gitFault } from './fault.js';
import { linkEscapes } from './links.js';
import { nameProblem, shownPath } from './names.js';
import { makeGitFolder, objectFolders } from './own-clone.js';
import { folderKey, recordStats } from './stat-record.js';
import type { TreeIndex } from './tree-index.js';

/** Writing files is slow enough that a second process pays from some hundred files on. */
const PARALLEL = ['-c', 'checkout.workers=2', '-c', 'checkout.thresholdForParallelism=200'];

/**
 * Writes exactly the tree's bytes into a new or empty folder. git does the writing with our own attributes over those of
 * the tree, so that there is no line-end conversion, no filter (Git LFS pointers stay pointers), no keyword; submodules stay
 * empty folders. Afterwards every file's kind, size and mode is compared with the tree, and remembered for the capture.
 */
export async function checkout(core: Core, tree: string, folder: string, git: CommitSha | undefined): Promise<Result<void, Fault>> {
  const problem = prepareFolder(folder);
  if (problem !== undefined) return err(problem);
  const index = await core.index(tree);
  const unsafe = await refuseTree(core, index);
  if (unsafe !== undefined) return err(unsafe);
  const indexFile = core.scratchFile('index');
  try {
    const ending = await core.git.run({ gitDir: core.gitDir, workTree: folder, indexFile, args: [...PARALLEL, 'read-tree', '-m', '-u', '--no-recurse-submodules', tree] });
    if (ending.kind !== 'ended' || ending.code !== 0) return err(gitFault(`write the files into ${folder}`, ending));
    const record = recordStats(folder, index);
    if ('differs' in record) return err(fault('io', 'ours', `${shownPath(record.differs)} was not written as the tree says. The file system of ${folder} may not keep case, links or executable bits; use another folder (TMPDIR).`));
    if (git !== undefined) addGitFolder(core, folder, git, indexFile);
    core.records.set(folderKey(folder), record);
    return ok(undefined);
  } finally {
    rmSync(indexFile, { force: true });
  }
}

function prepareFolder(folder: string): Fault | undefined {
  try {
    mkdirSync(folder, { recursive: true });
    if (readdirSync(folder).length === 0) return undefined;
  } catch (error) {
    return fault('io', 'ours', `The folder ${folder} cannot be used: ${error instanceof Error ? error.message : 'unknown error'}.`);
  }
  return fault('io', 'ours', `The folder ${folder} is not empty; a checkout needs a new or empty one.`);
}

/** What must not be written to a disk, said before the first byte is. */
async function refuseTree(core: Core, index: TreeIndex): Promise<Fault | undefined> {
  for (const [folder, { children }] of index.folders) {
    for (const name of children.keys()) {
      const problem = nameProblem(name, true);
      if (problem !== undefined) return fault('rejected', 'setup', `The commit holds ${shownPath(folder === '' ? name : `${folder}/${name}`)}, which cannot be written safely: ${problem.message}.`);
    }
  }
  const files = [...index.files];
  const missing = files.find(([, file]) => file.size < 0);
  if (missing !== undefined) return fault('rejected', 'setup', `The content of ${shownPath(missing[0])} is not in the repository: it is a partial clone. Fetch the whole content first (git fetch --refetch without a filter, or a checkout without "filter").`);
  const links = new Map<string, string>();
  for (const [path, file] of files) if (file.mode === '120000') links.set(path, (await core.readBlob(file.blob)).toString('utf8'));
  const escaping = [...links.keys()].filter((path) => linkEscapes(path, links));
  if (escaping.length === 0) return undefined;
  return fault('rejected', 'setup', `The commit holds symbolic links that lead out of the repository, which are never written: ${escaping.slice(0, 5).map(shownPath).join(', ')}. Make them relative and inside, or remove them.`);
}

/**
 * A `.git` for tools that ask for one: the given commit, an index that matches, objects borrowed from our clone. There is
 * no remote, credential, hook or user in it. The sandbox shows it read-only; the capture never looks at it.
 */
function addGitFolder(core: Core, folder: string, commit: CommitSha, indexFile: string): void {
  const gitDir = join(folder, '.git');
  makeGitFolder({ gitDir, format: core.format, borrowed: objectFolders(core.gitDir), references: [], head: commit, shallowFile: join(core.gitDir, 'shallow'), workTree: true });
  copyFileSync(indexFile, join(gitDir, 'index'));
}
