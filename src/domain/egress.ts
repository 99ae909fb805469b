import { z } from 'zod';
import { UntrustedText } from './text.js';

const count = z.number().int().nonnegative();

/** Why the egress proxy refused. `docs/network.md` has a line for each. */
export const EgressRefusalReason = z.enum([
  'malformed', 'method', 'plain-http', 'ip-literal', 'not-allowed', 'port', 'unresolved', 'private-address', 'unreachable',
  'not-tls', 'no-server-name', 'other-server-name', 'hidden-name', 'bytes-up', 'bytes-down', 'connections', 'idle',
]);
export type EgressRefusalReason = z.infer<typeof EgressRefusalReason>;

/** One thing that a program tried to reach and did not, or not further. The host is the program's own word, cut and in ASCII. */
export const EgressRefusal = z.strictObject({ host: UntrustedText, port: z.number().int().min(0).max(65_535), why: EgressRefusalReason, count: z.number().int().positive() });
export type EgressRefusal = z.infer<typeof EgressRefusal>;

export const EgressReached = z.strictObject({ host: UntrustedText, port: z.number().int().min(0).max(65_535), connections: z.number().int().positive(), bytesUp: count, bytesDown: count });
export type EgressReached = z.infer<typeof EgressReached>;

/** What one agent session or check did with the way out that it was given. Bounded, however hard a program tries. */
export const EgressReport = z.strictObject({
  /** The hosts that were allowed, as they were written. */
  allowed: z.array(z.string()),
  /** True when the proxy was the only way out; false where the isolation leaves the network open. */
  enforced: z.boolean(),
  refused: z.array(EgressRefusal),
  reached: z.array(EgressReached),
  /** Refusals and connections to more hosts than are listed. */
  unlisted: count,
});
export type EgressReport = z.infer<typeof EgressReport>;
