import { rm } from 'node:fs/promises';
import { RunId, type Instant } from '../../domain/ids.js';
import { mayBeginWork } from '../../domain/request.js';
import { keepRefused } from '../../flow/ledger/keep-refused.js';
import { systemClock, systemIds } from '../clock.js';
import { createLedger } from '../ledgers.js';
import { scratchOf } from '../prepare.js';
import type { GoOn } from './go-on-waiting.js';

/** Tells the ledger that this job was turned away. Only of what would have begun work; a ledger that is away is said, and nothing more. */
export async function recordRefusal({ request, now, invocation, forge, phase, progress, redactor }: GoOn, claim: { readonly run: RunId; readonly expiresAt: Instant }): Promise<void> {
  if (request === undefined || !mayBeginWork(request.trigger)) return;
  const run = RunId.parse(systemIds.hex(8));
  const { config } = now.loaded;
  try {
    const ledger = await createLedger({ config: config.ledger, invocation, forge, phase, scratch: scratchOf(run) });
    if (!ledger.ok || ledger.value === undefined) return;
    const settings = { repository: forge.repository, config, holder: invocation.host.facts.runKey };
    const kept = await keepRefused(ledger.value, { run, request, settings, claim, clock: systemClock, redact: (text) => redactor.text(text) });
    if (!kept.ok) progress.say(`The ledger does not say that this job was turned away: ${kept.error.message}`);
  } finally {
    await rm(scratchOf(run), { recursive: true, force: true, maxRetries: 3 }).catch(() => undefined);
  }
}
