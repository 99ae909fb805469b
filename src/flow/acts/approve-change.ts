import { AskAccounts } from '../../admission/ask-accounts.js';
import { changeDemands, demandWords, metDemands, whyNot, type ChangeDemand, type GivenYes } from '../../admission/change-demands.js';
import type { Actor } from '../../domain/actor.js';
import type { Fault } from '../../domain/fault.js';
import { ok, type Result } from '../../kit/result.js';
import type { Context } from '../context.js';
import type { RunFact, RunFactOf } from '../event.js';
import { namesOf } from '../held-rules.js';
import type { RunState } from '../state.js';

type Waiting = Extract<RunState, { kind: 'waiting' }>;
export interface Approved { readonly words: string; readonly facts: readonly RunFact[] }

/**
 * One person's yes to a held change: recorded with the demands that it counts for, and the answer once each demand has enough
 * distinct people. Whoever writes it was let through as somebody who may approve; whom a rule wants is asked here.
 */
export async function approveChange(context: Pick<Context, 'ports' | 'settings' | 'signal' | 'trail'>, state: Waiting, by: Actor): Promise<Result<Approved, Fault>> {
  const { ports, settings, trail, signal } = context;
  const answer: RunFact = { type: 'human-answered', answer: 'allow', by };
  const demands = demandsOf(state, trail.events.map(({ fact }) => fact), settings);
  if (demands.length === 0) return ok({ words: 'the change may be delivered', facts: [answer] });
  const { named } = settings.config.roles;
  const asking = new AskAccounts(ports.reader, named, signal);
  await asking.about(by, demands.flatMap(({ people }) => people));
  const known = { accounts: asking.known, named, requesters: [state.order.requestedBy, state.request.actor] };
  const against = demands.map((demand) => ({ demand, why: whyNot(demand, by, known) }));
  const counts = against.filter(({ why }) => why === undefined).map(({ demand }) => demand.name);
  const before = givenTo(state);
  if (counts.length === 0) return ok({ words: `this yes counts for nothing: ${against.map(({ why }) => why).join('; ')}. Still wanted: ${demandWords(demands, before)}`, facts: [] });
  const given = [...before, { by, counts }];
  const met = metDemands(demands, given).every((one) => one.met);
  const words = met ? `enough people said yes: ${demandWords(demands, given)}` : `one more yes: ${demandWords(demands, given)}`;
  return ok({ words, facts: [{ type: 'approval-given', attempt: state.attempt, tree: state.candidate.tree, by, counts, words: words.slice(0, 2000) }, ...(met ? [answer] : [])] });
}

/** The yeses so far to exactly this candidate. */
export function givenTo(state: Waiting): readonly GivenYes[] {
  return state.attempts.find((one) => one.attempt === state.attempt)?.approvals ?? [];
}

/** What is demanded of the open question. What was agreed to before is not asked for again. */
export function demandsOf(state: Waiting, facts: readonly RunFact[], { config, repository }: Context['settings']): readonly ChangeDemand[] {
  const record = state.attempts.find((one) => one.attempt === state.attempt);
  const judged = facts.findLast((fact): fact is RunFactOf<'gate-evaluated'> => fact.type === 'gate-evaluated' && fact.tree === state.candidate.tree);
  if (judged === undefined || namesOf(judged.verdict.tree).every((rule) => record?.agreed?.includes(rule) === true)) return [];
  return changeDemands({ verdict: judged.verdict, policy: judged.policy, review: config.delivery.review, organisation: repository.split('/')[0] ?? '' });
}
