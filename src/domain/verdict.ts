import { z } from 'zod';
import { Finding } from './finding.js';

/** A rule's answer about facts, with its evidence tree. `error` counts as deny. Never used for a check. */
export const VerdictEffect = z.enum(['allow', 'hold', 'deny', 'error']);
export type VerdictEffect = z.infer<typeof VerdictEffect>;

/** `unknown`: a fact that the condition needs is not there. `failed`: the condition could not be evaluated. */
export const VerdictStatus = z.enum(['matched', 'not-matched', 'unknown', 'failed', 'off']);
export type VerdictStatus = z.infer<typeof VerdictStatus>;

/** One node of the evidence: which rule, what it said in words, and the values it saw. */
export interface VerdictNode {
  readonly rule: string;
  readonly effect: VerdictEffect;
  readonly words: string;
  readonly values?: Readonly<Record<string, string | number | boolean | readonly string[]>> | undefined;
  readonly children?: readonly VerdictNode[] | undefined;
  /** The places that the node is about, for notes on lines and for a repair. */
  readonly findings?: readonly Finding[] | undefined;
  /** Whether the rule's conditions were met. Absent where a rule has no conditions. */
  readonly status?: VerdictStatus | undefined;
  /** A hold that a team's own rules may lift. Only the gate itself can say so. */
  readonly liftable?: true | undefined;
}
export const VerdictNode: z.ZodType<VerdictNode> = z.strictObject({
  rule: z.string(),
  effect: VerdictEffect,
  words: z.string(),
  values: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.array(z.string())])).optional(),
  get children() {
    return z.array(VerdictNode).optional();
  },
  findings: z.array(Finding).optional(),
  status: VerdictStatus.optional(),
  liftable: z.literal(true).optional(),
});

export const Verdict = z.strictObject({ effect: VerdictEffect, tree: VerdictNode });
export type Verdict = z.infer<typeof Verdict>;

/** The strictest effect wins: error, then deny, then hold, then allow. */
export function strictest(effects: readonly VerdictEffect[]): VerdictEffect {
  const order: readonly VerdictEffect[] = ['error', 'deny', 'hold', 'allow'];
  return order.find((effect) => effects.includes(effect)) ?? 'allow';
}
