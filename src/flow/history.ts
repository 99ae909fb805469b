import type { AttemptFacts, AttemptHistory } from '../attempt/attempt-history.js';
import type { CheckDefinition } from '../domain/check.js';
import { checkRunsOf, type CheckRun } from '../validation/check-run.js';
import { proven, type Proof } from '../validation/proven.js';
import type { AttemptRecord, Judged, Work } from './state.js';

/** What the repair loop looks at, taken from the fold: here attempt and validation meet, and nowhere else. */
export function historyOf(work: Pick<Work, 'attempts' | 'checks' | 'baseline'>): AttemptHistory {
  const baseline = runsOf(work.baseline, work.checks);
  return { attempts: work.attempts.flatMap((record) => factsOf(record, work.checks, baseline)) };
}

function factsOf(record: AttemptRecord, checks: readonly CheckDefinition[], baseline: readonly CheckRun[]): AttemptFacts[] {
  if (record.ending === undefined || record.captured === undefined) return [];
  const judged = record.judged.findings;
  return [{
    attempt: record.attempt, ending: record.ending, captured: record.captured, findings: judged, verdict: record.verdict,
    proof: record.captured.kind === 'captured' ? proofOf(record, checks, baseline) : undefined,
  }];
}

/** A candidate whose checks have not all ended is not proven: a run that was stopped in between keeps it as it is. */
function proofOf(record: AttemptRecord, checks: readonly CheckDefinition[], baseline: readonly CheckRun[]): Proof {
  if (!record.judged.complete) return { ok: false, why: 'cancelled', words: 'the checks did not come to their end', checks: [] };
  return proven({ baseline, candidate: runsOf(record.judged, checks), judged: record.judged.findings });
}

function runsOf(judged: Judged, checks: readonly CheckDefinition[]): readonly CheckRun[] {
  return checkRunsOf({ checks, results: judged.results, findings: judged.findings });
}
