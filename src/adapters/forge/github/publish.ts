import type { FileChange } from '../../../domain/candidate.js';
import type { Fault } from '../../../domain/fault.js';
import { CommitSha } from '../../../domain/ids.js';
import type { HeddleBranch } from '../../../domain/ids.js';
import { err, ok } from '../../../kit/result.js';
import type { Result } from '../../../kit/result.js';
import type { CandidateSource, CommitMessage } from '../../../ports/forge.js';
import type { GithubClient } from '../../github-client/client.js';
import { commitText } from '../lib/commit-text.js';
import { CommitAnswer, NewObject, RefAnswer } from './schema.js';

/** Larger files go as blobs of their own, so that the one request with all texts stays small. */
const INLINE_BYTES_MAX = 256 * 1024;

interface TreeEntry { readonly path: string; readonly mode: string; readonly type: 'blob' | 'commit'; readonly sha?: string | null; readonly content?: string }
interface Publication { readonly client: GithubClient; readonly branch: HeddleBranch; readonly source: CandidateSource; readonly message: CommitMessage; readonly signal: AbortSignal | undefined }

/**
 * One commit of exactly the candidate's tree through the Git Data API. No author is given: GitHub then signs the commit of
 * a bot. Trees, blobs and commits that no branch reaches are seen by nobody, so those calls may be repeated; the branch
 * is made last and create-only, which decides between two jobs that publish at once.
 */
export async function publish(publication: Publication): Promise<Result<CommitSha, Fault>> {
  const { client, source, branch, message, signal } = publication;
  const there = await branchAnswer(publication);
  if (!there.ok || there.value !== undefined) return there.ok ? ok(there.value as CommitSha) : there;
  const base = await client.call({ route: 'GET /repos/{owner}/{repo}/git/commits/{commit_sha}', with: { commit_sha: source.base }, schema: CommitAnswer, signal });
  if (!base.ok) {
    return base.error.code !== 'not-found' ? base
      : err({ ...base.error, side: 'setup', message: `The base commit ${source.base} is not in ${client.slug}. Push it, or start from a commit that is there.` });
  }
  const tree = await makeTree(publication, base.value.tree.sha);
  if (!tree.ok) return tree;
  if (tree.value !== source.tree) {
    return err({ code: 'conflict', side: 'ours', retryable: false, source: client.source, message: `GitHub made the tree ${tree.value} where the validated tree is ${source.tree}; nothing was published. Only the validated tree may be delivered.` });
  }
  const commit = await client.call({ route: 'POST /repos/{owner}/{repo}/git/commits', with: { message: commitText(message), tree: tree.value, parents: [source.base] }, schema: NewObject, signal });
  if (!commit.ok) return commit;
  const made = await client.call({ route: 'POST /repos/{owner}/{repo}/git/refs', with: { ref: `refs/heads/${branch}`, sha: commit.value.sha }, schema: RefAnswer, signal });
  if (made.ok) return ok(CommitSha.parse(made.value.object.sha));
  if (made.error.code === 'forbidden') return made;
  // «Already exists», or the answer was lost: what the branch holds now decides.
  const after = await branchAnswer(publication);
  if (!after.ok) return after;
  return after.value === undefined ? made : ok(after.value);
}

/** The commit of an existing branch when it is our own delivery; `undefined` when there is no branch; conflict for anything else. */
async function branchAnswer({ client, branch, source, signal }: Publication): Promise<Result<CommitSha | undefined, Fault>> {
  const ref = await client.call({ route: 'GET /repos/{owner}/{repo}/git/ref/{ref}', with: { ref: `heads/${branch}` }, schema: RefAnswer, signal });
  if (!ref.ok) return ref.error.code === 'not-found' ? ok(undefined) : ref;
  const commit = await client.call({ route: 'GET /repos/{owner}/{repo}/git/commits/{commit_sha}', with: { commit_sha: ref.value.object.sha }, schema: CommitAnswer, signal });
  if (!commit.ok) return commit;
  const { tree, parents, sha } = commit.value;
  if (tree.sha === source.tree && parents.length === 1 && parents[0]?.sha === source.base) return ok(CommitSha.parse(sha));
  return err({ code: 'conflict', side: 'theirs', retryable: false, source: client.source, message: `The branch «${branch}» already exists in ${client.slug} and holds something else (commit ${sha}). It was left alone. Delete it, or start a new run.` });
}

/**
 * The tree from the base's and the changed paths. When a folder takes a file's name or the other way round, the deletions
 * go first, in a request of their own: in which order one request applies them is not documented.
 */
async function makeTree({ client, source, signal }: Publication, baseTree: string): Promise<Result<string, Fault>> {
  const deletions: TreeEntry[] = source.files.filter((file) => file.newMode === '000000').map((file) => ({ path: file.path, mode: file.oldMode, type: 'blob', sha: null }));
  const written: TreeEntry[] = [];
  for (const file of source.files.filter((one) => one.newMode !== '000000')) {
    const entry = await entryOf(client, source, file, signal);
    if (!entry.ok) return entry;
    written.push(entry.value);
  }
  const post = async (base: string, tree: readonly TreeEntry[]): Promise<Result<string, Fault>> => {
    if (tree.length === 0) return ok(base);
    const answer = await client.call({ route: 'POST /repos/{owner}/{repo}/git/trees', with: { base_tree: base, tree }, schema: NewObject, signal });
    return answer.ok ? ok(answer.value.sha) : answer;
  };
  if (!kindsSwap(deletions, written)) return post(baseTree, [...deletions, ...written]);
  const without = await post(baseTree, deletions);
  return without.ok ? post(without.value, written) : without;
}

function kindsSwap(deletions: readonly TreeEntry[], written: readonly TreeEntry[]): boolean {
  const folders = (entries: readonly TreeEntry[]): ReadonlySet<string> => new Set(entries.flatMap(({ path }) =>
    path.split('/').slice(0, -1).map((_part, index, parts) => parts.slice(0, index + 1).join('/'))));
  const writtenFolders = folders(written);
  const deletedFolders = folders(deletions);
  return deletions.some(({ path }) => writtenFolders.has(path)) || written.some(({ path }) => deletedFolders.has(path));
}

async function entryOf(client: GithubClient, source: CandidateSource, file: FileChange, signal: AbortSignal | undefined): Promise<Result<TreeEntry, Fault>> {
  const mode = file.newMode;
  const blob = file.newBlob;
  if (blob === undefined) throw new TypeError(`the written file ${file.path} has no blob`);
  if (mode === '160000') return ok({ path: file.path, mode, type: 'commit', sha: blob });
  const bytes = await source.readBlob(blob);
  const content = bytes.length <= INLINE_BYTES_MAX ? plainText(bytes) : undefined;
  if (content !== undefined) return ok({ path: file.path, mode, type: 'blob', content });
  const answer = await client.call({ route: 'POST /repos/{owner}/{repo}/git/blobs', with: { content: Buffer.from(bytes).toString('base64'), encoding: 'base64' }, schema: NewObject, signal });
  return answer.ok ? ok({ path: file.path, mode, type: 'blob', sha: answer.value.sha }) : answer;
}

/** The text of bytes that JSON carries unchanged: valid UTF-8 (a mark at the beginning stays) without NUL. */
function plainText(bytes: Uint8Array): string | undefined {
  if (bytes.includes(0)) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
