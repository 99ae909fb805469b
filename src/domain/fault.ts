import { z } from 'zod';

/**
 * Why a port could not do what it was asked. `side` tells whose fault it is: `theirs` is a service outside (exit code 6
 * when it cannot be waited out), `ours` is Heddle or the machine (exit code 1), `setup` is a setting, token or scope
 * that a person must mend (exit code 2). `retryable` says that the same call may work later, unchanged.
 */
export const FaultCode = z.enum([
  'unreachable', 'timed-out', 'rate-limited', 'service-error', 'invalid-answer', 'unauthorized', 'forbidden',
  'not-found', 'conflict', 'rejected', 'unsupported', 'not-installed', 'io', 'bug',
]);
export type FaultCode = z.infer<typeof FaultCode>;

export const Fault = z.strictObject({
  code: FaultCode,
  side: z.enum(['ours', 'theirs', 'setup']),
  retryable: z.boolean(),
  /** Which adapter or room speaks, e.g. `forge/github`. */
  source: z.string().max(80),
  /** For people: what was asked, what came back, and the next step. Never a secret, never foreign text unfiltered. */
  message: z.string().max(4000),
  retryAfterMs: z.number().int().nonnegative().optional(),
});
export type Fault = z.infer<typeof Fault>;
