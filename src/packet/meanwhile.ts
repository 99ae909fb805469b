import type { Meeting } from '../domain/freshness.js';
import type { RunFact, RunFactOf } from '../flow/event.js';

/** What happened around the work while it was done, for reviewers: what was proven on which tree, and what was not. */
export interface Meanwhile { readonly lines: readonly string[]; readonly gaps: readonly string[] }

type Seen = RunFactOf<'surroundings-seen'>;
type Renewed = RunFactOf<'evidence-renewed'>;

/** From the recorded looks at the candidate with this tree; nothing was recorded where no forge was there to ask. */
export function meanwhileOf(facts: readonly RunFact[], tree: string): Meanwhile {
  const seen = facts.filter((fact): fact is Seen => fact.type === 'surroundings-seen' && fact.tree === tree).at(-1);
  if (seen === undefined) return { lines: [], gaps: [] };
  const renewals = facts.filter((fact): fact is Renewed => fact.type === 'evidence-renewed' && fact.tree === tree);
  const base = baseStory(seen, renewals);
  const meetings = seen.meetings.map(meetingLine);
  const unknown = seen.meetings.filter((meeting) => meeting.kind === 'unknown');
  return {
    lines: [...base.lines, ...renewals.map((renewal) => renewalLine(renewal)), ...meetings],
    gaps: [...base.gaps, ...(unknown.length === 0 ? [] : [`Whether it merges with ${unknown.map((meeting) => `change ${meeting.change}`).join(', ')} could not be tried.`])],
  };
}

function baseStory({ base, round }: Seen, renewals: readonly Renewed[]): Meanwhile {
  if (base.kind === 'same') return { lines: [], gaps: [] };
  if (base.kind === 'unknown') return { lines: [], gaps: [`Whether it merges with the base branch as it is now is not known: ${base.why}`] };
  const head = base.head.slice(0, 12);
  if (base.kind === 'conflict') return { lines: [`The base branch moved on to ${head}, and the change does not merge with it: ${base.paths.slice(0, 10).join(', ')}.`], gaps: ['Nothing was proven about this change together with the base branch as it is now.'] };
  const moved = `The base branch moved on to ${head} (${base.files} files) while the work was done. The change merges with it, to tree ${base.merged.slice(0, 12)}; what is delivered stays the proven tree on its own base.`;
  const left = round < renewals.length ? [] : base.stale;
  if (left.length === 0) return { lines: [base.stale.length === 0 ? `${moved} No check reads what moved, or it ran again: every result stands.` : moved], gaps: [] };
  return { lines: [moved], gaps: [`Stale: the base branch moved in what these checks read, and they did not run again: ${left.map((one) => `${one.check} (${one.because.slice(0, 3).join(', ')})`).join('; ')}.`] };
}

const STANDING: Readonly<Record<Renewed['checks'][number]['standing'], string>> = {
  'passed': 'passed', 'failed-before': 'failed, as it did before', 'base-broken': 'fails on the base branch alone as well', 'broken-together': 'fails together with the base branch', 'not-run': 'could not run',
};

function renewalLine(renewal: Renewed): string {
  return `On the tree of both together (${renewal.merged.slice(0, 12)}, base branch at ${renewal.head.slice(0, 12)}) these checks ran again: ${renewal.checks.map((one) => `${one.check} ${STANDING[one.standing]}`).join(', ')}. No other check ran there.`;
}

function meetingLine({ change, author, ours, kind, paths }: Meeting): string {
  const words = { conflict: 'does not merge with', clean: 'touches the same files as, and merges with,', unknown: 'touches the same files as' }[kind];
  return `It ${words} ${ours ? 'Heddle\'s ' : ''}change ${change}${author === '' ? '' : ` by ${author}`}: ${paths.slice(0, 10).join(', ')}.`;
}
