import { claimName } from '../admission/claim-name.js';
import type { TicketRef } from '../domain/ticket.js';
import type { Context } from './context.js';

/** Gives the claim on the ticket back. Answers what went wrong, in words: the next run of the ticket must then wait for the claim's end. */
export async function giveBack(context: Context, ticket: TicketRef): Promise<string | undefined> {
  const { ports, trail, settings } = context;
  // In the split work and verify have no forge to claim anything at.
  if (settings.dryRun || settings.phase === 'work' || settings.phase === 'verify') return undefined;
  const released = await ports.claims.release(claimName(ticket), trail.run);
  if (released.ok || (settings.phase === 'admit' && released.error.code === 'forbidden')) return undefined;
  return `The claim on the ticket could not be given back; another run must wait until it ends by itself (admission.claim_time, ${settings.config.admission.claim_time}): ${released.error.message}`;
}
