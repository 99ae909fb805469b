import { z } from 'zod';

const count = z.number().int().positive();
const duration = z.string().regex(/^\d+(ms|s|m|h)$/, 'a whole number with a unit: ms, s, m or h (for example 90s, 30m)');
const names = z.array(z.string().min(1).max(200)).max(100);
const agents = z.array(z.enum(['builtin', 'claude-code', 'codex', 'gemini-cli', 'opencode', 'acp', 'command'])).max(10);

const budget = {
  cost_usd: z.number().positive().max(10_000).optional().describe('Money of the run.'),
  attempts: count.max(20).optional().describe('Agent sessions.'),
  time: duration.optional().describe('Wall time of the run.'),
};

/** What a fenced `heddle` block in a ticket may choose. Tightening is always allowed; anything else must be listed here. */
export const DirectivesConfig = z.strictObject({
  enabled: z.boolean().default(true).describe('Read the block. `false`: a ticket that has one is declined, so that nobody believes it counts.'),
  agents: agents.default([]).describe('Agents a ticket may choose, beside the configured one.'),
  models: names.default([]).describe('Models a ticket may choose, beside the configured one.'),
  bases: names.default([]).describe('Branches a ticket may choose as the base, as globs (`release/*`), beside the configured one.'),
  folders: names.optional().describe('Folders, as globs, that a ticket may bind the work to; all when left out.'),
  budget_max: z.strictObject(budget).prefault({}).describe('How far a ticket may raise a limit. Left out: it may only lower it.'),
  workflows: z.record(z.string().regex(/^[a-z0-9][a-z0-9._-]{0,79}$/, 'a name: small letters, digits, . _ -'), z.strictObject({
    agent: agents.element.optional().describe('The coding agent.'),
    model: z.string().min(1).max(200).optional().describe('Its model.'),
    ...budget,
  })).default({}).describe('Named choices of agent, model and budget that a ticket may name.'),
});
export type DirectivesConfig = z.infer<typeof DirectivesConfig>;
