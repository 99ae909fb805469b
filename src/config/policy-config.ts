import { z } from 'zod';
import { PolicyDocument, ResolvedSource } from '../policy/rule-schema.js';

/** The `policy:` key: the team's own rules, and what `extends` and `floor` named, as it was read. */
export const PolicyConfig = PolicyDocument.safeExtend({
  resolved: z.array(ResolvedSource).max(100).default([]).describe('Written by Heddle into the recorded configuration, so that a run is judged by the same rules to its end. Not for your file.'),
});
export type PolicyConfig = z.infer<typeof PolicyConfig>;
