import { durationMs } from '../config/duration.js';
import type { Fault } from '../domain/fault.js';
import type { Instant } from '../domain/ids.js';
import type { Order } from '../domain/order.js';
import { ok, type Result } from '../kit/result.js';
import type { Context } from './context.js';
import { instantAfter } from './instant-after.js';

/**
 * An approval is good for one delivered change. Each act that can be met again (a label put on, a comment) is claimed by its mark
 * right before the delivery, by a create-only claim that is never given back after it. Answers the words of the refusal, where
 * another run was faster. Repeating it for the same run changes nothing.
 */
export async function useApprovals({ ports, settings, signal }: Context, order: Order): Promise<Result<string | undefined, Fault>> {
  for (const act of order.approval?.acts ?? []) {
    if (act.mark === undefined) continue;
    const claimed = await ports.claims.claim(approvalClaim(act.mark), { run: order.run, holder: `approval/${order.run}`, expiresAt: endOf(act.at, settings.config.admission.approval.valid_for) }, ports.clock.now(), signal);
    if (!claimed.ok) return claimed;
    if (claimed.value.kind === 'held') return ok(`The approval of ${act.by.login} was used by run ${claimed.value.by.run} already; each is good for one change.`);
  }
  return ok(undefined);
}

/** A run that ended without a change has used nothing. */
export async function giveApprovalsBack({ ports, signal }: Context, order: Order): Promise<void> {
  for (const act of order.approval?.acts ?? []) if (act.mark !== undefined) await ports.claims.release(approvalClaim(act.mark), order.run, signal);
}

export function approvalClaim(mark: string): string {
  return `approval-${mark.slice('sha256:'.length, 'sha256:'.length + 32)}`;
}

/** When the approval is too old by itself, nothing needs to remember it. */
function endOf(at: Instant, validFor: string): Instant {
  return instantAfter(at, durationMs(validFor) + 86_400_000);
}
