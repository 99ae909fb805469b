import type { ReadinessConfig } from '../../config/readiness-config.js';
import type { Readiness, ReadinessOpinion, ReadinessPartId, ReadinessScore } from '../../domain/readiness.js';
import type { Digest } from '../../domain/ids.js';
import type { RuleAnswer } from '../rule.js';

/** The threshold of a ticket: the highest of its labels, or the general one. */
export function thresholdFor(labels: readonly string[], config: ReadinessConfig): number {
  const own = labels.flatMap((label) => (Object.hasOwn(config.labels, label) ? [config.labels[label] ?? config.threshold] : []));
  return own.length === 0 ? config.threshold : Math.max(...own);
}

/** Parts that no opinion can stand in for: without them the score by rules is the highest there is. */
const NEEDED: readonly ReadinessPartId[] = ['criteria', 'target', 'expected'];
const NEEDED_SHARE = 0.5;

/**
 * Puts score, threshold and opinion together. The opinion moves the score towards its own by at most `raise` up and `lower` down, and
 * not up while one of the parts that are needed is missing: whoever writes the ticket writes what the model reads, so what it
 * says may never do more than that.
 */
export function weighReadiness(score: ReadinessScore, about: { readonly snapshot: Digest; readonly labels: readonly string[]; readonly mode: Readiness['mode']; readonly config: ReadinessConfig; readonly opinion?: ReadinessOpinion | undefined }): Readiness {
  const { config, opinion } = about;
  const band = config.opinion;
  const complete = score.parts.every((part) => !NEEDED.includes(part.part) || part.points >= part.most * NEEDED_SHARE);
  const wish = opinion?.kind === 'given' && band !== undefined ? opinion.score - score.score : 0;
  const moved = Math.max(-(band?.lower ?? 0), Math.min(complete ? band?.raise ?? 0 : 0, wish));
  const threshold = thresholdFor(about.labels, config);
  const asked = score.parts.flatMap((part) => part.question ?? []);
  return {
    ...score, snapshot: about.snapshot, final: Math.max(0, Math.min(100, score.score + moved)), threshold, mode: about.mode, questions: asked,
    ...(opinion === undefined ? {} : { opinion }),
  };
}

/** The rule: a ticket below its threshold waits for answers. In mode `note` it only says so. */
export function readinessRule({ readiness }: { readonly readiness?: Readiness | undefined }): RuleAnswer | undefined {
  if (readiness === undefined) return undefined;
  const { final, score, threshold, kind, mode, parts } = readiness;
  const values = {
    score: final, threshold, kind, ...(final === score ? {} : { byRules: score }),
    parts: parts.map((part) => `${part.part} ${part.points}/${part.most}: ${part.saw}`), questions: questionsOf(readiness),
  };
  if (final >= threshold) return { node: { rule: 'readiness', effect: 'allow', words: `the ticket is clear enough: ${final} of 100, ${threshold} are wanted`, values } };
  if (mode !== 'hold') return { node: { rule: 'readiness', effect: 'allow', words: `the ticket is unclear (${final} of 100, ${threshold} are wanted), and that is only noted here`, values } };
  return { node: { rule: 'readiness', effect: 'hold', words: `the ticket is not clear enough yet: ${final} of 100, ${threshold} are wanted`, values }, code: 'not-ready', asks: 'answers' };
}

/** What the author is asked: by the rules first, then what the model would like to know. The model's words are foreign text. */
export function questionsOf({ questions, opinion }: Pick<Readiness, 'questions' | 'opinion'>): readonly string[] {
  return [...questions, ...(opinion?.kind === 'given' ? opinion.questions : [])].slice(0, 12);
}
