import { isFix, type PastCommit, type PastFile } from '../../domain/history.js';
import { fileKinds } from '../../policy/file-kinds.js';
import type { FileFact } from '../../policy/facts.js';
import { featuresOf, type FeatureValue } from './features.js';
import { WINDOW_DAYS } from './risk-facts.js';

/** One past change: what was known of it when it was made, and whether it turned out badly. */
export interface Sample {
  readonly commit: string;
  readonly at: number;
  readonly features: readonly FeatureValue[];
  /** Lines that changed: what the simplest model of risk knows. */
  readonly lines: number;
  /** It was taken back, or lines of it were mended soon after. */
  readonly bad: boolean;
}

export const SOON_DAYS = 14;
const DAY = 86_400;
/** A mend may start a few lines beside what it mends, and lines move between the two commits. */
const NEAR_LINES = 3;
const FILES_MAX = 200;

/**
 * Turns a history, newest first and with lines, into samples, oldest first. A change counts as bad when a later commit says that it
 * reverts it, or when a commit within 14 days that says it mends something takes out lines that it put in (the idea of SZZ:
 * Śliwerski, Zimmermann, Zeller, "When do changes induce fixes?", 2005; without following lines through commits in between). The
 * last 14 days are left out: how they turn out is not known yet. Each sample knows only what came before it.
 */
export function pastSamples(history: readonly PastCommit[]): readonly Sample[] {
  const commits = [...history].sort((a, b) => a.at - b.at).filter(({ files }) => files.length > 0 && files.length <= FILES_MAX);
  const end = commits.at(-1)?.at ?? 0;
  const bad = badCommits(commits);
  const past = new Map<string, PastCommit[]>();
  const samples: Sample[] = [];
  for (const commit of commits) {
    const known = new Map<string, PastCommit>();
    for (const { path } of commit.files) for (const earlier of past.get(path) ?? []) if (commit.at - earlier.at <= WINDOW_DAYS * DAY) known.set(earlier.commit, earlier);
    if (commit.at <= end - SOON_DAYS * DAY) {
      const files = commit.files.map(factOf);
      samples.push({
        commit: commit.commit, at: commit.at, bad: bad.has(commit.commit), lines: commit.files.reduce((sum, file) => sum + file.additions + file.deletions, 0),
        features: featuresOf({
          files, now: commit.at, history: { commits: [...known.values()], whole: true }, dependents: undefined, services: [], incidents: [], regulated: [], attempts: undefined, stops: 0, waiting: undefined, speaking: [],
        }),
      });
    }
    for (const { path } of commit.files) past.set(path, [...past.get(path) ?? [], commit]);
  }
  return samples;
}

function badCommits(commits: readonly PastCommit[]): ReadonlySet<string> {
  const bad = new Set<string>();
  const byPath = new Map<string, { readonly commit: PastCommit; readonly file: PastFile }[]>();
  for (const commit of commits) {
    for (const name of commit.reverts) for (const other of commits) if (other.at <= commit.at && other.commit.startsWith(name)) bad.add(other.commit);
    if (isFix(commit.subject)) {
      for (const file of commit.files) {
        for (const earlier of byPath.get(file.path) ?? []) if (commit.at - earlier.commit.at <= SOON_DAYS * DAY && overlap(earlier.file.addedLines, file.removedLines)) bad.add(earlier.commit.commit);
      }
    }
    for (const file of commit.files) if (fileKinds(file.path).includes('code')) byPath.set(file.path, [...byPath.get(file.path) ?? [], { commit, file }]);
  }
  return bad;
}

function overlap(added: PastFile['addedLines'], removed: PastFile['removedLines']): boolean {
  return added.some(([from, to]) => removed.some(([first, last]) => first <= to + NEAR_LINES && last >= from - NEAR_LINES));
}

function factOf(file: PastFile): FileFact {
  return {
    path: file.path, changes: [file.added ? 'added' : file.deleted ? 'deleted' : 'modified'], kinds: fileKinds(file.path), additions: file.additions, deletions: file.deletions,
    oldMode: '100644', newMode: '100644', services: [], tiers: [], data: [], owners: [],
  };
}
