import type { Configuration } from '../config/configuration.js';
import type { PolicyOutcome } from '../domain/policy-outcome.js';
import type { Verdict } from '../domain/verdict.js';

export interface JudgedChange {
  readonly verdict: Verdict;
  readonly policy: PolicyOutcome | undefined;
  /** A person looked at the held change and said yes. */
  readonly answered: boolean;
  /** The organisation before the slash of the repository, for teams that are named without one. */
  readonly organisation: string;
  /** Commits of Heddle that were taken back on the base branch within the watched time; `undefined` = not known. */
  readonly takenBack: readonly string[] | undefined;
}

/** What follows for the change when it is opened. Plain data, so that a person can read why. */
export interface Consequences {
  readonly draft: boolean;
  readonly labels: readonly string[];
  /** People as `login`, teams as `org/team`. */
  readonly reviewers: readonly string[];
  readonly owners: 'codeowners' | 'none';
  /** Opened although a gate holds it: the change says so, and its check fails. */
  readonly held: boolean;
  readonly merge: { readonly kind: 'by-itself'; readonly method: 'merge' | 'squash' | 'rebase' } | { readonly kind: 'by-people'; readonly why: string };
}

/** What the verdict, the rules of the team and the level of risk mean for the change. Pure. */
export function consequencesOf(judged: JudgedChange, delivery: Configuration['delivery']): Consequences {
  const level = levelOf(judged.verdict);
  const held = judged.verdict.effect === 'hold' && !judged.answered;
  const asked = level === undefined || level === 'low' ? undefined : delivery.review[level];
  const policy = judged.policy?.reviewers;
  const team = (name: string): string => (name.includes('/') ? name : `${judged.organisation}/${name}`);
  const merge = mergeOf(judged, { level, held, delivery });
  return {
    // A draft cannot be merged by anybody: one that may merge by itself is none.
    draft: held || (delivery.draft && merge.kind === 'by-people'), held, merge, owners: policy?.owners === true ? 'codeowners' : delivery.reviewers,
    labels: distinct([...delivery.labels, ...judged.policy?.labels ?? [], ...(delivery.risk_labels && level !== undefined ? [`risk:${level}`] : []), ...(held ? ['heddle:held'] : [])]),
    reviewers: distinct([...policy?.users ?? [], ...(policy?.teams ?? []).map(team), ...asked?.users ?? [], ...(asked?.teams ?? []).map(team)]),
  };
}

type Level = 'low' | 'medium' | 'high' | 'critical';

function levelOf(verdict: Verdict): Level | undefined {
  const level = verdict.tree.children?.find((child) => child.rule === 'risk')?.values?.['level'];
  return level === 'low' || level === 'medium' || level === 'high' || level === 'critical' ? level : undefined;
}

/** Every reason against is a full stop: merging by itself is the exception, and needs everything to be in order. */
function mergeOf(judged: JudgedChange, at: { readonly level: Level | undefined; readonly held: boolean; readonly delivery: Configuration['delivery'] }): Consequences['merge'] {
  const { auto_merge: wanted } = at.delivery;
  const byPeople = (why: string): Consequences['merge'] => ({ kind: 'by-people', why });
  if (wanted.levels.length === 0) return byPeople('delivery.auto_merge names no level');
  if (at.level === undefined) return byPeople('the change has no level of risk');
  if (!(wanted.levels as readonly string[]).includes(at.level)) return byPeople(`its risk is ${at.level}, and delivery.auto_merge allows ${wanted.levels.join(', ')}`);
  if (at.held || judged.verdict.effect !== 'allow') return byPeople('a gate holds it');
  if ((judged.policy?.approvals ?? []).length > 0) return byPeople('a rule of the team asks for approvals');
  if (judged.verdict.tree.children?.some((child) => child.values?.['liftedBy'] !== undefined) === true) return byPeople('a rule was lifted for it');
  if (at.level !== 'low' && at.delivery.review[at.level] !== undefined) return byPeople(`delivery.review.${at.level} names who must say yes, and only rules of the branch can count that`);
  if (judged.takenBack === undefined) return byPeople('whether earlier changes were taken back is not known here (the history is not whole)');
  if (judged.takenBack.length > 0) return byPeople(`${judged.takenBack.length} Heddle ${judged.takenBack.length === 1 ? 'change was' : 'changes were'} taken back within ${wanted.revert_watch}: ${judged.takenBack.slice(0, 3).map((commit) => commit.slice(0, 12)).join(', ')}`);
  return { kind: 'by-itself', method: wanted.method };
}

function distinct(words: readonly string[]): readonly string[] {
  return [...new Set(words)];
}
