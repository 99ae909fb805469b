import type { Candidate } from '../domain/candidate.js';
import { outcomeWords } from '../domain/outcome-words.js';
import type { Criterion } from '../domain/ticket.js';
import type { RunFact, RunFactOf } from '../flow/event.js';
import type { CriterionProof, PacketCheck } from './review-packet.js';

type Replay = RunFactOf<'tests-replayed'>;

/** What the tests of one side said about the code of the other, for this candidate: the newest answer of each way. */
export function replaysOf(facts: readonly RunFact[], candidate: Candidate): readonly Replay[] {
  const own = facts.filter((fact): fact is Replay => fact.type === 'tests-replayed' && fact.attempt === candidate.attempt && fact.tree === candidate.tree);
  return [...new Map(own.map((fact) => [fact.way, fact])).values()];
}

/**
 * How far a criterion is proven. A check that passes on both sides proves more when the change's own tests fail on the base, and
 * nothing new when they pass there as well.
 */
export function proofOf(criterion: Criterion, checks: readonly PacketCheck[], about: { readonly elsewhere: boolean; readonly replays: readonly Replay[] }): CriterionProof {
  if (criterion.check === undefined) return { kind: 'unproven', why: 'the criterion names no check' };
  const check = checks.find((one) => one.id === criterion.check);
  if (check === undefined) return { kind: 'unproven', why: `there is no check ${criterion.check}` };
  if (about.elsewhere) return { kind: 'unproven', why: `the check ${check.id} ran in the verify job, whose single results are not read here` };
  if (check.candidate?.kind !== 'passed') return { kind: 'unproven', why: `the check ${check.id}: ${outcomeWords(check.candidate)}` };
  if (check.base?.kind === 'failed') return { kind: 'red-to-green', check: check.id };
  const red = about.replays.find(({ way }) => way === 'red')?.outcome;
  if (red?.kind === 'ran' && red.checks.some((one) => one.check === check.id)) {
    if (red.failed.some((one) => one.check === check.id)) return { kind: 'red-to-green', check: check.id, by: 'new-tests' };
    return { kind: 'unproven', why: `the check ${check.id} passes on the base with the tests of the change as well` };
  }
  return { kind: 'check-passed', check: check.id, onBase: check.base?.kind === 'passed' ? 'passed' : 'not-run' };
}

/** What was not tried, so that silence is never taken for proof. */
export function replayGaps(replays: readonly Replay[]): readonly string[] {
  return replays.flatMap(({ way, outcome }) => {
    if (outcome.kind === 'ran') return way === 'red' && outcome.failed.length === 0 ? ['No test of this change fails on the base: its tests prove nothing about the new code.'] : [];
    return outcome.why === 'only-tests' ? [] : [`${way === 'replay' ? 'The tests of the base were not run on the new code' : 'The tests of this change were not run on the base'}: ${outcome.words}.`];
  });
}
