import { z } from 'zod';

/** Why an agent session was ended before it ended by itself. Each bound has its own reason. */
export const AttemptStop = z.enum([
  'wall', 'idle', 'output', 'processes', 'memory', 'cpu', 'file-size', 'disk', 'cost', 'tokens', 'model-calls', 'cancelled',
]);
export type AttemptStop = z.infer<typeof AttemptStop>;

/** Why the repair loop ended without a proven candidate. */
export const ExhaustionReason = z.enum([
  'attempts', 'repeated-findings', 'oscillating-tree', 'growing-diff', 'empty-change', 'cost', 'tokens', 'wall',
  'agent-failed', 'capture-refused', 'gate-denied', 'checks-errored', 'no-checks', 'human-denied', 'order-expired',
  'not-verified', 'bundle-refused', 'approval-gone', 'wait-expired', 'stale-evidence',
]);
export type ExhaustionReason = z.infer<typeof ExhaustionReason>;

/** Why a request was not admitted. Each has words for the person and a next step in `admission/words.ts`. */
export const DeclineCode = z.enum([
  'from-fork', 'actor-is-bot', 'actor-may-not-write', 'rerunner-may-not-write', 'permission-unknown', 'not-approved',
  'approver-may-not-write', 'edited-after-approval', 'edit-time-unknown', 'ticket-closed', 'ticket-empty', 'already-running',
  'change-open', 'too-many-open-changes', 'label-not-ours', 'command-not-ours', 'sandbox-too-weak', 'no-checks', 'hidden-content', 'near-duplicate',
  'command-not-allowed', 'command-misread', 'command-done', 'nothing-to-do', 'requester-not-allowed', 'own-approval',
  'too-few-approvals', 'approval-expired', 'approval-used', 'bot-loop', 'private-to-public', 'cannot-wait',
  'over-budget', 'too-many-failures', 'ledger-away',
  'not-ready', 'directive-invalid', 'routed-elsewhere', 'unroutable',
]);
export type DeclineCode = z.infer<typeof DeclineCode>;
