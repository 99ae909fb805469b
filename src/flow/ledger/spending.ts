import { NO_UNITS, type Units } from '../../domain/booking.js';
import type { Instant } from '../../domain/ids.js';
import { addMicroUsd } from '../../domain/money.js';
import { addUsage, NO_USAGE, type ModelUsage } from '../../domain/usage.js';
import type { RunEvent } from '../event.js';

/**
 * What a run has used up to now, from its trail alone: model calls as the gateway counted them, and the minutes since the order,
 * waits left out. In the split the deliver job knows of the calls what the work job says.
 */
export function spendingOf(events: readonly RunEvent[], now: Instant): Units {
  const usage = events.reduce((sum, { fact }) => addUsage(sum, usageIn(fact)), NO_USAGE);
  const cost = addMicroUsd(usage.cost);
  const tokens = usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens + usage.outputTokens;
  const admitted = events.find(({ fact }) => fact.type === 'admitted');
  if (admitted === undefined) return { ...NO_UNITS, cost, tokens };
  const waited = events.reduce((sum, { fact }) => sum + (fact.type === 'resumed' ? fact.waitedMs : 0), 0);
  // Started minutes count, and time that went backwards is none.
  return { cost, tokens, minutes: Math.max(1, Math.ceil((Date.parse(now) - Date.parse(admitted.at) - waited) / 60_000)) };
}

function usageIn(fact: RunEvent['fact']): ModelUsage {
  switch (fact.type) {
    case 'agent-reported': return fact.usage;
    case 'bundle-received': return fact.reported.usage;
    case 'readiness-scored': return fact.opinion?.usage ?? NO_USAGE;
    default: return NO_USAGE;
  }
}
