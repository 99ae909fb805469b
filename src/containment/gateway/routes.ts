import type { ModelApi } from '../../ports/model-gateway.js';

/** What a request asks for: a model's answer, or a count that costs nothing. */
export type RouteKind = 'generate' | 'count';

export interface Route {
  readonly kind: RouteKind;
  /** The path below the API's root, as the provider's reference spells it, and the query that is passed on. */
  readonly path: string;
  readonly query: '' | '?beta=true' | '?alt=sse';
  /** Where the model and the manner are part of the path and not of the body (gemini). */
  readonly inPath?: { readonly model: string; readonly stream: boolean };
}

const ROUTES: Record<Exclude<ModelApi, 'gemini'>, Readonly<Record<string, RouteKind>>> = {
  'anthropic-messages': { '/v1/messages': 'generate', '/v1/messages/count_tokens': 'count' },
  'openai-chat': { '/v1/chat/completions': 'generate' },
  'openai-responses': { '/v1/responses': 'generate' },
};

/**
 * The route of a request target, or undefined. The target is compared as it was sent, byte for byte: no decoding, no
 * dot segments, no absolute form, no second slash ever become one of the listed paths. Files, batches, administration
 * and everything else of a provider stays unreachable.
 */
export function routeOf(api: ModelApi, method: string | undefined, target: string | undefined): Route | undefined {
  if (method !== 'POST' || target === undefined) return undefined;
  if (api === 'gemini') return geminiRoute(target);
  const query = target.endsWith('?beta=true') ? '?beta=true' : '';
  const path = target.slice(0, target.length - query.length);
  const routes = ROUTES[api];
  const kind = Object.hasOwn(routes, path) ? routes[path] : undefined;
  return kind === undefined ? undefined : { kind, path, query };
}

const GEMINI_PATH = /^\/v1beta\/models\/([A-Za-z0-9][\w.-]{0,199}):(streamGenerateContent|generateContent|countTokens)$/;

/**
 * The model stands in the path, in characters that need no decoding. Of the query `alt=sse` is read, which a stream must
 * ask for (the other form is one JSON array, which cannot be metered event by event), and `key`, which is never passed on.
 */
function geminiRoute(target: string): Route | undefined {
  const mark = target.indexOf('?');
  const [, model, verb] = GEMINI_PATH.exec(mark < 0 ? target : target.slice(0, mark)) ?? [];
  if (model === undefined || verb === undefined) return undefined;
  const query = mark < 0 ? [] : target.slice(mark + 1).split('&');
  const rest = query.filter((part) => !part.startsWith('key='));
  const stream = verb === 'streamGenerateContent';
  if (query.length - rest.length > 1 || rest.length !== (stream ? 1 : 0) || (stream && rest[0] !== 'alt=sse')) return undefined;
  return {
    kind: verb === 'countTokens' ? 'count' : 'generate', path: `/v1beta/models/${model}:${verb}`, query: stream ? '?alt=sse' : '', inPath: { model, stream },
  };
}

/** The `key` of a query, which the clients of one API may use for their credential. */
export function queryKey(target: string | undefined): string | undefined {
  const mark = target?.indexOf('?') ?? -1;
  if (target === undefined || mark < 0) return undefined;
  return target.slice(mark + 1).split('&').find((part) => part.startsWith('key='))?.slice('key='.length);
}

const VERSION_OF: Record<ModelApi, string> = { 'anthropic-messages': '/v1', 'openai-chat': '/v1', 'openai-responses': '/v1', gemini: '/v1beta' };

/**
 * The address of a route under the configured base URL. A base with no path, or one that ends in the API's version, gets
 * the path as the provider's reference spells it. Any other path of an OpenAI-style base already stands for the API's
 * root, as those clients understand it (`https://host/some/openai` + `/chat/completions`). Queries of the base are kept:
 * private routes name a version there.
 */
export function upstreamUrl(baseUrl: string, api: ModelApi, route: Route): URL {
  const base = new URL(baseUrl);
  const root = base.pathname.replace(/\/$/, '');
  const version = VERSION_OF[api];
  const ownRoot = root.endsWith(version) || (api.startsWith('openai') && root !== '');
  base.pathname = root + (ownRoot ? route.path.slice(version.length) : route.path);
  const query = [base.search.slice(1), route.query.slice(1)].filter((part) => part !== '').join('&');
  base.search = query;
  base.hash = '';
  return base;
}
