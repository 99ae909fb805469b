import type { AdmissionFacts } from '../../admission/facts.js';
import { judgeAdmission } from '../../admission/judge.js';
import { declineFacts } from '../../admission/words.js';
import type { Verdict } from '../../domain/verdict.js';
import { ok } from '../../kit/result.js';
import { admissionFacts, subjectFor } from '../admission-facts.js';
import type { Context } from '../context.js';
import { clarityOf, recordClarity, withOpinion } from './clarity.js';
import type { Routed } from './route.js';
import { sendElsewhere } from './send-elsewhere.js';
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
  const whole = await withClarity(context, routed, facts.value);
  const { verdict, decline, asks } = judgeAdmission(whole);
  if (decline === 'routed-elsewhere') return ok({ kind: 'decline', code: decline, verdict, known: await sendElsewhere(context, routed, { verdict, known: declineFacts(whole) }) });
  if (decline !== undefined) return ok({ kind: 'decline', code: decline, verdict, known: declineFacts(whole) });
  if (asks !== undefined) return ok({ kind: 'ask', asks, verdict, ...(whole.digest === undefined ? {} : { approval: { digest: whole.digest, snapshot: snapshot.digest } }) });
  return on({ ...routed, facts: whole, verdict });
}

/** The facts with the ticket's place and clarity. A model is asked only when everything else allows. */
async function withClarity(context: Context, routed: Routed, facts: AdmissionFacts): Promise<AdmissionFacts> {
  const placed: AdmissionFacts = { ...facts, placing: routed.placing };
  const clarity = routed.placing.decision.outcome === 'elsewhere' ? undefined : clarityOf(context, routed);
  if (clarity === undefined) return placed;
  const others = judgeAdmission(placed).verdict.effect;
  const readiness = others === 'allow' ? await withOpinion(context, routed, clarity) : clarity;
  await recordClarity(context, readiness);
  return { ...placed, readiness };
}
