import { z } from 'zod';

export const CommandOptions = z.strictObject({
  command: z.array(z.string().min(1).max(100_000)).min(1).max(200).describe('Program and arguments.'),
  uses_model: z.boolean().default(false).describe('Open the model gateway for it.'),
});
export type CommandOptions = z.infer<typeof CommandOptions>;
