import type { CheckResult } from '../domain/check.js';
import { assertNever } from '../kit/assert-never.js';
import { err, ok, type Result } from '../kit/result.js';
import { addUsage, NO_USAGE } from '../domain/usage.js';
import { namesOf } from './held-rules.js';
import type { RunEvent, RunFact, RunFactOf } from './event.js';
import { isTerminal, type AttemptRecord, type Judged, type RunState, type Work, type WorkState } from './state.js';

/**
 * One step of the fold: the state after a fact. Pure. A fact that cannot follow is an error in words; a live run never
 * makes one, so there it is a bug, and in a trail from outside it is damage.
 */
export function evolve(state: RunState, fact: RunFact): Result<RunState, string> {
  if (isTerminal(state)) return err(`the run ended as ${state.kind}; ${fact.type} cannot follow`);
  switch (fact.type) {
    case 'requested':
      return state.kind === 'new' ? ok({ kind: 'requested', request: fact.request, latest: fact.request, grants: [] }) : misplaced(state, fact);
    case 'declined':
      return state.kind === 'requested' ? ok({ kind: 'declined', decline: fact }) : misplaced(state, fact);
    case 'admitted':
      if (state.kind !== 'requested') return misplaced(state, fact);
      return ok({ kind: 'admitted', request: state.request, grants: state.grants, ...advised(state), order: fact.order, orderDigest: fact.orderDigest, snapshot: fact.snapshot });
    case 'briefed':
      if (state.kind !== 'admitted') return misplaced(state, fact);
      return ok({ ...state, kind: 'briefed', briefed: fact, checks: fact.checks, baseline: NOTHING_JUDGED, attempts: [], waitedMs: 0 });
    case 'check-started':
    case 'check-finished':
    case 'findings-collected':
      return validation(state, fact);
    case 'tests-replayed':
      return replayed(state, fact);
    case 'attempt-started':
    case 'agent-reported':
    case 'candidate-captured':
    case 'repair-planned':
      return attempt(state, fact);
    case 'bundle-received':
    case 'verification-confirmed':
      return handedOver(state, fact);
    case 'human-asked':
    case 'human-answered':
      return state.kind === 'requested' || state.kind === 'asked' ? question(state, fact) : judgement(state, fact);
    case 'approval-given':
      return approved(state, fact);
    case 'reconsidered':
      return reconsidered(state, fact);
    case 'override-granted':
      return override(state, fact);
    case 'readiness-scored':
      return state.kind === 'requested' ? ok(fact.opinion === undefined ? state : { ...state, advice: addUsage(state.advice ?? NO_USAGE, fact.opinion.usage) }) : misplaced(state, fact);
    case 'routed':
      return state.kind === 'requested' ? ok(state) : misplaced(state, fact);
    case 'surroundings-seen':
    case 'evidence-expired':
    case 'evidence-renewed':
      return evidence(state, fact);
    case 'gate-evaluated':
    case 'packet-sealed':
    case 'delivered':
      return judgement(state, fact);
    case 'follow-up-filed':
      return ok(state);
    case 'resumed':
      if (state.kind === 'asked') return ok(state);
      return state.kind === 'waiting' ? ok({ ...state, waitedMs: state.waitedMs + fact.waitedMs }) : misplaced(state, fact);
    case 'command-used':
      return state.kind === 'new' ? misplaced(state, fact) : ok(state);
    case 'exhausted':
      return ok({ kind: 'exhausted', reason: fact.reason, words: fact.words });
    case 'cancelled':
      return ok({ kind: 'cancelled', by: fact.by });
    case 'superseded':
      return ok({ kind: 'superseded', by: fact.by });
    case 'faulted':
      return ok({ kind: 'faulted', fault: fact.fault, during: fact.during });
    default:
      return assertNever(fact);
  }
}

/** The state of a whole trail, or the place of the first event that cannot stand where it does. */
export function fold(events: readonly RunEvent[]): Result<RunState, { readonly sequence: number; readonly problem: string }> {
  let state: RunState = { kind: 'new' };
  for (const event of events) {
    const next = evolve(state, event.fact);
    if (!next.ok) return err({ sequence: event.sequence, problem: next.error });
    state = next.value;
  }
  return ok(state);
}

const NOTHING_JUDGED: Judged = { results: [], findings: [], fixed: [], complete: false };

function attempt(state: RunState, fact: RunFactOf<'attempt-started' | 'agent-reported' | 'candidate-captured' | 'repair-planned'>): Result<RunState, string> {
  switch (fact.type) {
    case 'attempt-started': {
      if (state.kind !== 'ready' || state.next !== fact.attempt) return misplaced(state, fact);
      const record: AttemptRecord = { attempt: fact.attempt, ending: undefined, usage: NO_USAGE, session: undefined, captured: undefined, judged: NOTHING_JUDGED, verdict: undefined };
      return ok({ ...work(state), kind: 'attempting', attempt: fact.attempt, attempts: [...state.attempts, record] });
    }
    case 'agent-reported':
      if (state.kind !== 'attempting' || state.attempt !== fact.attempt) return misplaced(state, fact);
      return ok({ ...work(state), kind: 'reported', attempt: fact.attempt, attempts: changed(state, fact.attempt, { ending: fact.ending, usage: fact.usage, session: fact.session }) });
    case 'candidate-captured': {
      if (state.kind !== 'reported' || state.attempt !== fact.attempt) return misplaced(state, fact);
      const attempts = changed(state, fact.attempt, { captured: fact.outcome });
      if (fact.outcome.kind !== 'captured') return ok({ ...work(state), kind: 'barren', attempt: fact.attempt, attempts });
      return ok({ ...work(state), kind: 'captured', attempt: fact.attempt, candidate: fact.outcome.candidate, attempts });
    }
    case 'repair-planned':
      if ((state.kind !== 'barren' && state.kind !== 'judged') || state.attempt !== fact.afterAttempt || fact.attempt !== state.attempt + 1) return misplaced(state, fact);
      return ok({ ...work(state), kind: 'ready', next: fact.attempt, plan: fact });
    default:
      return assertNever(fact);
  }
}

/** A candidate that another job made: no attempt of this process stands behind it, so its record claims nothing but the tree. */
function handedOver(state: RunState, fact: RunFactOf<'bundle-received' | 'verification-confirmed'>): Result<RunState, string> {
  if (fact.type === 'bundle-received') {
    if ((state.kind !== 'briefed' && state.kind !== 'ready') || state.attempts.length > 0 || fact.candidate.attempt !== fact.attempt || fact.candidate.base !== state.order.base.commit) return misplaced(state, fact);
    const record: AttemptRecord = { attempt: fact.attempt, ending: { kind: 'completed' }, usage: NO_USAGE, session: undefined, captured: { kind: 'captured', candidate: fact.candidate }, judged: NOTHING_JUDGED, verdict: undefined };
    return ok({ ...work(state), kind: 'captured', attempt: fact.attempt, candidate: fact.candidate, attempts: [record] });
  }
  if (state.kind !== 'captured' || state.attempt !== fact.attempt || state.candidate.tree !== fact.tree) return misplaced(state, fact);
  return ok({ ...work(state), kind: 'validated', attempt: state.attempt, candidate: state.candidate, attempts: changed(state, state.attempt, { held: fact.held }) });
}

function validation(state: RunState, fact: RunFactOf<'check-started' | 'check-finished' | 'findings-collected'>): Result<RunState, string> {
  if (state.kind === 'briefed' && fact.attempt === 0) {
    const baseline = judged(state.baseline, fact);
    if (fact.type === 'findings-collected') return ok({ ...work(state), kind: 'ready', next: 1, plan: undefined, baseline });
    return ok({ ...state, baseline });
  }
  if (state.kind === 'captured' && fact.attempt === state.attempt && fact.tree === state.candidate.tree) {
    const before = state.attempts.find((record) => record.attempt === state.attempt)?.judged ?? NOTHING_JUDGED;
    const attempts = changed(state, state.attempt, { judged: judged(before, fact) });
    if (fact.type !== 'findings-collected') return ok({ ...state, attempts });
    return ok({ ...work(state), kind: 'validated', attempt: state.attempt, candidate: state.candidate, attempts });
  }
  return misplaced(state, fact);
}

/** Beside the checks of the candidate, before they are closed: it changes what is known of the tests, never the candidate. */
function replayed(state: RunState, fact: RunFactOf<'tests-replayed'>): Result<RunState, string> {
  if (state.kind !== 'captured' || fact.attempt !== state.attempt || fact.tree !== state.candidate.tree) return misplaced(state, fact);
  const before = state.attempts.find((record) => record.attempt === state.attempt)?.replays ?? [];
  return ok({ ...state, attempts: changed(state, state.attempt, { replays: [...before.filter(({ way }) => way !== fact.way), fact] }) });
}

function judgement(state: RunState, fact: RunFactOf<'gate-evaluated' | 'human-asked' | 'human-answered' | 'packet-sealed' | 'delivered'>): Result<RunState, string> {
  switch (fact.type) {
    case 'gate-evaluated':
      if (state.kind !== 'validated' || state.candidate.tree !== fact.tree) return misplaced(state, fact);
      return ok({ ...work(state), kind: 'judged', attempt: state.attempt, candidate: state.candidate, verdict: fact.verdict, attempts: changed(state, state.attempt, { verdict: fact.verdict }) });
    case 'human-asked':
      if (state.kind !== 'judged' && state.kind !== 'answered') return misplaced(state, fact);
      return ok({ ...work(state), attempts: changed(state, state.attempt, { asked: namesOf(fact.why.tree) }), kind: 'waiting', attempt: state.attempt, candidate: state.candidate, question: fact.question, expiresAt: fact.expiresAt });
    case 'human-answered':
      if (state.kind !== 'waiting') return misplaced(state, fact);
      return ok({ ...work(state), attempts: changed(state, state.attempt, agreedTo(state, fact.answer)), kind: 'answered', attempt: state.attempt, candidate: state.candidate, answer: fact.answer });
    case 'packet-sealed':
      if ((state.kind !== 'judged' && state.kind !== 'answered') || state.candidate.tree !== fact.tree) return misplaced(state, fact);
      return ok({ ...work(state), kind: 'sealed', attempt: state.attempt, candidate: state.candidate, packetDigest: fact.packetDigest });
    case 'delivered':
      // The validated-tree proof: what is delivered is the tree that was sealed, or the trail is not ours.
      if (state.kind !== 'sealed' || state.candidate.tree !== fact.tree) return misplaced(state, fact);
      return ok({ kind: 'delivered', delivery: fact });
    default:
      return assertNever(fact);
  }
}

/** Facts about what happened around a candidate before it is sealed. They change what is known of it, never the candidate. */
function evidence(state: RunState, fact: RunFactOf<'surroundings-seen' | 'evidence-expired' | 'evidence-renewed'>): Result<RunState, string> {
  if ((state.kind !== 'judged' && state.kind !== 'answered') || state.attempt !== fact.attempt || state.candidate.tree !== fact.tree) return misplaced(state, fact);
  if (fact.type === 'evidence-expired') return ok(state);
  const renewals = state.attempts.find((record) => record.attempt === state.attempt)?.renewals ?? [];
  return ok({ ...state, attempts: changed(state, state.attempt, fact.type === 'surroundings-seen' ? { seen: fact } : { renewals: [...renewals, fact] }) });
}

/** A yes of one of several: the run goes on waiting. */
function approved(state: RunState, fact: RunFactOf<'approval-given'>): Result<RunState, string> {
  if (state.kind !== 'waiting' || fact.attempt !== state.attempt || fact.tree !== state.candidate.tree) return misplaced(state, fact);
  const before = state.attempts.find((record) => record.attempt === state.attempt)?.approvals ?? [];
  return ok({ ...state, attempts: changed(state, state.attempt, { approvals: [...before, fact] }) });
}

/** What a person said yes to is not asked again; everything else is looked at anew, since time went by. */
function agreedTo(state: Extract<RunState, { kind: 'waiting' }>, answer: 'allow' | 'deny'): Partial<AttemptRecord> {
  const record = state.attempts.find((one) => one.attempt === state.attempt);
  return { seen: undefined, ...(answer === 'allow' ? { agreed: [...new Set([...record?.agreed ?? [], ...record?.asked ?? []])] } : {}) };
}

/** A question before there is an order: whoever may answer it makes admission look at everything again, or ends it. */
function question(state: Extract<RunState, { kind: 'requested' | 'asked' }>, fact: RunFactOf<'human-asked' | 'human-answered'>): Result<RunState, string> {
  const { request, latest, grants } = state;
  const before = { request, latest, grants, ...advised(state) };
  if (fact.type === 'human-asked') return state.kind === 'requested' ? ok({ kind: 'asked', ...before, question: fact }) : misplaced(state, fact);
  if (state.kind !== 'asked') return misplaced(state, fact);
  return ok(fact.answer === 'allow' ? { kind: 'requested', ...before } : { kind: 'turned-down', ...before, by: fact.by.login });
}

/** Before the order everything is asked again; after the work what happened around it is looked at again, and the work stays. */
function reconsidered(state: RunState, fact: RunFactOf<'reconsidered'>): Result<RunState, string> {
  if (state.kind === 'asked') return ok({ kind: 'requested', request: state.request, latest: fact.request, grants: state.grants, ...advised(state) });
  const verdict = state.kind === 'waiting' ? state.attempts.find((record) => record.attempt === state.attempt)?.verdict : undefined;
  if (state.kind !== 'waiting' || verdict === undefined) return misplaced(state, fact);
  return ok({ ...work(state), kind: 'judged', attempt: state.attempt, candidate: state.candidate, verdict, attempts: changed(state, state.attempt, { seen: undefined }) });
}

/** A lifted rule is judged again: before the order by admission, after the work by the gates. */
function override(state: RunState, fact: RunFactOf<'override-granted'>): Result<RunState, string> {
  switch (state.kind) {
    case 'requested': return ok({ ...state, grants: [...state.grants, fact.grant] });
    case 'asked': return ok({ kind: 'requested', request: state.request, latest: state.latest, grants: [...state.grants, fact.grant], ...advised(state) });
    case 'waiting': return ok({ ...work(state), attempts: changed(state, state.attempt, { seen: undefined }), kind: 'validated', attempt: state.attempt, candidate: state.candidate, grants: [...state.grants, fact.grant] });
    default: return misplaced(state, fact);
  }
}

/** A check that ran again (after a crash) replaces its earlier result: the trail keeps both, the state the last. */
function judged(before: Judged, fact: RunFactOf<'check-started' | 'check-finished' | 'findings-collected'>): Judged {
  switch (fact.type) {
    case 'check-started':
      return before;
    case 'check-finished': {
      const others: readonly CheckResult[] = before.results.filter((result) => result.check !== fact.result.check);
      return { ...before, results: [...others, fact.result] };
    }
    case 'findings-collected':
      return { ...before, findings: fact.findings, fixed: fact.fixed, complete: true };
    default:
      return assertNever(fact);
  }
}

/** Money that was spent before there was an order stays spent. */
function advised({ advice }: Pick<Work, 'advice'>): Pick<Work, 'advice'> {
  return advice === undefined ? {} : { advice };
}

/** Only what every working state owns, so that no variant drags along what was true before. */
function work(state: WorkState): Work {
  const { request, grants, order, orderDigest, snapshot, briefed, checks, baseline, attempts, waitedMs } = state;
  return { request, grants, ...advised(state), order, orderDigest, snapshot, briefed, checks, baseline, attempts, waitedMs };
}

function changed(state: WorkState, number: number, change: Partial<AttemptRecord>): readonly AttemptRecord[] {
  return state.attempts.map((record) => (record.attempt === number ? { ...record, ...change } : record));
}

function misplaced(state: RunState, fact: RunFact): Result<never, string> {
  return err(`${fact.type} cannot follow in state ${state.kind}`);
}
