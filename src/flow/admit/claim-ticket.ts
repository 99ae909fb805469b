import { claimName } from '../../admission/claim-name.js';
import { declineFacts } from '../../admission/words.js';
import { durationMs } from '../../config/duration.js';
import type { VerdictNode } from '../../domain/verdict.js';
import { ok } from '../../kit/result.js';
import type { Context } from '../context.js';
import { instantAfter } from '../instant-after.js';
import type { Judged } from './judge-request.js';
import { denied, on, type Staged } from './stage.js';

/** From here on no other run may work on this ticket. */
export async function claimTicket({ ports, settings, trail, signal }: Context, judged: Judged): Promise<Staged<Judged>> {
  if (settings.dryRun) return on(judged);
  const now = ports.clock.now();
  const expiresAt = instantAfter(now, durationMs(settings.config.admission.claim_time));
  const claimed = await ports.claims.claim(claimName(judged.state.latest.ticket), { run: trail.run, holder: settings.holder, expiresAt }, now, signal);
  // Admission of the split may hold a token that can only read: then deliver claims, before it writes.
  if (!claimed.ok) return settings.phase === 'admit' && claimed.error.code === 'forbidden' ? on(judged) : claimed;
  if (claimed.value.kind === 'taken') return on(judged);
  const { by } = claimed.value;
  const node: VerdictNode = { rule: 'claim', effect: 'deny', words: `Run ${by.run} works on this ticket; its claim ends at ${by.expiresAt}.`, values: { run: by.run, holder: by.holder, until: by.expiresAt } };
  return ok({ kind: 'decline', code: 'already-running', verdict: denied(judged.verdict, node), known: { ...declineFacts(judged.facts), claim: { run: by.run, expiresAt: by.expiresAt } } });
}
