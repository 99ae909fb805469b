import type { Fault, FaultCode } from '../../domain/fault.js';

export const GATEWAY_SOURCE = 'containment/gateway';

interface Meaning { readonly code: FaultCode; readonly side: Fault['side']; readonly retryable: boolean; readonly next: string }

const BY_STATUS: Readonly<Record<number, Meaning>> = {
  400: { code: 'rejected', side: 'setup', retryable: false, next: 'Check `agent.model` and `model.api`; the agent may use a feature that this provider does not have, or the account has no credit.' },
  401: { code: 'unauthorized', side: 'setup', retryable: false, next: 'Check that the model key is set and belongs to this provider.' },
  402: { code: 'forbidden', side: 'setup', retryable: false, next: 'The account at the provider has no credit.' },
  403: { code: 'forbidden', side: 'setup', retryable: false, next: 'Check that the key may use the model named in `agent.model`.' },
  404: { code: 'not-found', side: 'setup', retryable: false, next: 'Check `agent.model`, `model.api` and `model.base_url`.' },
  408: { code: 'timed-out', side: 'theirs', retryable: true, next: 'Run again later.' },
  429: { code: 'rate-limited', side: 'theirs', retryable: true, next: 'Run again later, or raise the limit of the account.' },
};

/** What an answer with an error status says about the provider; the body is foreign text and is left out. */
export function faultOfStatus(status: number, host: string, retryAfterMs?: number): Fault {
  const meaning = BY_STATUS[status] ?? (status >= 500
    ? { code: 'service-error' as const, side: 'theirs' as const, retryable: true, next: 'Run again later.' }
    : { code: 'rejected' as const, side: 'setup' as const, retryable: false, next: 'Check `agent.model`, `model.api` and `model.base_url`.' });
  return {
    code: meaning.code, side: meaning.side, retryable: meaning.retryable, source: GATEWAY_SOURCE,
    message: `The model provider at ${host} answered with status ${status}. ${meaning.next}`,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  };
}

export function gatewayFault(code: FaultCode, side: Fault['side'], message: string): Fault {
  const retryable = side === 'theirs' && code !== 'invalid-answer';
  return { code, side, retryable, source: GATEWAY_SOURCE, message };
}
