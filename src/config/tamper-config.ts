import { z } from 'zod';

const effect = z.enum(['off', 'note', 'hold', 'deny']);

/** `gates.tamper`: what the guard against weakened tests does about each thing that it sees. */
export const TamperConfig = z.strictObject({
  rules: z.record(z.string().regex(/^[a-z]+(?:-[a-z]+){0,4}$/, 'the name of a rule, like skipped-test'), effect).default({}).describe('Effect of a rule where it should not be the default: `off`, `note` (only told), `hold` or `deny`. The names are in docs/tampering.md.'),
});
export type TamperConfig = z.infer<typeof TamperConfig>;
