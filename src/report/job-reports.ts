import type { CheckResult } from '../domain/check.js';
import type { JudgedFinding } from '../domain/finding.js';
import type { RunEvent, RunFactOf } from '../flow/event.js';

export interface ShownByJob {
  /** Whose checks these are: 0 is the base commit. */
  readonly attempt: number;
  readonly checks: readonly CheckResult[];
  readonly findings: readonly JudgedFinding[];
  readonly links: readonly { readonly label: string; readonly url: string }[];
}

/**
 * What a CI system may show beside the log of a job: checks and findings of the tree that was delivered, or else of the last one
 * that was checked, never of several at once. What only the base has is no result of this job and is left out.
 */
export function shownByJob(events: readonly RunEvent[], evidenceUrl: string | undefined): ShownByJob {
  const facts = events.map((event) => event.fact);
  const delivered = facts.findLast((fact) => fact.type === 'delivered');
  const collected = facts.filter((fact) => fact.type === 'findings-collected' && fact.attempt > 0) as readonly RunFactOf<'findings-collected'>[];
  const best = collected.findLast((fact) => delivered?.type !== 'delivered' || fact.tree === delivered.tree);
  const checks = new Map<string, CheckResult>();
  // A check that was run again on the same tree stands as it ended last.
  for (const fact of facts) if (fact.type === 'check-finished' && fact.attempt === best?.attempt && fact.tree === best.tree) checks.set(fact.result.check, fact.result);
  const ticket = facts.findLast((fact) => fact.type === 'admitted')?.snapshot.url;
  return {
    attempt: best?.attempt ?? 0, checks: [...checks.values()], findings: best?.findings ?? [],
    links: [
      ...(delivered === undefined ? [] : [{ label: `Change ${delivered.change.number}`, url: delivered.change.url }]),
      ...(ticket === undefined ? [] : [{ label: 'Ticket', url: ticket }]),
      ...(evidenceUrl === undefined ? [] : [{ label: 'Evidence of the run', url: evidenceUrl }]),
    ],
  };
}
