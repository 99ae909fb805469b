import type { Configuration } from '../../config/configuration.js';
import { PLAN_BYTES_MAX, planText } from '../../flow/plan-document.js';
import type { Trail } from '../../flow/trail.js';
import { err, ok, type Result } from '../../kit/result.js';
import type { Evidence } from '../../ports/evidence.js';
import { usageProblem, type Problem } from '../problem.js';

/** What admit hands over. `text` is the content of `plan.json`, without a line feed. */
export interface LeftPlan { readonly text: string; readonly digest: string; readonly base: string }

/** Writes `plan.json` once a ticket was admitted; nothing when it was not. */
export async function leavePlan(trail: Trail, parts: { readonly evidence: Evidence; readonly config: Configuration }): Promise<Result<LeftPlan | undefined, Problem>> {
  if (trail.state.kind !== 'admitted') return ok(undefined);
  const { text, digest } = planText(trail.events, parts.config);
  if (Buffer.byteLength(text) > PLAN_BYTES_MAX) {
    return err(usageProblem(`The plan of this ticket is larger than ${PLAN_BYTES_MAX} bytes, more than one job can hand to another. Shorten the ticket, or set limits.ticket_chars (now ${parts.config.limits.ticket_chars}) to 30000.`));
  }
  await parts.evidence.writeBytes('plan.json', Buffer.from(text));
  return ok({ text, digest, base: trail.state.order.base.commit });
}
