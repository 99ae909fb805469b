import type { ModelApi } from '../../ports/model-gateway.js';

/** What a request asks for: a model's answer, or a count that costs nothing. */
export type RouteKind = 'generate' | 'count';

export interface Route {
  readonly kind: RouteKind;
  /** The path below the API's root, as the provider's reference spells it, and the query that is passed on. */
  readonly path: string;
  readonly query: '' | '?beta=true';
}

const ROUTES: Record<ModelApi, Readonly<Record<string, RouteKind>>> = {
  'anthropic-messages': { '/v1/messages': 'generate', '/v1/messages/count_tokens': 'count' },
  'openai-chat': { '/v1/chat/completions': 'generate' },
  'openai-responses': { '/v1/responses': 'generate' },
  gemini: {},
};

/**
 * The route of a request target, or undefined. The target is compared as it was sent, byte for byte: no decoding, no
 * dot segments, no absolute form, no second slash ever become one of the listed paths. Files, batches, administration
 * and everything else of a provider stays unreachable.
 */
export function routeOf(api: ModelApi, method: string | undefined, target: string | undefined): Route | undefined {
  if (method !== 'POST' || target === undefined) return undefined;
  const query = target.endsWith('?beta=true') ? '?beta=true' : '';
  const path = target.slice(0, target.length - query.length);
  const routes = ROUTES[api];
  const kind = Object.hasOwn(routes, path) ? routes[path] : undefined;
  return kind === undefined ? undefined : { kind, path, query };
}

/**
 * The address of a route under the configured base URL. A base with no path, or one that ends in `/v1`, gets the path as
 * the provider's reference spells it. Any other path of an OpenAI-style base already stands for the API's root, as those
 * clients understand it (`https://host/some/openai` + `/chat/completions`).
 */
export function upstreamUrl(baseUrl: string, api: ModelApi, route: Route): URL {
  const base = new URL(baseUrl);
  const root = base.pathname.replace(/\/$/, '');
  const ownRoot = root.endsWith('/v1') || (api !== 'anthropic-messages' && root !== '');
  base.pathname = root + (ownRoot ? route.path.slice('/v1'.length) : route.path);
  base.search = route.query;
  base.hash = '';
  return base;
}
