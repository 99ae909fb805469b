import type { PolicyOutcome } from '../domain/policy-outcome.js';
import type { VerdictNode } from '../domain/verdict.js';
import type { RunFact } from '../flow/event.js';
import { ReviewPacket } from './review-packet.js';

/** The risk as the gates recorded it, read back from the verdict tree. Nothing where the change was judged without one. */
export function riskOf(tree: VerdictNode | undefined): Pick<ReviewPacket, 'risk'> {
  const node = tree?.children?.find((child) => child.rule === 'risk');
  if (node === undefined) return {};
  const parsed = ReviewPacket.shape.risk.safeParse({
    level: node.values?.['level'], score: node.values?.['score'], ...(node.values?.['raised'] === undefined ? {} : { raised: node.values['raised'] }),
    parts: (node.children ?? []).map((child) => ({ feature: child.rule.replace(/^risk\//, ''), words: child.words, points: Number(child.values?.['points'] ?? 0) })),
  });
  return parsed.success && parsed.data !== undefined ? { risk: parsed.data } : {};
}

export function overridesOf(facts: readonly RunFact[]): Pick<ReviewPacket, 'overrides'> {
  const overrides = facts.flatMap((fact) => (fact.type === 'override-granted' ? [{ rule: fact.grant.rule, by: fact.grant.by.login, reason: fact.grant.reason, at: fact.grant.at, expiresAt: fact.grant.expiresAt }] : []));
  return overrides.length === 0 ? {} : { overrides };
}

export function approvalsOf(policy: PolicyOutcome | undefined, tree: VerdictNode | undefined): Pick<ReviewPacket, 'approvals'> {
  const ofRules = (policy?.approvals ?? []).map(({ rule, count, roles, teams, users, notRequester }) => ({ rule, count, notRequester, from: [...roles.map((role) => `role ${role}`), ...teams.map((team) => `team ${team}`), ...users] }));
  const approvals = [...ofRules, ...ofLevel(tree)];
  return approvals.length === 0 ? {} : { approvals };
}

/** Whom the level of risk names, as the gate recorded it. */
function ofLevel(tree: VerdictNode | undefined): NonNullable<ReviewPacket['approvals']> {
  const values = tree?.children?.find((child) => child.rule === 'risk')?.values;
  const [count, from, level] = [values?.['approvals'], values?.['approvers'], values?.['level']];
  return typeof count === 'number' && Array.isArray(from) ? [{ rule: `delivery.review.${String(level)}`, count, from: from.map(String), notRequester: true }] : [];
}
