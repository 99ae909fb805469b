import type { Fault } from '../../../../domain/fault.js';

/** A fault of getting an agent's program. Setup's unless said otherwise: a person must mend a setting, a runner or a cache. */
export function supplyFault(code: Fault['code'], message: string, over: Partial<Pick<Fault, 'side' | 'retryable'>> = {}): Fault {
  return { code, side: 'setup', retryable: false, source: 'agent/supply', message: message.slice(0, 4000), ...over };
}
