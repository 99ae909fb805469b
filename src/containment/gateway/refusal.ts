import type { ModelApi } from '../../ports/model-gateway.js';

/** Why the gateway itself did not answer with a model's words. */
export interface Refusal {
  readonly status: number;
  /** Short and stable: it goes into the record of the call. */
  readonly code: string;
  /** For whoever reads the agent's log: what was refused and what would be allowed. */
  readonly message: string;
}

export function refusal(status: number, code: string, message: string): Refusal {
  return { status, code, message };
}

const ANTHROPIC_TYPES: Readonly<Record<number, string>> = {
  400: 'invalid_request_error', 401: 'authentication_error', 403: 'permission_error', 404: 'not_found_error',
  413: 'request_too_large', 429: 'rate_limit_error',
};

const GEMINI_STATUS: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT', 401: 'UNAUTHENTICATED', 403: 'PERMISSION_DENIED', 404: 'NOT_FOUND', 413: 'INVALID_ARGUMENT', 429: 'RESOURCE_EXHAUSTED', 502: 'UNAVAILABLE',
};

/** The error body in the provider's own shape, so that a client understands it and stops instead of trying again. */
export function errorBody(api: ModelApi, refused: Refusal): string {
  const message = `heddle gateway: ${refused.message}`;
  if (api === 'anthropic-messages') {
    return JSON.stringify({ type: 'error', error: { type: ANTHROPIC_TYPES[refused.status] ?? 'api_error', message } });
  }
  if (api === 'gemini') return JSON.stringify({ error: { code: refused.status, message, status: GEMINI_STATUS[refused.status] ?? 'INTERNAL' } });
  const type = refused.status >= 500 ? 'server_error' : 'invalid_request_error';
  return JSON.stringify({ error: { message, type, param: null, code: refused.code } });
}

/** The last event of a stream that the gateway ends itself. */
export function errorEvent(api: ModelApi, refused: Refusal): string {
  if (api === 'openai-responses') {
    const response = { object: 'response', status: 'failed', error: { code: refused.code, message: `heddle gateway: ${refused.message}` }, output: [] };
    return `event: response.failed\ndata: ${JSON.stringify({ type: 'response.failed', response })}\n\n`;
  }
  const name = api === 'anthropic-messages' ? 'event: error\n' : '';
  return `${name}data: ${errorBody(api, refused)}\n\n`;
}

/**
 * Headers of every refusal. `x-should-retry: false` is what the vendors' client libraries look at before they try
 * again; the connection is closed because the rest of the request may still be on its way.
 */
export function refusalHeaders(body: string): Record<string, string> {
  return {
    'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)), connection: 'close', 'x-should-retry': 'false',
  };
}
