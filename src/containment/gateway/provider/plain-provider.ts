import { ok } from '../../../kit/result.js';
import type { ModelApi } from '../../../ports/model-gateway.js';
import type { OutboundCall } from '../model-source.js';
import { upstreamUrl } from '../routes.js';
import type { Provider } from './provider.js';

const KEY_HEADER: Record<ModelApi, { readonly name: string; readonly scheme: '' | 'Bearer ' }> = {
  'anthropic-messages': { name: 'x-api-key', scheme: '' }, 'openai-chat': { name: 'authorization', scheme: 'Bearer ' },
  'openai-responses': { name: 'authorization', scheme: 'Bearer ' }, gemini: { name: 'x-goog-api-key', scheme: '' },
};

export interface PlainProviderOptions {
  readonly baseUrl: string;
  readonly api: ModelApi;
  readonly key: string | undefined;
  readonly kind: 'key' | 'bearer';
}

/** A provider, or a private route to one, that speaks the wire format as its reference says. */
export function plainProvider({ baseUrl, api, key, kind }: PlainProviderOptions): Provider {
  const { name, scheme } = kind === 'bearer' ? { name: 'authorization', scheme: 'Bearer ' } : KEY_HEADER[api];
  const auth: Record<string, string> = key === undefined ? {} : { [name]: `${scheme}${key}` };
  return {
    host: new URL(baseUrl).host, counts: true,
    prepare: (call) => Promise.resolve(ok({ url: upstreamUrl(baseUrl, api, call.route), headers: { ...call.headers, ...auth }, body: call.body })),
  };
}

export interface AzureProviderOptions {
  readonly baseUrl: string;
  readonly api: ModelApi;
  readonly key: string | undefined;
  readonly apiVersion: string | undefined;
  readonly deployment: string | undefined;
}

/**
 * Models of Azure. With `apiVersion` the dated paths are used, in which a chat names its deployment in the path; without it
 * the version 1 paths, where the deployment is the `model` of the body. A base with a path stands for the API's root.
 */
export function azureProvider({ baseUrl, api, key, apiVersion, deployment }: AzureProviderOptions): Provider {
  const auth: Record<string, string> = key === undefined ? {} : { 'api-key': key };
  return {
    host: new URL(baseUrl).host, counts: api === 'anthropic-messages',
    prepare: (call) => Promise.resolve(ok({
      url: azureUrl(baseUrl, api, { call, apiVersion, deployment }), headers: { ...call.headers, ...auth },
      body: deployment === undefined ? call.body : Buffer.from(JSON.stringify({ ...(JSON.parse(call.body.toString('utf8')) as object), model: deployment })),
    })),
  };
}

function azureUrl(baseUrl: string, api: ModelApi, { call, apiVersion, deployment }: { readonly call: OutboundCall; readonly apiVersion: string | undefined; readonly deployment: string | undefined }): URL {
  const url = new URL(baseUrl);
  const given = url.pathname.replace(/\/$/, '');
  if (api === 'anthropic-messages') {
    url.pathname = `${given === '' ? '/anthropic' : given}${call.route.path}`;
  } else {
    const root = given === '' ? '/openai' : given;
    const path = call.route.path.slice('/v1'.length);
    const version = apiVersion === undefined && !root.endsWith('/v1') ? '/v1' : '';
    const place = apiVersion !== undefined && api === 'openai-chat' ? `/deployments/${encodeURIComponent(deployment ?? call.vetted.model)}` : '';
    url.pathname = `${root}${version}${place}${path}`;
  }
  if (apiVersion !== undefined) url.searchParams.set('api-version', apiVersion);
  return url;
}
