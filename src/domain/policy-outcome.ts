import { z } from 'zod';
import { Digest } from './ids.js';
import { VerdictEffect } from './verdict.js';

/** Who must say yes, and how many of them. Names are data here: what a role or a team is, admission and the forge know. */
export const RequiredApproval = z.strictObject({
  /** The rule that asks for it, as the verdict tree names it. */
  rule: z.string(),
  count: z.number().int().positive(),
  roles: z.array(z.string()),
  teams: z.array(z.string()),
  users: z.array(z.string()),
  /** Whoever asked for the work cannot be one of them. */
  notRequester: z.boolean(),
});
export type RequiredApproval = z.infer<typeof RequiredApproval>;

/** Bounds that a rule sets for the run. Absent = no rule speaks of it. */
export const PolicyBudget = z.strictObject({
  attempts: z.number().int().positive().optional(),
  costUsd: z.number().positive().optional(),
  tokens: z.number().int().positive().optional(),
  runTimeMs: z.number().int().positive().optional(),
});
export type PolicyBudget = z.infer<typeof PolicyBudget>;

/** What the rules of a team want beside their verdict: plain data for whoever carries it out. */
export const PolicyOutcome = z.strictObject({
  effect: VerdictEffect,
  /** The rule that decided, as the verdict tree names it; `default` when no rule had an effect. */
  decidedBy: z.string(),
  /** Rules that matched, in the order of the policy. */
  matched: z.array(z.string()),
  labels: z.array(z.string()),
  reviewers: z.strictObject({ users: z.array(z.string()), teams: z.array(z.string()), owners: z.boolean() }),
  approvals: z.array(RequiredApproval),
  budget: PolicyBudget,
  workflow: z.string().optional(),
  /** Built-in holds that a rule lifted. */
  lifted: z.array(z.strictObject({ gate: z.string(), by: z.string() })),
  /** What the rules were read from, each with the digest of its content. */
  sources: z.array(z.strictObject({ name: z.string(), commit: z.string().optional(), digest: Digest })),
});
export type PolicyOutcome = z.infer<typeof PolicyOutcome>;
