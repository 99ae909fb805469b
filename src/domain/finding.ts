import { z } from 'zod';
import { CheckId, Digest } from './ids.js';
import { UntrustedText } from './text.js';

/** One normalised fact from a check or gate. The fingerprint is stable across attempts: no line numbers, no times. */
export const Finding = z.strictObject({
  fingerprint: Digest,
  /** The check it came from, or `gate:<rule>`. */
  source: CheckId,
  from: z.enum(['junit', 'ctrf', 'sarif', 'log', 'exit-code', 'gate']),
  severity: z.enum(['error', 'warning', 'note']),
  /** Path from the repository's root with forward slashes; absent when the tool did not say. */
  file: z.string().max(1000).optional(),
  line: z.number().int().positive().optional(),
  column: z.number().int().positive().optional(),
  rule: z.string().max(200).optional(),
  /** The test's full name, when it is a test. */
  test: z.string().max(500).optional(),
  message: UntrustedText,
});
export type Finding = z.infer<typeof Finding>;

/** `pre-existing` was there on the base commit and is never charged to the agent; `flaky` flips without a change. */
export const FindingStanding = z.enum(['new', 'pre-existing', 'flaky']);
export type FindingStanding = z.infer<typeof FindingStanding>;

export const JudgedFinding = Finding.extend({ standing: FindingStanding });
export type JudgedFinding = z.infer<typeof JudgedFinding>;
