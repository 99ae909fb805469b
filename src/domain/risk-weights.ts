import { z } from 'zod';

export const FEATURES = [
  'size', 'spread', 'folders', 'new-files', 'churn', 'fixes', 'authors', 'untested', 'sensitive', 'docs-only', 'tests-only',
  'dependents', 'tier', 'regulated', 'incidents', 'attempts', 'stops', 'waiting', 'held',
] as const;
export const Feature = z.enum(FEATURES);
export type Feature = z.infer<typeof Feature>;

export const RiskLevelName = z.enum(['low', 'medium', 'high', 'critical']);

/**
 * The weights of the score as data. Each feature is between 0 and 1; the score is 100 times the logistic function of the bias and
 * the weighted sum, as in the usual models of change risk (Kamei and others, "A large-scale empirical study of just-in-time
 * quality assurance", 2013). `heddle policy calibrate` fits them on a repository's own history; the defaults are set by hand.
 */
export const RiskWeights = z.strictObject({
  bias: z.number().min(-20).max(20),
  features: z.partialRecord(Feature, z.number().min(-20).max(20)),
  /** What a feature counts as where it is not known. */
  unknown: z.number().min(0).max(1),
});
export type RiskWeights = z.infer<typeof RiskWeights>;

export const DEFAULT_WEIGHTS: RiskWeights = {
  bias: -3.2, unknown: 0.3,
  features: {
    size: 2, spread: 1, folders: 0.8, 'new-files': -0.3, churn: 0.8, fixes: 1.2, authors: 0.4, untested: 0.8, sensitive: 1, 'docs-only': -3, 'tests-only': -1.5,
    dependents: 1.2, tier: 1.6, regulated: 1.6, incidents: 1.2, attempts: 0.8, stops: 0.5, waiting: 0.3, held: 0.6,
  },
};
