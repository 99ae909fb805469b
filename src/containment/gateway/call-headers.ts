import type { IncomingHttpHeaders } from 'node:http';
import type { ModelApi } from '../../ports/model-gateway.js';

/**
 * Of the client's headers two may change what the provider does, and both are harmless: the version of the API and the
 * names of beta features. Everything else is dropped: credentials, forwarding, hop-by-hop, accounts, and what tells the
 * provider about this machine. Betas that reach outside of the request, or cost more, are taken out of the list.
 */
const REFUSED_BETAS = ['mcp-', 'files-', 'code-execution', 'web-', 'skills', 'fast-mode', 'computer-use', 'advisor', 'compact', 'message-batches', 'managed-agents'];

export function clientHeaders(api: ModelApi, headers: IncomingHttpHeaders): Record<string, string> {
  if (api !== 'anthropic-messages') return {};
  const version = headers['anthropic-version'];
  const betas = String(headers['anthropic-beta'] ?? '').slice(0, 4000).split(',').map((beta) => beta.trim())
    .filter((beta) => /^[a-z0-9][a-z0-9-]{0,99}$/.test(beta) && !REFUSED_BETAS.some((prefix) => beta.startsWith(prefix)));
  return {
    'anthropic-version': typeof version === 'string' && /^[0-9-]{1,20}$/.test(version) ? version : '2023-06-01',
    ...(betas.length > 0 && { 'anthropic-beta': betas.join(',') }),
  };
}

const ANSWER_HEADERS = new Set(['content-type', 'retry-after', 'retry-after-ms', 'request-id', 'x-request-id', 'x-should-retry']);
const ANSWER_FAMILIES = ['anthropic-ratelimit-', 'x-ratelimit-'];

/** Of the provider's headers the client gets those that steer it. No cookies, no redirects, no upgrades. */
export function answerHeaders(headers: IncomingHttpHeaders, redact: (text: string) => string): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).flatMap(([name, value]) => (
    typeof value === 'string' && (ANSWER_HEADERS.has(name) || ANSWER_FAMILIES.some((family) => name.startsWith(family)))
      ? [[name, redact(value).slice(0, 1000)]]
      : [])));
}
