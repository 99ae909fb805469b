import { z } from 'zod';

/** Spelled as everywhere in the file: a whole number with a unit. */
const duration = z.string().regex(/^\d+(ms|s|m|h)$/, 'a whole number with a unit: ms, s, m or h (for example 90s, 30m)');

export const WaitingConfig = z.strictObject({
  expires_after: duration.default('96h').describe('How long a run waits for a person. The comment says the time; after it the run ends as `wait-expired`.'),
});
export type WaitingConfig = z.infer<typeof WaitingConfig>;
