import { z } from 'zod';

const score = z.number().int().min(0).max(100);
const mode = z.enum(['hold', 'note', 'off']);

/** Below the threshold a ticket is not worked on: its questions are asked first. */
export const ReadinessConfig = z.strictObject({
  mode: mode.default('hold').describe('What a score below the threshold does: `hold` asks the missing questions and waits, `note` only records the score, `off` does not look.'),
  local: mode.default('off').describe('The same for a run that a person starts on the command line outside CI: who is there to be asked wrote the command.'),
  threshold: score.default(75).describe('Score that a ticket must reach, 0 to 100.'),
  labels: z.record(z.string().min(1).max(100), score).default({}).describe('Threshold of tickets with a label, exactly spelled. Of several the highest counts.'),
  comments: z.boolean().default(true).describe('Answers in comments, by the author or by people with write permission, become part of what the agent gets.'),
  opinion: z.strictObject({
    model: z.string().min(1).max(200).describe('A cheap model that the configured provider knows.'),
    max_cost_usd: z.number().positive().max(10).default(0.05).describe('Money for one opinion; it counts into the run\'s.'),
    raise: z.number().int().min(0).max(15).default(10).describe('Points that the opinion may add at most. It adds none while acceptance criteria or target are missing.'),
    lower: z.number().int().min(0).max(50).default(25).describe('Points that the opinion may take away at most.'),
  }).optional().describe('Ask a model too. It moves the score inside a band and decides nothing.'),
});
export type ReadinessConfig = z.infer<typeof ReadinessConfig>;
