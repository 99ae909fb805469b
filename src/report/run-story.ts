import type { Candidate } from '../domain/candidate.js';
import type { CheckResult } from '../domain/check.js';
import type { JudgedFinding } from '../domain/finding.js';
import { endingWords } from '../domain/outcome-words.js';
import { addUsage, NO_USAGE, type ModelUsage } from '../domain/usage.js';
import type { RunEvent, RunFactOf } from '../flow/event.js';

/** A stretch of time: who worked. Milliseconds from the request. */
export interface Span { readonly lane: 'waiting for a runner' | 'agent' | 'checks' | 'a person'; readonly label: string; readonly fromMs: number; readonly toMs: number; readonly good: boolean }

export interface StoryAttempt {
  readonly attempt: number;
  readonly agent: string;
  readonly model: string;
  readonly rung: string;
  readonly because: string;
  readonly ending: string;
  readonly capture: 'captured' | 'empty' | 'refused' | 'none';
  readonly verdict: string;
  readonly usage: ModelUsage;
  readonly durationMs: number;
}

/** What the reports tell of a run: the fold of its events for people. Works for any prefix of a trail. */
export interface RunStory {
  readonly run: string;
  readonly startedAt: string;
  readonly wallMs: number;
  readonly spans: readonly Span[];
  readonly requested: RunFactOf<'requested'> | undefined;
  readonly admitted: RunFactOf<'admitted'> | undefined;
  readonly briefed: RunFactOf<'briefed'> | undefined;
  readonly attempts: readonly StoryAttempt[];
  /** Check id -> attempt -> its last result; attempt 0 is the base commit. */
  readonly results: ReadonlyMap<string, ReadonlyMap<number, CheckResult>>;
  /** The last findings that were collected for an attempt. */
  readonly findings: readonly JudgedFinding[];
  readonly candidate: Candidate | undefined;
  readonly usage: ModelUsage;
  readonly last: RunEvent['fact'] | undefined;
}

/** Tells the story of a run, finished or not. */
export function storyOf(events: readonly RunEvent[]): RunStory {
  const facts = events.map((event) => event.fact);
  const requested = facts.find((fact): fact is RunFactOf<'requested'> => fact.type === 'requested');
  const firstAt = Date.parse(events[0]?.at ?? '') || 0;
  // A request may have waited for a runner before the first event was written.
  const start = requested === undefined ? firstAt : Math.min(firstAt, Date.parse(requested.request.at));
  const attempts = storyAttempts(events);
  return {
    run: events[0]?.run ?? '',
    startedAt: new Date(start).toISOString(),
    wallMs: (Date.parse(events.at(-1)?.at ?? '') || start) - start,
    spans: spansOf(events, start),
    requested,
    admitted: facts.find((fact): fact is RunFactOf<'admitted'> => fact.type === 'admitted'),
    briefed: facts.find((fact): fact is RunFactOf<'briefed'> => fact.type === 'briefed'),
    attempts,
    results: resultsOf(events),
    findings: facts.filter((fact): fact is RunFactOf<'findings-collected'> => fact.type === 'findings-collected' && fact.attempt > 0).at(-1)?.findings ?? [],
    candidate: bestCandidate(events),
    usage: attempts.reduce((sum, attempt) => addUsage(sum, attempt.usage), NO_USAGE),
    last: facts.at(-1),
  };
}

function bestCandidate(events: readonly RunEvent[]): Candidate | undefined {
  const captured = events.flatMap(({ fact }) => (fact.type === 'candidate-captured' && fact.outcome.kind === 'captured' ? [fact.outcome.candidate] : fact.type === 'bundle-received' ? [fact.candidate] : []));
  const last = events.at(-1)?.fact;
  const best = last !== undefined && 'best' in last ? last.best : undefined;
  return captured.find((candidate) => candidate.attempt === best?.attempt && candidate.tree === best.tree) ?? captured.at(-1);
}

function resultsOf(events: readonly RunEvent[]): ReadonlyMap<string, ReadonlyMap<number, CheckResult>> {
  const results = new Map<string, Map<number, CheckResult>>();
  for (const { fact } of events) {
    if (fact.type === 'briefed') for (const check of fact.checks) results.set(check.id, new Map());
    if (fact.type !== 'check-finished') continue;
    const row = results.get(fact.result.check) ?? new Map<number, CheckResult>();
    row.set(fact.attempt, fact.result);
    results.set(fact.result.check, row);
  }
  return results;
}

function storyAttempts(events: readonly RunEvent[]): StoryAttempt[] {
  const attempts = new Map<number, StoryAttempt>();
  const change = (attempt: number, fields: Partial<StoryAttempt>): void => {
    const before = attempts.get(attempt);
    if (before !== undefined) attempts.set(attempt, { ...before, ...fields });
  };
  let because = 'first attempt';
  for (const { fact } of events) {
    if (fact.type === 'repair-planned') because = `${fact.because.replaceAll('-', ' ')}${fact.soft ? ', close to a limit' : ''}`;
    if (fact.type === 'attempt-started') {
      const { attempt, agent, model, rung } = fact;
      attempts.set(attempt, { attempt, agent, model, rung, because, ending: 'not finished', capture: 'none', verdict: '', usage: NO_USAGE, durationMs: 0 });
    }
    if (fact.type === 'agent-reported') change(fact.attempt, { ending: endingWords(fact.ending), usage: fact.usage, durationMs: fact.durationMs });
    if (fact.type === 'candidate-captured') change(fact.attempt, { capture: fact.outcome.kind });
    if (fact.type === 'gate-evaluated') change(fact.attempt, { verdict: fact.verdict.effect });
  }
  return [...attempts.values()];
}

function spansOf(events: readonly RunEvent[], start: number): Span[] {
  const spans: Span[] = [];
  const open = new Map<string, number>();
  const since = (key: string, at: number): number => open.get(key) ?? at;
  const firstAt = (Date.parse(events[0]?.at ?? '') || start) - start;
  if (firstAt > 0) spans.push({ lane: 'waiting for a runner', label: 'from the request to the first event', fromMs: 0, toMs: firstAt, good: true });
  for (const event of events) {
    const at = Date.parse(event.at) - start;
    const { fact } = event;
    if (fact.type === 'attempt-started') open.set(`agent ${fact.attempt}`, at);
    if (fact.type === 'agent-reported') spans.push({ lane: 'agent', label: `attempt ${fact.attempt}: ${endingWords(fact.ending)}`, fromMs: since(`agent ${fact.attempt}`, at), toMs: at, good: fact.ending.kind === 'completed' });
    if (fact.type === 'check-started') open.set(`check ${fact.attempt} ${fact.check}`, at);
    if (fact.type === 'check-finished') {
      const { check, outcome } = fact.result;
      spans.push({ lane: 'checks', label: `${check} on ${fact.attempt === 0 ? 'the base' : `attempt ${fact.attempt}`}: ${outcome.kind}`, fromMs: since(`check ${fact.attempt} ${check}`, at), toMs: at, good: outcome.kind === 'passed' || outcome.kind === 'skipped' });
    }
    if (fact.type === 'human-asked') open.set('person', at);
    if (fact.type === 'human-answered') spans.push({ lane: 'a person', label: `answered ${fact.answer}`, fromMs: since('person', at), toMs: at, good: fact.answer === 'allow' });
  }
  return spans;
}

/** Milliseconds that a lane was busy: overlaps count once. */
export function busyMs(spans: readonly Pick<Span, 'fromMs' | 'toMs'>[]): number {
  let total = 0;
  let until = 0;
  for (const span of [...spans].sort((a, b) => a.fromMs - b.fromMs)) {
    total += Math.max(0, span.toMs - Math.max(until, span.fromMs));
    until = Math.max(until, span.toMs);
  }
  return total;
}

/** The stretches in which nobody else worked: our own time. */
export function ownSpans(story: RunStory): { fromMs: number; toMs: number }[] {
  const own: { fromMs: number; toMs: number }[] = [];
  let until = 0;
  for (const span of [...story.spans].sort((a, b) => a.fromMs - b.fromMs)) {
    if (span.fromMs > until) own.push({ fromMs: until, toMs: span.fromMs });
    until = Math.max(until, span.toMs);
  }
  // While a person is asked, it is that person's time and not ours.
  if (story.wallMs > until && story.last?.type !== 'human-asked') own.push({ fromMs: until, toMs: story.wallMs });
  return own;
}
