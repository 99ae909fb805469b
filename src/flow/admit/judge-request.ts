import type { AdmissionFacts } from '../../admission/facts.js';
import { judgeAdmission } from '../../admission/judge.js';
import { declineFacts } from '../../admission/words.js';
import type { Verdict } from '../../domain/verdict.js';
import { ok } from '../../kit/result.js';
import { admissionFacts, subjectFor } from '../admission-facts.js';
import type { Context } from '../context.js';
import type { Routed } from './route.js';
import { on, type Staged } from './stage.js';

/** Everything that needs no promise of other runs stands: who asked, who approved, what the ticket says. */
export interface Judged extends Routed {
  readonly facts: AdmissionFacts;
  readonly verdict: Verdict;
}

/** Gathers the facts of readiness, approval and permissions through ports; the pure judge decides. */
export async function judgeRequest(context: Context, routed: Routed): Promise<Staged<Judged>> {
  const { state, ticket, snapshot } = routed;
  const subject = subjectFor(context, snapshot);
  const facts = await admissionFacts(context, { first: state.request, latest: state.latest, grants: state.grants, ticket, snapshot, subject, now: context.ports.clock.now() });
  if (!facts.ok) return facts;
  const { verdict, decline, asks } = judgeAdmission(facts.value);
  if (decline !== undefined) return ok({ kind: 'decline', code: decline, verdict, known: declineFacts(facts.value) });
  if (asks !== undefined) return ok({ kind: 'ask', asks, verdict, ...(facts.value.digest === undefined ? {} : { approval: { digest: facts.value.digest, snapshot: snapshot.digest } }) });
  return on({ ...routed, facts: facts.value, verdict });
}
