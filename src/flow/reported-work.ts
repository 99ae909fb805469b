import { summaryFor, type ReportedWork } from '../domain/manifest.js';
import { untrusted } from '../domain/text.js';
import type { Context } from './context.js';
import type { RunFactOf } from './event.js';
import { spentBy } from './spent-by.js';
import type { Work } from './state.js';

/** What this process can say of the work on an attempt: from its own trail, or, when another job did it, what that job said. */
export function reportedWork({ trail }: Pick<Context, 'trail'>, work: Work, attempt: number): ReportedWork {
  const facts = trail.events.map((event) => event.fact);
  const received = facts.find((fact): fact is RunFactOf<'bundle-received'> => fact.type === 'bundle-received');
  if (received !== undefined) return received.reported;
  const started = facts.findLast((fact): fact is RunFactOf<'attempt-started'> => fact.type === 'attempt-started' && fact.attempt === attempt);
  const report = facts.findLast((fact): fact is RunFactOf<'agent-reported'> => fact.type === 'agent-reported' && fact.attempt === attempt);
  if (started === undefined || trail.head === null) throw new Error(`the trail knows no attempt ${attempt}`);
  return {
    agent: started.agent, model: started.model, rung: started.rung, attempts: work.attempts.length, usage: spentBy(work),
    summary: summaryFor(report?.summary ?? untrusted('')), trail: { events: trail.events.length, head: trail.head },
  };
}
