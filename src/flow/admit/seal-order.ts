import { branchFor } from '../../admission/branch.js';
import type { ApprovalAct } from '../../admission/approval.js';
import { sealOrder } from '../../admission/order.js';
import { digestOfJson } from '../../domain/digest.js';
import type { Actor } from '../../domain/actor.js';
import type { OrderFields } from '../../domain/order.js';
import type { Fault } from '../../domain/fault.js';
import { ok, type Result } from '../../kit/result.js';
import type { Context } from '../context.js';
import { instantAfter } from '../instant-after.js';
import type { Booked } from './book.js';

/** An order outlives a wait for a person over a long weekend, and no longer. */
export const ORDER_VALID_MS = 4 * 24 * 3_600_000;

/** Last stage: the order, bound to all that was judged, and the fact that it was given. */
export async function sealAdmission({ ports, settings, trail }: Context, admitted: Booked): Promise<Result<void, Fault>> {
  const { state: { latest: request, request: asked }, snapshot, verdict, facts: { approved, digest: approvalDigest } } = admitted;
  const now = ports.clock.now();
  const { order, digest } = sealOrder({
    version: 1, run: trail.run, ticket: request.ticket, snapshot: snapshot.digest, repository: settings.repository, base: settings.base,
    policy: settings.policyDigest, limits: admitted.limits, ...(digestOfJson(admitted.limits) === digestOfJson(settings.limits) ? {} : { approvedLimits: settings.limits }), agent: { id: settings.config.agent.id, model: settings.config.agent.model },
    minRung: settings.config.sandbox.min_rung, ...(admitted.placing.assignment === undefined ? {} : { assignment: admitted.placing.assignment }), branch: branchFor(request.ticket, trail.run), requestedBy: asked.actor,
    approvedBy: [...approversOf(approved.standing)], ...(approvalDigest === undefined ? {} : { approval: { digest: approvalDigest, acts: approved.standing.map(actOf) } }), nonce: ports.ids.hex(16), admittedAt: now, expiresAt: instantAfter(now, ORDER_VALID_MS),
  });
  await ports.evidence.writeJson('order.json', order);
  await trail.append({ type: 'admitted', order, orderDigest: digest, snapshot, verdict });
  return ok(undefined);
}

function approversOf(acts: readonly ApprovalAct[]): readonly Actor[] {
  return acts.filter((act, index) => acts.findIndex((other) => other.by.id === act.by.id) === index).map((act) => act.by);
}

function actOf({ way, by, at, mark }: ApprovalAct): NonNullable<OrderFields['approval']>['acts'][number] {
  return { way, by, at, ...(mark === undefined ? {} : { mark }) };
}
