import type { Candidate } from '../../domain/candidate.js';
import type { BaseLook, Meeting } from '../../domain/freshness.js';
import type { CheckId, CommitSha } from '../../domain/ids.js';
import type { OpenChange, OpenChanges } from '../../domain/open-change.js';
import type { WantedHead } from '../../ports/forge.js';
import type { MergeRoom } from '../../ports/workspace.js';
import { staleChecks } from '../../validation/stale-checks.js';
import type { Context } from '../context.js';
import type { AttemptRecord, Work } from '../state.js';
import { countedPaths } from './surroundings.js';

const FETCH_MS_MAX = 120_000;
const MERGE_MS_MAX = 60_000;
/** Changes that are tried; the ones with most files in common first. */
const TRIED_MAX = 100;
const PATHS_MAX = 50;

/** What is looked at in one room: the candidate beside the base branch and beside the changes of others. */
interface Look { readonly context: Context; readonly work: Work; readonly record: AttemptRecord; readonly candidate: Candidate; readonly room: MergeRoom; readonly ours: CommitSha }

export interface SeenAround { readonly base: BaseLook; readonly meetings: readonly Meeting[] }

/**
 * Tries the candidate against the base branch as it is now, and against every open change that touches the same files, in a room
 * of its own: only these heads are fetched, and nothing of them is run. What cannot be found out is said, and never taken for clean.
 */
export async function lookAtOthers(context: Context, work: Work, at: { readonly record: AttemptRecord; readonly candidate: Candidate; readonly open: OpenChanges | undefined }): Promise<SeenAround> {
  const { ports, signal } = context;
  const { base } = work.order;
  const near = nearChanges(at.open, at.candidate, context, work);
  const head = await ports.reader.headOf(base.branch, signal);
  const moved = head.ok && head.value !== base.commit;
  if (!moved && near.length === 0) return { base: head.ok ? { kind: 'same', head: head.value } : { kind: 'unknown', why: head.error.message.slice(0, 500) }, meetings: [] };
  const room = ports.workspace.openMergeRoom();
  try {
    const wanted: WantedHead[] = [...(moved ? [{ kind: 'branch' as const, branch: base.branch, commit: head.value }] : []), ...near.map(({ change }) => ({ kind: 'change' as const, number: change.number, branch: change.branch, commit: change.head }))];
    const fetched = await ports.reader.fetchHeads?.({ gitDir: room.gitDir, heads: wanted, wallMsMax: FETCH_MS_MAX }, signal);
    const why = fetched === undefined ? 'this forge does not hand out heads' : fetched.ok ? undefined : fetched.error.message;
    const look: Look = { context, work, record: at.record, candidate: at.candidate, room, ours: room.commit(at.candidate.tree, base.commit) };
    const baseLook = !head.ok ? { kind: 'unknown' as const, why: head.error.message.slice(0, 500) } : moved ? await lookAtBase(look, head.value, why) : { kind: 'same' as const, head: head.value };
    return { base: baseLook, meetings: await meet(look, near, head.ok ? head.value : base.commit) };
  } finally {
    room.close();
  }
}

interface Near { readonly change: OpenChange; readonly paths: readonly string[] }

/** Open changes into the same branch with files in common, or of which the files are not known. Never our own. */
function nearChanges(open: OpenChanges | undefined, candidate: Candidate, { settings }: Context, work: Work): Near[] {
  const { overlap } = settings.config;
  const counts = countedPaths(overlap.ignore);
  const touched = new Set(candidate.files.map((file) => file.path).filter(counts));
  return (open?.changes ?? [])
    .filter((change) => change.base === work.order.base.branch && !(change.ours && change.branch === work.order.branch) && (change.ours ? overlap.heddle : overlap.people) !== 'off')
    .map((change) => ({ change, paths: (change.paths ?? []).filter((path) => touched.has(path)) }))
    .filter(({ change, paths }) => paths.length > 0 || change.paths === undefined || change.pathsCut)
    .sort((a, b) => b.paths.length - a.paths.length || b.change.number - a.change.number)
    .slice(0, TRIED_MAX);
}

async function lookAtBase({ work, record, room, ours, candidate }: Look, head: CommitSha, unfetched: string | undefined): Promise<BaseLook> {
  const [answer] = await room.merge([{ ours, theirs: head }], { wallMsMax: MERGE_MS_MAX });
  if (answer === undefined || answer.kind === 'unknown') return { kind: 'unknown', head, why: (unfetched ?? `git says: ${answer?.why ?? 'nothing'}`).slice(0, 500) };
  if (answer.kind === 'conflict') return { kind: 'conflict', head, paths: answer.paths.slice(0, PATHS_MAX) };
  // A check that ran again stands on the base branch as it was then; the others on the order's commit.
  const standing = new Map<CheckId, CommitSha>((record.renewals ?? []).flatMap((renewal) => renewal.checks.map((check) => [check.check, renewal.head] as const)));
  const moved = new Map<CommitSha, readonly string[]>();
  for (const from of new Set([candidate.base, ...standing.values()])) {
    const paths = await room.changedPaths(from, head);
    if (paths === undefined) return { kind: 'unknown', head, why: 'the commits of the base branch are not all here' };
    moved.set(from, paths);
  }
  const ran = new Set(record.judged.results.filter((result) => result.outcome.kind !== 'skipped').map((result) => result.check));
  // In the split the single results are in another job: every check is taken for one that ran.
  const known = record.judged.complete ? ran : new Set(work.checks.map((check) => check.id));
  const stale = staleChecks({ checks: work.checks, ran: known, movedFor: (check) => moved.get(standing.get(check) ?? candidate.base) ?? [] });
  return { kind: 'moved', head, files: moved.get(candidate.base)?.length ?? 0, merged: answer.tree, stale };
}

/** A change that conflicts with the base branch by itself in a file is no news about ours: only what is added counts. */
async function meet({ room, ours }: Look, near: readonly Near[], base: CommitSha): Promise<Meeting[]> {
  const answers = await room.merge(near.map(({ change }) => ({ ours, theirs: change.head })), { wallMsMax: MERGE_MS_MAX });
  const clashing = near.filter((_, at) => answers[at]?.kind === 'conflict');
  const alone = await room.merge(clashing.map(({ change }) => ({ ours: base, theirs: change.head })), { wallMsMax: MERGE_MS_MAX });
  const before = new Map(clashing.map(({ change }, at) => [change.number, alone[at]?.kind === 'conflict' ? alone[at].paths : []]));
  return near.flatMap(({ change, paths }, at): Meeting[] => {
    const answer = answers[at] ?? { kind: 'unknown' as const, why: 'git-failed' as const };
    const about = { change: change.number, url: change.url.slice(0, 2000), author: change.author.slice(0, 200), ours: change.ours };
    if (answer.kind === 'unknown') return [{ ...about, kind: 'unknown', paths: paths.slice(0, PATHS_MAX), why: answer.why }];
    const fresh = answer.kind === 'conflict' ? answer.paths.filter((path) => before.get(change.number)?.includes(path) !== true) : [];
    if (fresh.length > 0) return [{ ...about, kind: 'conflict', paths: fresh.slice(0, PATHS_MAX) }];
    // Its files were not known, and it merges: nothing to tell.
    return paths.length === 0 ? [] : [{ ...about, kind: 'clean', paths: paths.slice(0, PATHS_MAX) }];
  });
}
