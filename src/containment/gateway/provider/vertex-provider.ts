import { ok } from '../../../kit/result.js';
import type { ModelApi } from '../../../ports/model-gateway.js';
import type { OutboundCall } from '../model-source.js';
import type { CredentialDeps } from './aws-credentials.js';
import { googleToken } from './google-credentials.js';
import type { ProviderAuth } from './provider-auth.js';
import type { Outgoing, Provider } from './provider.js';

export interface VertexOptions {
  readonly auth: Extract<ProviderAuth, { kind: 'vertex' }>;
  readonly api: Extract<ModelApi, 'anthropic-messages' | 'gemini'>;
  /** A private endpoint instead of the location's public one. */
  readonly baseUrl: string | undefined;
  readonly deps: CredentialDeps;
}

/** Anthropic's and Google's models on Vertex AI: the formats are those of their makers, paths and credentials the cloud's. */
export function vertexProvider({ auth, api, baseUrl, deps }: VertexOptions): Provider {
  const base = new URL(baseUrl ?? `https://${auth.location === 'global' ? '' : `${auth.location}-`}aiplatform.googleapis.com`);
  const token = googleToken(auth.credentials, deps);
  return {
    host: base.host, counts: api === 'gemini',
    async prepare(call) {
      const got = await token();
      if (!got.ok) return got;
      const request = api === 'gemini' ? gemini(base, auth, call) : anthropic(base, auth, call);
      return ok({ ...request, headers: { ...request.headers, authorization: `Bearer ${got.value}` } });
    },
  };
}

function place(base: URL, { project, location }: VertexOptions['auth'], rest: string): URL {
  const url = new URL(base);
  url.pathname = `${base.pathname.replace(/\/$/, '')}/v1/projects/${encodeURIComponent(project)}/locations/${encodeURIComponent(location)}/publishers/${rest}`;
  return url;
}

function gemini(base: URL, auth: VertexOptions['auth'], call: OutboundCall): Outgoing {
  const verb = call.route.path.slice(call.route.path.lastIndexOf(':'));
  const url = place(base, auth, `google/models/${encodeURIComponent(auth.modelId ?? call.vetted.model)}${verb}`);
  url.search = call.route.query;
  return { url, headers: {}, body: call.body };
}

function anthropic(base: URL, auth: VertexOptions['auth'], call: OutboundCall): Outgoing {
  const verb = call.vetted.stream ? 'streamRawPredict' : 'rawPredict';
  const { 'anthropic-beta': betas } = call.headers;
  const fields = Object.entries(JSON.parse(call.body.toString('utf8')) as Record<string, unknown>).filter(([name]) => name !== 'model');
  return {
    url: place(base, auth, `anthropic/models/${encodeURIComponent(auth.modelId ?? call.vetted.model)}:${verb}`),
    headers: betas === undefined ? {} : { 'anthropic-beta': betas },
    body: Buffer.from(JSON.stringify({ ...Object.fromEntries(fields), anthropic_version: 'vertex-2023-10-16' })),
  };
}
