import { claimName } from '../../admission/claim-name.js';
import { durationMs } from '../../config/duration.js';
import type { Fault } from '../../domain/fault.js';
import { Instant, RunId } from '../../domain/ids.js';
import { err, ok, type Result } from '../../kit/result.js';
import { bestOf } from '../best-of.js';
import type { Ending } from '../command.js';
import type { Context } from '../context.js';
import type { RunState } from '../state.js';

/**
 * One delivery for a plan, whoever comes twice. In the split the ticket is claimed here and not at admission, whose token cannot
 * write. Two claims: the ticket's, against other runs of it, and the plan's, which is never given back: it belongs to the digest
 * of ONE bundle, so that the same delivery may be repeated after a crash and another bundle for the same plan never gets in.
 */
export async function claimDelivery({ ports, settings, trail, signal }: Context, state: Extract<RunState, { kind: 'sealed' }>): Promise<Result<Ending | undefined, Fault>> {
  const received = trail.events.map((event) => event.fact).find((fact) => fact.type === 'bundle-received');
  if (received?.type !== 'bundle-received') throw new Error('a delivery without a received bundle was about to be claimed');
  const { order, orderDigest } = state;
  const now = ports.clock.now();
  const hex = (digest: string): string => digest.slice('sha256:'.length);
  const bundle = RunId.parse(hex(received.manifest).slice(0, 40));
  const plan = await ports.claims.claim(`plan-${hex(orderDigest).slice(0, 32)}`, { run: bundle, holder: `bundle/${hex(received.manifest)}`, expiresAt: order.expiresAt }, now, signal);
  if (!plan.ok) return plan;
  if (plan.value.kind === 'held') {
    return ok({ type: 'exhausted', reason: 'bundle-refused', words: 'plan-replayed: another bundle was delivered for this very plan.', refusal: { code: 'plan-replayed', message: 'another bundle was delivered for this very plan' }, ...bestOf(state) });
  }
  const until = Instant.parse(new Date(Date.parse(now) + durationMs(settings.config.admission.claim_time)).toISOString());
  const ticket = await ports.claims.claim(claimName(order.ticket), { run: order.run, holder: settings.holder, expiresAt: until }, now, signal);
  if (!ticket.ok) return ticket;
  if (ticket.value.kind === 'taken') return ok(undefined);
  const { by } = ticket.value;
  return err({ code: 'conflict', side: 'theirs', retryable: true, source: 'flow', message: `Run ${by.run} works on this ticket; its claim ends at ${by.expiresAt}. Run the deliver job again after that run has ended.` });
}
