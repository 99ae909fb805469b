import { rm } from 'node:fs/promises';
import { RunId, type Instant } from '../../domain/ids.js';
import { mayBeginWork, type RunRequest } from '../../domain/request.js';
import { keepRefused } from '../../flow/ledger/keep-refused.js';
import type { Redactor } from '../../ports/redactor.js';
import { systemClock, systemIds } from '../clock.js';
import type { Invocation } from '../invocation.js';
import { createLedger } from '../ledgers.js';
import { scratchOf, type PrepareInput } from '../prepare.js';
import type { Progress } from '../progress.js';
import type { Surroundings } from '../surroundings.js';

interface TurnedAway extends Pick<Surroundings, 'forge' | 'now'> {
  readonly invocation: Invocation;
  readonly progress: Progress;
  readonly phase: PrepareInput['phase'];
  readonly redactor: Redactor;
  readonly request: RunRequest | undefined;
}

/** Tells the ledger that this job was turned away. Only of what would have begun work; a ledger that is away is said, and nothing more. */
export async function recordRefusal({ request, now, invocation, forge, phase, progress, redactor }: TurnedAway, claim: { readonly run: RunId; readonly expiresAt: Instant }): Promise<void> {
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
