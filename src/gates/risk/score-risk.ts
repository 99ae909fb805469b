import type { RiskLevel } from '../../policy/facts.js';
import { featuresOf, isTopTier, type FeatureValue } from './features.js';
import type { RiskFacts } from './risk-facts.js';
import type { RiskWeights } from '../../domain/risk-weights.js';

export interface RiskPart extends FeatureValue {
  /** What it adds to the sum under the logistic function; negative lowers the risk. */
  readonly points: number;
}

export interface Risk {
  /** 0 to 100, whole. */
  readonly score: number;
  readonly level: RiskLevel;
  /** Why the level is not the one of the score, where a rule raised it. */
  readonly raised: string | undefined;
  /** Largest share first. */
  readonly parts: readonly RiskPart[];
  /** Features that are not known. */
  readonly unknown: number;
}

export interface RiskRules {
  readonly weights: RiskWeights;
  /** Lowest score of each level above low. */
  readonly levels: { readonly medium: number; readonly high: number; readonly critical: number };
}

const LEVELS: readonly RiskLevel[] = ['low', 'medium', 'high', 'critical'];

/** The risk of a change: a score that a person can add up, and a level. Pure, the same facts always give the same. */
export function scoreRisk(facts: RiskFacts, rules: RiskRules): Risk {
  const features = featuresOf(facts);
  const parts = features.map((one): RiskPart => ({ ...one, points: (rules.weights.features[one.feature] ?? 0) * (one.value ?? rules.weights.unknown) }));
  const total = rules.weights.bias + parts.reduce((sum, part) => sum + part.points, 0);
  const score = Math.round(100 / (1 + Math.exp(-total)));
  const byScore: RiskLevel = score >= rules.levels.critical ? 'critical' : score >= rules.levels.high ? 'high' : score >= rules.levels.medium ? 'medium' : 'low';
  const least = leastLevel(facts, features);
  const level = LEVELS.indexOf(least.level) > LEVELS.indexOf(byScore) ? least.level : byScore;
  return {
    score, level, raised: level === byScore ? undefined : least.why, unknown: features.filter(({ value }) => value === undefined).length,
    parts: [...parts].sort((a, b) => Math.abs(b.points) - Math.abs(a.points) || (a.feature < b.feature ? -1 : 1)),
  };
}

/**
 * What no small number of lines makes small: code of a top-tier service, or a regulated path, is high at least, and both
 * together critical. Documents of such a service are only documents.
 */
function leastLevel({ services, regulated }: RiskFacts, features: readonly FeatureValue[]): { readonly level: RiskLevel; readonly why: string } {
  const on = (feature: FeatureValue['feature']): boolean => features.find((one) => one.feature === feature)?.value === 1;
  const top = services.filter(({ tier }) => tier !== undefined && isTopTier(tier)).map(({ name }) => name);
  const critical = top.length > 0 && !on('docs-only') && !on('tests-only');
  const why = [...(critical ? [`${top.slice(0, 5).join(', ')} is of the top tier`] : []), ...(regulated.length > 0 ? ['regulated paths are touched'] : [])].join(', and ');
  if (critical && regulated.length > 0) return { level: 'critical', why };
  return critical || regulated.length > 0 ? { level: 'high', why } : { level: 'low', why };
}
