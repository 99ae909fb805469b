import { DEFAULT_WEIGHTS, type Feature, type RiskWeights } from '../../domain/risk-weights.js';
import { areaUnderCurve, dot, fitLogistic, logistic } from './fit-logistic.js';
import { pastSamples, type Sample } from './past-samples.js';
import type { PastCommit } from '../../domain/history.js';

/** What a history can teach. The others keep their weights: nothing in a history says what they are worth. */
const LEARNED: readonly Feature[] = ['size', 'spread', 'folders', 'new-files', 'churn', 'fixes', 'authors', 'untested', 'sensitive', 'docs-only', 'tests-only'];

export type Calibration =
  | { readonly kind: 'too-little'; readonly samples: number; readonly bad: number; readonly needed: { readonly samples: number; readonly bad: number } }
  | {
    readonly kind: 'fitted'; readonly samples: number; readonly bad: number; readonly weights: RiskWeights;
    readonly levels: { readonly medium: number; readonly high: number; readonly critical: number };
    /** On the newest third, which the fit has not seen. */
    readonly held: { readonly samples: number; readonly bad: number; readonly fitted: Quality; readonly standing: Quality; readonly size: Quality };
  };

export interface Quality {
  /** Area under the ROC curve; 0.5 is chance. */
  readonly auc: number | undefined;
  /** Share of the bad changes among the fifth with the highest scores. */
  readonly foundInTopFifth: number;
}

const SAMPLES_MIN = 100;
const BAD_MIN = 15;
const RIDGE = 1;
/** Shares of past changes below each level: most changes should ask nobody. */
const SHARES = { medium: 0.6, high: 0.85, critical: 0.97 };

/**
 * Fits the weights on a repository's own past, and says on changes that the fit has not seen how much better than the lines
 * alone, and than `standing` (the weights in use), they find what turned out badly. Pure and deterministic.
 */
export function calibrate(history: readonly PastCommit[], standing: RiskWeights = DEFAULT_WEIGHTS): Calibration {
  const samples = pastSamples(history);
  const bad = samples.filter((sample) => sample.bad).length;
  const cut = Math.floor((samples.length * 2) / 3);
  const [past, held] = [samples.slice(0, cut), samples.slice(cut)];
  const enough = samples.length >= SAMPLES_MIN && bad >= BAD_MIN && [past, held].every((part) => part.some((one) => one.bad) && part.some((one) => !one.bad));
  if (!enough) return { kind: 'too-little', samples: samples.length, bad, needed: { samples: SAMPLES_MIN, bad: BAD_MIN } };
  const fit = fitLogistic(past.map(row), past.map((sample) => sample.bad), RIDGE);
  const size = fitLogistic(past.map((sample) => [Math.log1p(sample.lines)]), past.map((sample) => sample.bad), RIDGE);
  const labels = held.map((sample) => sample.bad);
  // What is shipped has seen everything; what it is worth is told from the part above that had not.
  const all = fitLogistic(samples.map(row), samples.map((sample) => sample.bad), RIDGE);
  const weights: RiskWeights = { bias: rounded(all.bias), unknown: standing.unknown, features: { ...standing.features, ...Object.fromEntries(LEARNED.map((feature, index) => [feature, rounded(all.weights[index] ?? 0)])) } };
  return {
    kind: 'fitted', samples: samples.length, bad, weights, levels: levelsOf(samples, weights),
    held: {
      samples: held.length, bad: labels.filter(Boolean).length,
      fitted: quality(held.map((sample) => fit.bias + dot(row(sample), fit.weights)), labels),
      standing: quality(held.map((sample) => sumOf(sample, standing)), labels),
      size: quality(held.map((sample) => size.bias + (size.weights[0] ?? 0) * Math.log1p(sample.lines)), labels),
    },
  };
}

function row(sample: Sample): readonly number[] {
  return LEARNED.map((feature) => sample.features.find((one) => one.feature === feature)?.value ?? 0);
}

/** Only what the history knows: an unknown feature is the same for all of them. */
function sumOf(sample: Sample, weights: RiskWeights): number {
  return weights.bias + dot(row(sample), LEARNED.map((feature) => weights.features[feature] ?? 0));
}

function levelsOf(samples: readonly Sample[], weights: RiskWeights): { readonly medium: number; readonly high: number; readonly critical: number } {
  const scores = samples.map((sample) => 100 * logistic(sumOf(sample, weights))).sort((a, b) => a - b);
  const at = (share: number, least: number): number => Math.min(100, Math.max(least, Math.ceil(scores[Math.floor(share * (scores.length - 1))] ?? 0) + 1));
  const medium = at(SHARES.medium, 1);
  const high = at(SHARES.high, medium);
  return { medium, high, critical: at(SHARES.critical, high) };
}

function quality(scores: readonly number[], labels: readonly boolean[]): Quality {
  const order = scores.map((score, index) => ({ score, bad: labels[index] === true })).sort((a, b) => b.score - a.score);
  const top = order.slice(0, Math.ceil(order.length / 5)).filter((one) => one.bad).length;
  const bad = labels.filter(Boolean).length;
  return { auc: areaUnderCurve(scores, labels), foundInTopFifth: bad === 0 ? 0 : top / bad };
}

function rounded(number: number): number {
  return Math.round(Math.min(20, Math.max(-20, number)) * 100) / 100;
}
