import type { VerdictEffect, VerdictNode } from '../../domain/verdict.js';
import type { RiskLevel } from '../../policy/facts.js';
import type { Risk } from './score-risk.js';

export type RiskActions = Readonly<Record<RiskLevel, 'allow' | 'hold' | 'deny'>>;

/** Who must say yes at a level: `delivery.review`. */
export type RiskReview = Readonly<Partial<Record<RiskLevel, { readonly users: readonly string[]; readonly teams: readonly string[]; readonly count: number } | undefined>>>;

/** The risk as a node: the level's consequence, and every part of the score as a child, with what it saw and what it added. */
export function riskNode(risk: Risk, actions: RiskActions, review: RiskReview = {}): VerdictNode {
  const effect: VerdictEffect = actions[risk.level];
  const [first] = risk.parts.filter(({ points }) => points > 0);
  const wanted = review[risk.level];
  const because = risk.raised ?? first?.words;
  return {
    rule: 'risk', effect,
    words: `${risk.level} risk, ${risk.score} of 100${because === undefined ? '' : `: ${because}`}${risk.unknown === 0 ? '' : `; ${risk.unknown} facts are not known`}`,
    values: { level: risk.level, score: risk.score, ...(risk.raised === undefined ? {} : { raised: risk.raised }), ...(wanted === undefined ? {} : { approvals: wanted.count, approvers: [...wanted.users, ...wanted.teams.map((team) => `team ${team}`)] }) },
    children: risk.parts.filter(({ value, points }) => value === undefined || points !== 0).map(({ feature, value, points, words }): VerdictNode => ({
      rule: `risk/${feature}`, effect: 'allow', words, values: { points: rounded(points), value: value === undefined ? 'unknown' : rounded(value) },
    })),
  };
}

function rounded(number: number): number {
  return Math.round(number * 100) / 100;
}
