import type { Configuration } from '../../config/configuration.js';
import type { ChangeFacts, CoordinationFacts } from '../../admission/coordination.js';
import { likenessOf } from '../../admission/likeness.js';
import { likelyFiles } from '../../briefing/likely-files.js';
import { readOwners } from '../../briefing/read-owners.js';
import { reviewersFor } from '../../delivery/reviewers.js';
import { ownerMatcher, type OwnerRule } from '../../domain/codeowners.js';
import type { Grant } from '../../domain/grant.js';
import type { OpenChanges } from '../../domain/open-change.js';
import type { Snapshot, TicketRef } from '../../domain/ticket.js';
import { globMatcher } from '../../kit/globs.js';
import type { Context } from '../context.js';

/** What is known before the work: the ticket, where it belongs, and what is open on the forge. */
export interface Wanted {
  readonly ticket: TicketRef;
  readonly snapshot: Snapshot;
  /** Sub-project; '' is the whole repository. */
  readonly target: string;
  readonly requester: string;
  readonly open: OpenChanges | undefined;
  readonly grants: readonly Grant[];
}

/**
 * Gathers what the rules about other runs and changes look at, before the work: the files that the ticket seems to be about take
 * the place of those it will touch. No model is asked, and no service either: what is open was listed already.
 */
export async function surroundings(context: Context, wanted: Wanted): Promise<CoordinationFacts> {
  const { ports, settings, trail } = context;
  const { overlap, caps } = settings.config;
  const entries = await ports.workspace.list(settings.base.commit);
  const owners = await readOwners(entries, ports.workspace);
  const counts = countedPaths(overlap.ignore);
  const likely = needsScope(context) ? await likelyFiles(wanted.snapshot, entries, { workspace: ports.workspace, workdir: wanted.target }) : [];
  if (needsScope(context)) context.early.rank(wanted.snapshot.digest, wanted.target, likely);
  const scope = likelyScope(likely.filter((file) => counts(file.path)), overlap.likely_paths);
  return {
    run: trail.run, ticket: wanted.ticket, repository: settings.repository, now: ports.clock.now(), scope, certainty: 'likely',
    likeness: likenessOf(wanted.snapshot), owners: [...new Set([...ownersOf(owners, scope), ...targetOwners(settings.config, wanted.target)])], reviewers: reviewersFor(owners, scope.map((path) => ({ path })), wanted.requester),
    ...changeFacts(wanted.open, { base: settings.base.branch, owners, counts, maxPaths: overlap.max_paths }), grants: wanted.grants, overlap, caps,
  };
}

/** The best guesses, and of those only what stands near the best: a long tail of weak ones would meet everybody. */
export function likelyScope(ranked: readonly { readonly path: string; readonly score: number }[], most: number): string[] {
  const best = ranked[0]?.score ?? 0;
  return ranked.filter((file) => file.score >= best * NEAR_BEST).slice(0, most).map((file) => file.path);
}

/** A choice, not a measurement: the ranking names twenty files, and most tickets are about a few. */
const NEAR_BEST = 0.5;

/** Who owns the sub-project as a whole, by the configuration. */
function targetOwners({ targets }: Configuration, folder: string): readonly string[] {
  return Object.values(targets).find((target) => target.path === folder)?.owners ?? [];
}

export function ownersOf(rules: readonly OwnerRule[], paths: readonly string[]): string[] {
  const owners = ownerMatcher(rules);
  return [...new Set(paths.flatMap((path) => owners(path)))];
}

/** Without what `overlap.ignore` names. The patterns were looked through with the configuration. */
export function countedPaths(ignore: readonly string[]): (path: string) => boolean {
  const ignored = globMatcher(ignore, 'exact');
  return ignored.ok ? (path) => !ignored.value(path) : () => true;
}

/** Open changes into the same branch, with the owners of their files. A change of very many files is known and not compared. */
export function changeFacts(open: OpenChanges | undefined, how: { readonly base: string; readonly owners: readonly OwnerRule[]; readonly counts: (path: string) => boolean; readonly maxPaths: number }): Pick<CoordinationFacts, 'changes' | 'changesCut'> {
  if (open === undefined) return { changes: undefined, changesCut: false };
  const owned = ownerMatcher(how.owners);
  const changes = open.changes.filter((change) => change.base === how.base).map((change): ChangeFacts => {
    const { number, url, branch, ours, author, reviewers } = change;
    const wide = change.paths !== undefined && change.paths.length > how.maxPaths;
    const paths = wide ? [] : change.paths?.filter(how.counts);
    // Owners are asked for our own changes alone: no rule counts those of people.
    const owners = ours ? [...new Set((change.paths ?? []).flatMap((path) => owned(path)))] : [];
    return { number, url, branch, ours, author, reviewers, paths, pathsCut: change.pathsCut || wide, owners };
  });
  return { changes, changesCut: open.cut };
}

/** Reading the repository's files for a scope that no rule looks at would be waste. */
function needsScope({ settings, ports }: Context): boolean {
  const { overlap, caps } = settings.config;
  return overlap.people !== 'off' || overlap.heddle !== 'off' || caps.per_team !== undefined || caps.per_reviewer !== undefined || ports.ledger !== undefined;
}
