import { mkdtempSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CommitSha, TreeSha } from '../../../domain/ids.js';
import { err, ok } from '../../../kit/result.js';
import type { MergeAnswer, MergeRoom } from '../../../ports/workspace.js';
import { candidateCommitText } from './bundle.js';
import type { Core } from './core.js';
import { gitFault } from './fault.js';
import type { GitCall, GitEnding } from './git.js';
import { writeObject } from '../../git-client/loose-objects.js';
import { makeGitFolder, objectFolders } from './own-clone.js';

/** Pairs in one call of git: enough to save the starts, few enough that one bad pair spoils little. */
const BATCH = 32;
const SINGLE_MS_MAX = 10_000;
const SINGLE_MS_MIN = 50;
const OUTPUT_BYTES_MAX = 32 * 1024 * 1024;
const PIECE_BYTES_MAX = 512 * 1024 * 1024;
const PATHS_MAX = 200;
/**
 * A rename search over thousands of files is quadratic; git's own limit is higher. Recursive merging of submodules is off with them
 * not being here. No configuration names a merge driver, and our `info/attributes` beats every attribute of the trees.
 */
const FLAGS = ['-c', 'merge.renameLimit=1000', '-c', 'core.bigFileThreshold=16m', '-c', 'merge.conflictStyle=merge'];

interface Pair { readonly ours: CommitSha; readonly theirs: CommitSha }

/** @param core of the clone; its objects are borrowed, and nothing is written there but by `keep` */
export function openMergeRoom(core: Core): MergeRoom {
  const gitDir = mkdtempSync(join(dirname(core.gitDir), 'merge-'));
  makeGitFolder({ gitDir, format: core.format, borrowed: objectFolders(core.gitDir), references: [], head: 'ref: refs/heads/none', shallowFile: join(core.gitDir, 'shallow'), workTree: false });
  const run = (args: readonly string[], more: Partial<GitCall> = {}): Promise<GitEnding> => core.git.run({ gitDir, args: [...FLAGS, ...args], outputBytesMax: OUTPUT_BYTES_MAX, pieceBytesMax: PIECE_BYTES_MAX, ...more });
  return {
    gitDir,
    commit: (tree, parent) => CommitSha.parse(writeObject({ gitDir, format: core.format, level: 1 }, 'commit', Buffer.from(candidateCommitText({ tree, base: parent, at: new Date(0) })))),
    merge: (pairs, { wallMsMax }) => mergeAll(run, pairs, Date.now() + wallMsMax),
    async changedPaths(from, to) {
      const ending = await run(['diff-tree', '-r', '-z', '--name-only', '--no-renames', '--no-ext-diff', '--no-textconv', from, to]);
      return ending.kind === 'ended' && ending.code === 0 ? ending.stdout.toString('utf8').split('\0').filter((path) => path !== '') : undefined;
    },
    async forkPoint(a, b) {
      const ending = await run(['merge-base', a, b]);
      const found = CommitSha.safeParse(ending.kind === 'ended' && ending.code === 0 ? ending.stdout.toString('utf8').trim() : '');
      return found.success ? found.data : undefined;
    },
    async keep(tree, known) {
      const pack = await run(['pack-objects', '--revs', '--thin', '--stdout', '--quiet'], { input: `${tree}\n${known.map((commit) => `^${commit}\n`).join('')}`, outputBytesMax: 256 * 1024 * 1024 });
      if (pack.kind !== 'ended' || pack.code !== 0) return err(gitFault('pack the merged tree', pack));
      const taken = await core.git.run({ gitDir: core.gitDir, args: ['index-pack', '--stdin', '--fix-thin'], input: pack.stdout });
      return taken.kind === 'ended' && taken.code === 0 ? ok(undefined) : err(gitFault('take in the merged tree', taken));
    },
    close: () => { rmSync(gitDir, { recursive: true, force: true, maxRetries: 3 }); },
  };
}

type Run = (args: readonly string[], more?: Partial<GitCall>) => Promise<GitEnding>;

async function mergeAll(run: Run, pairs: readonly Pair[], until: number): Promise<MergeAnswer[]> {
  const answers = new Map<Pair, MergeAnswer>();
  const able: Pair[] = [];
  const here = await commitsHere(run, pairs);
  for (const pair of pairs) {
    if (here.has(pair.ours) && here.has(pair.theirs)) able.push(pair);
    else answers.set(pair, { kind: 'unknown', why: 'not-here' });
  }
  for (let at = 0; at < able.length; at += BATCH) {
    const batch = able.slice(at, at + BATCH);
    const together = await mergeTogether(run, batch, (until - Date.now()) / 2);
    // One pair that git gives up on (no common history, a tree without end) ends the whole call: then each gets its share of the time.
    for (const [index, pair] of batch.entries()) answers.set(pair, together?.[index] ?? await mergeOne(run, pair, (until - Date.now()) / (able.length - at - index + 1)));
  }
  return pairs.map((pair) => answers.get(pair) ?? { kind: 'unknown', why: 'git-failed' });
}

/** Which of the commits can be read here; asked first, since `merge-tree` stops at a name that it does not know. */
async function commitsHere(run: Run, pairs: readonly Pair[]): Promise<ReadonlySet<string>> {
  const names = [...new Set(pairs.flatMap((pair) => [pair.ours, pair.theirs]))];
  const ending = await run(['cat-file', '--batch-check=%(objectname) %(objecttype)'], { input: names.map((name) => `${name}\n`).join('') });
  const lines = ending.kind === 'ended' ? ending.stdout.toString('latin1').split('\n') : [];
  return new Set(lines.flatMap((line) => (line.endsWith(' commit') ? [line.slice(0, -' commit'.length)] : [])));
}

/** Answers in the order of the pairs, or nothing when git did not answer all of them (also git before 2.39, which has no `--stdin`). */
async function mergeTogether(run: Run, pairs: readonly Pair[], wallMsMax: number): Promise<readonly MergeAnswer[] | undefined> {
  if (wallMsMax <= 0 || pairs.length === 1) return undefined;
  const ending = await run(['merge-tree', '--write-tree', '--stdin', '--name-only', '--no-messages'], { input: pairs.map(({ ours, theirs }) => `${ours} ${theirs}\n`).join(''), wallMsMax });
  if (ending.kind !== 'ended' || ending.code !== 0) return undefined;
  const answers = readMerges(ending.stdout);
  return answers?.length === pairs.length ? answers : undefined;
}

/** For each merge `1 NUL tree NUL NUL` when it is clean, or `0 NUL tree NUL (path NUL)+ NUL` (git-merge-tree, «Output»). */
function readMerges(bytes: Buffer): readonly MergeAnswer[] | undefined {
  const parts = bytes.toString('utf8').split('\0');
  const answers: MergeAnswer[] = [];
  let at = 0;
  while (at < parts.length - 1) {
    const [status, tree] = [parts[at], TreeSha.safeParse(parts[at + 1])];
    const end = parts.indexOf('', at + 2);
    if ((status !== '0' && status !== '1') || !tree.success || end < 0) return undefined;
    answers.push(status === '1' ? { kind: 'clean', tree: tree.data } : { kind: 'conflict', paths: named(parts.slice(at + 2, end)) });
    at = end + 1;
  }
  return answers;
}

async function mergeOne(run: Run, { ours, theirs }: Pair, left: number): Promise<MergeAnswer> {
  if (left < SINGLE_MS_MIN) return { kind: 'unknown', why: 'timed-out' };
  const wallMsMax = Math.min(left, SINGLE_MS_MAX);
  const base = await run(['merge-base', ours, theirs], { wallMsMax });
  if (base.kind === 'ended' && base.code === 1) return { kind: 'unknown', why: 'no-common-history' };
  const ending = await run(['merge-tree', '--write-tree', '-z', '--name-only', '--no-messages', ours, theirs], { wallMsMax });
  if (ending.kind === 'timed-out') return { kind: 'unknown', why: 'timed-out' };
  if (ending.kind !== 'ended' || ending.code > 1) return { kind: 'unknown', why: 'git-failed' };
  const [name, ...paths] = ending.stdout.toString('utf8').split('\0');
  const tree = TreeSha.safeParse(name);
  if (!tree.success) return { kind: 'unknown', why: 'git-failed' };
  return ending.code === 0 ? { kind: 'clean', tree: tree.data } : { kind: 'conflict', paths: named(paths) };
}

function named(paths: readonly string[]): readonly string[] {
  return [...new Set(paths.filter((path) => path !== ''))].slice(0, PATHS_MAX);
}
