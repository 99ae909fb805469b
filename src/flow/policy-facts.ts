import { standingGrants } from '../domain/grant.js';
import type { Actor } from '../domain/actor.js';
import type { CheckResult, TestTotals } from '../domain/check.js';
import type { Instant } from '../domain/ids.js';
import { changeFacts } from '../policy/gather-facts.js';
import type { PolicyFacts } from '../policy/facts.js';
import type { WorkState } from './state.js';

/** What the trail knows about a candidate, as facts for the team's rules. Pure; the gates' answers come from the gates. `change` may be given by who has it: it costs most. */
export function policyFactsOf(state: Extract<WorkState, { readonly candidate: unknown }>, now: Instant, change?: PolicyFacts['change']): Omit<PolicyFacts, 'gates' | 'risk'> {
  const { order, snapshot, candidate, attempts, grants, briefed, baseline } = state;
  const record = attempts.find((one) => one.attempt === candidate.attempt);
  const tests = testsIn(record?.judged.results ?? []);
  const base = testsIn(baseline.results);
  return {
    change: change ?? changeFacts({ files: candidate.files, bytes: candidate.stats.bytes, owners: briefed.owners }),
    ticket: { tracker: order.ticket.tracker, key: order.ticket.key, labels: snapshot.labels, author: snapshot.author },
    requester: order.requestedBy, approvers: distinctActors(order.approvedBy), agent: order.agent.id, model: order.agent.model, attempts: attempts.length,
    stops: attempts.flatMap(({ ending }) => (ending?.kind === 'stopped' ? [ending.reason] : [])),
    checks: (record?.judged.results ?? []).map(({ check, outcome }) => ({ id: check, outcome: outcome.kind })),
    ...(tests === undefined || base === undefined ? {} : { tests: { candidate: tests, base } }),
    overrides: standingGrants(grants, now).map((grant) => grant.rule),
  };
}

function testsIn(results: readonly CheckResult[]): TestTotals | undefined {
  const known = results.flatMap(({ tests }) => tests ?? []);
  if (known.length === 0) return undefined;
  const sum = (of: (tests: TestTotals) => number): number => known.reduce((total, tests) => total + of(tests), 0);
  return { total: sum(({ total }) => total), failed: sum(({ failed }) => failed), skipped: sum(({ skipped }) => skipped) };
}

function distinctActors(actors: readonly Actor[]): readonly Actor[] {
  return [...new Map(actors.map((actor) => [actor.id, actor])).values()];
}
