import { NO_UNITS, Booking, type Units } from '../../domain/booking.js';
import { durationMs } from '../../config/duration.js';
import type { Limits } from '../../domain/limits.js';
import type { Instant } from '../../domain/ids.js';
import type { RunRequest } from '../../domain/request.js';
import type { Clock } from '../../ports/clock.js';
import type { Context } from '../context.js';
import { instantAfter } from '../instant-after.js';
import type { RunSettings } from '../run-ports.js';
import type { Trail } from '../trail.js';

/** What a row says of a run that has not begun: also of one that never will, and has no ports of its own. */
interface About {
  readonly settings: Pick<RunSettings, 'repository' | 'config' | 'holder'>;
  readonly trail: Pick<Trail, 'run' | 'events'>;
  readonly ports: { readonly clock: Clock };
}

/** The row of this run as it is before anything is known of it but who asked for what. */
export function newRow({ settings, trail, ports }: About, request: RunRequest): Booking {
  const now = ports.clock.now();
  return {
    version: 1, run: trail.run, ticket: request.ticket, repository: settings.repository, target: settings.config.workdir, at: trail.events[0]?.at ?? now, changedAt: now,
    requestedBy: request.actor, labels: [], owners: [], holder: settings.holder.slice(0, 500), agent: settings.config.agent.id, state: 'running', reserved: NO_UNITS, spent: NO_UNITS,
    expiresAt: now, scope: [],
  };
}

/** What a run may take by its limits, as budgets count it. */
export function wantedUnits(limits: Limits): Units {
  return { cost: limits.costMicroUsdMax, tokens: limits.tokensMax, minutes: Math.ceil(limits.runWallMsMax / 60_000) };
}

/** The limits that a run gets when budgets leave it less than it wants. */
export function limitsWithin(limits: Limits, room: Units): Limits {
  return {
    ...limits, costMicroUsdMax: room.cost < limits.costMicroUsdMax ? room.cost : limits.costMicroUsdMax, tokensMax: Math.max(1, Math.min(limits.tokensMax, room.tokens)),
    runWallMsMax: Math.max(60_000, Math.min(limits.runWallMsMax, room.minutes * 60_000)),
  };
}

/** How long a reservation stands when the run never comes back: as long as it may work, and as a claim stands after it. */
export function reservedUntil({ settings }: Context, now: Instant, limits: Limits): Instant {
  return instantAfter(now, limits.runWallMsMax + durationMs(settings.config.admission.claim_time));
}
