import type { Fault } from '../../../domain/fault.js';
import { CommitSha, type HeddleBranch } from '../../../domain/ids.js';
import { err, ok, type Result } from '../../../kit/result.js';
import type { CandidateSource, CommitMessage } from '../../../ports/forge.js';
import { runGit } from '../../git-client/git-process.js';
import { commitBytes } from '../../git-client/objects.js';
import { openRemote } from '../../git-client/remote-repository.js';
import { commitText } from './commit-text.js';
import { isUnsurePush, type GitPlace } from './git-place.js';

export interface GitPublication {
  readonly place: GitPlace;
  readonly branch: HeddleBranch;
  readonly source: CandidateSource;
  readonly message: CommitMessage;
  /** Where this is, for people: `acme/shop`. */
  readonly slug: string;
  /** When the commit is made, as an ISO instant. */
  readonly at: string;
  /** Whether the forge has the base commit: a push would bring it along, with whatever else the checkout has that nobody pushed. */
  hasBase(): Promise<Result<boolean, Fault>>;
  readonly signal: AbortSignal | undefined;
}

const TRIES_MAX = 3;

/**
 * One commit of exactly the candidate's tree, made here and pushed with git: the tree's object name is part of the commit's, so
 * the forge holds byte for byte what was validated, with links, modes and submodules. The push is create-only (the ref's old
 * value must be «none»), which decides between two jobs that publish at once.
 */
export async function gitPublish(publication: GitPublication): Promise<Result<CommitSha, Fault>> {
  const { place, source, branch, slug, signal } = publication;
  const there = await branchAnswer(publication);
  if (!there.ok || there.value !== undefined) return there.ok ? ok(there.value as CommitSha) : there;
  const type = await runGit({ gitDir: source.gitDir, args: ['cat-file', '-t', source.tree] });
  if (type.kind !== 'ended' || type.stdout.toString('latin1').trim() !== 'tree') return err(place.fault('conflict', `There is no tree ${source.tree} in the run's repository; nothing was published. Only the validated tree may be delivered.`, { side: 'ours' }));
  const base = await publication.hasBase();
  if (!base.ok) return base;
  if (!base.value) return err(place.fault('not-found', `The base commit ${source.base} is not in ${slug}. Push it, or start from a commit that is there.`, { side: 'setup' }));
  const commit = await makeCommit(publication);
  if (!commit.ok) return commit;
  for (let tries = 1; ; tries += 1) {
    const sent = await pushFrom(place, source.gitDir, { ref: `refs/heads/${branch}`, to: commit.value, expected: null }, signal);
    if (sent.ok && sent.value.kind === 'done') return ok(commit.value);
    if (!sent.ok && !isUnsurePush(sent.error)) return sent;
    // «Already there», refused by a rule, or the answer was lost: what the branch holds now decides.
    const after = await branchAnswer(publication);
    if (!after.ok) return after;
    if (after.value !== undefined) return ok(after.value);
    if (sent.ok) return err(place.fault('forbidden', `The server did not take the branch «${branch}» of ${slug}: ${sent.value.kind === 'rejected' ? sent.value.said : ''}. Let the token push branches whose names begin with «heddle/» (protected branches, push rules).`));
    if (tries >= TRIES_MAX) return sent;
    await place.pause(tries, signal);
  }
}

/** The commit of an existing branch when it is our own delivery; `undefined` when there is no branch; conflict for anything else. */
async function branchAnswer({ place, branch, source, slug, signal }: GitPublication): Promise<Result<CommitSha | undefined, Fault>> {
  const ref = `refs/heads/${branch}`;
  const listed = await place.list([ref], signal);
  if (!listed.ok) return listed;
  if (!listed.value.has(ref)) return ok(undefined);
  const commits = await place.commits([ref], false, signal);
  if (!commits.ok) return commits;
  if (!commits.value.has(ref)) return ok(undefined);
  const commit = commits.value.get(ref);
  if (commit?.tree === source.tree && commit.parents.length === 1 && commit.parents[0] === source.base) return ok(CommitSha.parse(commit.name));
  return err(place.fault('conflict', `The branch «${branch}» already exists in ${slug} and holds something else (commit ${commit?.name ?? 'unknown'}). It was left alone. Delete it, or start a new run.`));
}

async function makeCommit({ place, source, message, at, signal }: GitPublication): Promise<Result<CommitSha, Fault>> {
  const bytes = commitBytes({ tree: source.tree, parent: source.base, at, message: commitText(message), who: await place.options.who(signal) });
  const made = await runGit({ gitDir: source.gitDir, args: ['hash-object', '-t', 'commit', '-w', '--stdin'], input: bytes.toString('utf8') });
  const name = made.kind === 'ended' && made.code === 0 ? CommitSha.safeParse(made.stdout.toString('latin1').trim()) : undefined;
  if (name?.success === true) return ok(name.data);
  return err(place.fault('io', `The commit could not be made in the run's repository: ${made.kind === 'ended' ? made.stderr.trim().slice(0, 300) : made.kind}`, { side: 'ours' }));
}

/** The objects lie in the run's own repository, so git is run there; nothing is written to it. */
async function pushFrom(place: GitPlace, gitDir: string, update: { readonly ref: string; readonly to: string; readonly expected: null }, signal: AbortSignal | undefined): ReturnType<GitPlace['push']> {
  const remote = openRemote({ ...place.options, scratch: place.options.scratch, gitDir });
  return remote.ok ? remote.value.push([update], signal) : remote;
}
