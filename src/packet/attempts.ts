import { endingWords } from '../domain/outcome-words.js';
import { NO_USAGE } from '../domain/usage.js';
import type { RunFact } from '../flow/event.js';
import type { PacketAttempt } from './review-packet.js';

/** Each attempt in one line: who, how it ended by our rules, what came out, what it cost. */
export function attemptsOf(facts: readonly RunFact[]): PacketAttempt[] {
  const attempts = new Map<number, PacketAttempt>();
  const change = (attempt: number, fields: (before: PacketAttempt) => Partial<PacketAttempt>): void => {
    const before = attempts.get(attempt);
    if (before !== undefined) attempts.set(attempt, { ...before, ...fields(before) });
  };
  let because: string | undefined;
  for (const fact of facts) {
    if (fact.type === 'repair-planned') because = BECAUSE[fact.because];
    if (fact.type === 'attempt-started') {
      attempts.set(fact.attempt, {
        attempt: fact.attempt, agent: fact.agent, model: fact.model, rung: fact.rung, ...(fact.isolation === undefined ? {} : { isolation: fact.isolation }), ...(because === undefined ? {} : { because }),
        ending: 'not finished', capture: 'none', checksFailed: [], findingsNew: 0, usage: NO_USAGE, durationMs: 0,
      });
    }
    if (fact.type === 'agent-reported') change(fact.attempt, () => ({ ending: endingWords(fact.ending), usage: fact.usage, durationMs: fact.durationMs }));
    if (fact.type === 'candidate-captured') change(fact.attempt, () => ({ capture: fact.outcome.kind, ...(fact.outcome.kind === 'captured' ? { tree: fact.outcome.candidate.tree } : {}) }));
    if (fact.type === 'check-finished') change(fact.attempt, (before) => ({ checksFailed: withResult(before.checksFailed, fact.result.check, !GOOD.has(fact.result.outcome.kind)) }));
    if (fact.type === 'findings-collected') change(fact.attempt, () => ({ findingsNew: fact.findings.filter((finding) => finding.standing === 'new').length }));
    if (fact.type === 'gate-evaluated') change(fact.attempt, () => ({ verdict: fact.verdict.effect }));
  }
  return [...attempts.values()];
}

const BECAUSE = {
  findings: 'checks found something',
  'agent-stopped': 'the agent was stopped',
  'capture-refused': 'the change could not be taken over',
  'gate-denied': 'a rule forbade the change',
  'empty-change': 'nothing was changed',
};
const GOOD = new Set(['passed', 'skipped']);

/** A check that ran again after a crash replaces its earlier result. */
function withResult<T>(failed: readonly T[], check: T, bad: boolean): T[] {
  const others = failed.filter((one) => one !== check);
  return bad ? [...others, check] : others;
}
