import { z } from 'zod';
import { Digest } from './ids.js';
import { UntrustedText } from './text.js';
import { ModelUsage } from './usage.js';

/** What kind of work a ticket asks for; the parts of its score weigh by it. */
export const TicketKind = z.enum(['bug', 'feature', 'chore', 'docs']);
export type TicketKind = z.infer<typeof TicketKind>;

/** What a ticket is looked at for. Each part has points, what was seen, and the question that brings the points. */
export const ReadinessPartId = z.enum(['scope', 'criteria', 'target', 'reproduction', 'expected', 'size', 'context', 'concrete', 'settled']);
export type ReadinessPartId = z.infer<typeof ReadinessPartId>;

const points = z.number().int().min(0).max(100);

/** `saw` and `question` are our own words and counts, never words of the ticket. */
export const ReadinessPart = z.strictObject({ part: ReadinessPartId, points, most: points, saw: z.string().max(300), question: z.string().max(300).optional() });
export type ReadinessPart = z.infer<typeof ReadinessPart>;

/** The clarity of a ticket by rules alone: the same snapshot always gives the same score. */
export const ReadinessScore = z.strictObject({
  kind: TicketKind,
  /** `other`: not read as English, so what only words can tell is left out and the rest counts in its place. */
  language: z.enum(['english', 'other']),
  score: points,
  parts: z.array(ReadinessPart),
});
export type ReadinessScore = z.infer<typeof ReadinessScore>;

/** What a model said about the ticket. It moves the score inside a band and decides nothing. */
export const ReadinessOpinion = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('given'), model: z.string().max(200), score: points, questions: z.array(UntrustedText).max(5), usage: ModelUsage }),
  /** Nobody could be asked, or the answer had not the form that was asked for: the rules alone count. */
  z.strictObject({ kind: z.literal('none'), model: z.string().max(200), why: z.string().max(300), usage: ModelUsage }),
]);
export type ReadinessOpinion = z.infer<typeof ReadinessOpinion>;

/** The whole answer about a ticket's clarity. `final` is the score by rules, moved by the opinion as far as its band lets it. */
export const Readiness = z.strictObject({
  ...ReadinessScore.shape,
  /** Of what was looked at: the same ticket is not asked about twice. */
  snapshot: Digest,
  final: points,
  threshold: points,
  mode: z.enum(['hold', 'note', 'off']),
  questions: z.array(z.string().max(400)).max(20),
  opinion: ReadinessOpinion.optional(),
});
export type Readiness = z.infer<typeof Readiness>;
