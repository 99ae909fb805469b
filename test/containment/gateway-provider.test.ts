import { generateKeyPairSync, createVerify } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { LiveModel } from '../../src/containment/gateway/gateway-options.js';
import { crc32, FrameError, FrameReader } from '../../src/containment/gateway/provider/frame-reader.js';
import { signAws } from '../../src/containment/gateway/provider/sign-aws.js';
import type { GatewaySession, ModelApi } from '../../src/ports/model-gateway.js';
import { CLAUDE_EVENTS, chunkFrame, frame, service } from './gateway-provider-support.js';
import type { Heard } from './gateway-provider-support.js';
import { ask, Bench, json, KEY, message, MODEL } from './gateway-support.js';

const bench = new Bench();
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  await bench.close();
  for (const close of closing.splice(0)) await close();
});

const serve = async (...[answer]: Parameters<typeof service>): ReturnType<typeof service> => {
  const made = await service(answer);
  closing.push(() => made.close());
  return made;
};
const open = async (live: Omit<LiveModel, 'headers' | 'key' | 'api'> & Partial<LiveModel>, nowMs?: () => number): Promise<GatewaySession> => {
  const api: ModelApi = live.api ?? 'anthropic-messages';
  return bench.session(await bench.gateway({ kind: 'live', key: undefined, headers: {}, ...live, api }, { ...(nowMs && { nowMs }) }), { api });
};
const claude = { id: 'm', type: 'message', role: 'assistant', content: [{ type: 'text', text: 'I look.' }], stop_reason: 'end_turn', usage: { input_tokens: 1200, output_tokens: 30 } };

describe('private routes', () => {
  const chat = { choices: [{ message: { content: 'a' } }], usage: { prompt_tokens: 10, completion_tokens: 5 } };
  const routes: readonly (readonly [string, Partial<LiveModel>, string, string, Readonly<Record<string, string>>])[] = [
    ['a bearer token', { api: 'anthropic-messages', auth: { kind: 'bearer' } }, '', '/v1/messages', { authorization: `Bearer ${KEY}` }],
    ['a base with a path', { api: 'openai-chat', auth: { kind: 'key' } }, '/team/openai', '/team/openai/chat/completions', { authorization: `Bearer ${KEY}` }],
    ['a base with a query', { api: 'openai-chat' }, '/v1?tenant=a', '/v1/chat/completions?tenant=a', { authorization: `Bearer ${KEY}` }],
    ['extra headers', { api: 'openai-responses', headers: { 'X-Team': 'blue' } }, '', '/v1/responses', { authorization: `Bearer ${KEY}`, 'x-team': 'blue' }],
    ['Azure, version 1', { api: 'openai-responses', auth: { kind: 'azure', apiVersion: undefined, deployment: undefined } }, '', '/openai/v1/responses', { 'api-key': KEY }],
    ['Azure, dated', { api: 'openai-chat', auth: { kind: 'azure', apiVersion: '2024-10-21', deployment: 'my-4o' } }, '', '/openai/deployments/my-4o/chat/completions?api-version=2024-10-21', { 'api-key': KEY }],
    ['Azure, dated, by model id', { api: 'openai-chat', auth: { kind: 'azure', apiVersion: '2024-10-21', deployment: undefined } }, '', `/openai/deployments/${MODEL}/chat/completions?api-version=2024-10-21`, { 'api-key': KEY }],
    ['Azure, dated responses', { api: 'openai-responses', auth: { kind: 'azure', apiVersion: '2025-04-01-preview', deployment: 'd' } }, '', '/openai/responses?api-version=2025-04-01-preview', { 'api-key': KEY }],
    ['Azure, Anthropic', { api: 'anthropic-messages', auth: { kind: 'azure', apiVersion: undefined, deployment: undefined } }, '', '/anthropic/v1/messages', { 'api-key': KEY }],
    ['a Gemini base with its version', { api: 'gemini' }, '/google/v1beta', `/google/v1beta/models/${MODEL}:generateContent`, { 'x-goog-api-key': KEY }],
  ];
  it.each(routes)('%s', async (_name, live, base, path, headers) => {
    const upstream = await serve((_heard, response) => response.setHeader('content-type', 'application/json').end(JSON.stringify(chat)));
    const { api = 'anthropic-messages' } = live;
    const session = await open({ baseUrl: `${upstream.url}${base}`, key: KEY, ...live });
    const at = { 'anthropic-messages': '/v1/messages', 'openai-chat': '/v1/chat/completions', 'openai-responses': '/v1/responses', gemini: `/v1beta/models/${MODEL}:generateContent` }[api];
    expect((await ask(session, { path: at, body: api === 'gemini' ? { contents: [] } : message(), headers: { 'x-evil': '1', 'api-key': 'theirs', 'x-forwarded-for': '1.2.3.4' } })).status).toBe(200);
    const [heard] = upstream.heard;
    expect(heard?.url).toBe(path);
    expect(heard?.headers).toMatchObject(headers);
    for (const name of ['x-evil', 'x-forwarded-for']) expect(heard?.headers).not.toHaveProperty(name);
    const credentials = ['authorization', 'x-api-key', 'api-key', 'x-goog-api-key'].filter((name) => heard?.headers[name] !== undefined);
    expect(credentials).toHaveLength(1);
    if (live.auth?.kind === 'azure' && live.auth.deployment !== undefined) expect(JSON.parse(heard?.text ?? '')).toMatchObject({ model: live.auth.deployment });
  });

  it.each([
    [{ auth: { kind: 'bedrock', region: 'eu-west-1', modelId: undefined, credentials: { kind: 'bearer', token: 't' } }, api: 'openai-chat' }, 'anthropic-messages'],
    [{ auth: { kind: 'vertex', project: 'p', location: 'l', modelId: undefined, credentials: { kind: 'token', token: 't' } }, api: 'openai-responses' }, 'anthropic-messages or gemini'],
    [{ auth: { kind: 'azure', apiVersion: undefined, deployment: undefined }, api: 'gemini', baseUrl: 'http://127.0.0.1:1' }, 'openai-responses'], [{ auth: { kind: 'bearer' }, api: 'openai-chat' }, 'model.base_url'],
  ] as const)('refuses what does not go together before the run: %j', async (live, words) => {
    const gateway = await bench.gateway({ kind: 'live', key: KEY, headers: {}, baseUrl: undefined, ...live });
    expect(await gateway.open({ attempt: 1, model: MODEL, api: live.api, costMax: 1 as never, tokensMax: 1, callsMax: 1 })).toMatchObject({ ok: false, error: { side: 'setup', code: 'unsupported', message: expect.stringContaining(words) } });
  });
});

describe('signature version 4', () => {
  const scope = { keys: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY', sessionToken: undefined }, region: 'us-east-1', service: 'service', atMs: Date.UTC(2015, 7, 30, 12, 36, 0) };
  const empty = new Uint8Array();
  // Vectors that AWS published with the algorithm.
  it.each([
    ['get-vanilla', 'GET', 'https://example.amazonaws.com/', {}, '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31'],
    ['post-vanilla', 'POST', 'https://example.amazonaws.com/', {}, '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b'],
    ['get-vanilla-query-order-key', 'GET', 'https://example.amazonaws.com/?Param2=value2&Param1=value1', {}, 'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500'],
  ] as const)('gives the published signature of %s', (_name, method, url, headers, signature) => {
    const signed = signAws({ method, url: new URL(url), headers, body: empty }, scope);
    expect(signed['authorization']).toBe(`AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature=${signature}`);
  });

  it('gives the signature of the documented example with its own headers and service', () => {
    const signed = signAws({
      method: 'GET', url: new URL('https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08'), headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' }, body: empty,
    }, { ...scope, service: 'iam' });
    expect(signed['authorization']).toContain('Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7');
  });
});

describe('the binary event stream', () => {
  const frames = [frame({ a: 'b', ':event-type': 'chunk' }, Buffer.from('one')), frame({}, Buffer.alloc(0)), frame({ c: 'x'.repeat(300) }, Buffer.from('three'))];
  const read = (chunks: readonly Buffer[]): { readonly payloads: string[]; readonly unfinished: boolean } => {
    const reader = new FrameReader(100_000);
    return { payloads: chunks.flatMap((chunk) => [...reader.push(chunk)].map((one) => one.payload.toString())), unfinished: reader.unfinished() };
  };

  it('has the sum that everybody knows', () => expect(crc32(Buffer.from('123456789'))).toBe(0xcbf43926));

  it('is read the same however it is split', () => {
    const all = Buffer.concat(frames);
    fc.assert(fc.property(fc.array(fc.integer({ min: 1, max: all.length - 1 }), { maxLength: 20 }), (cuts) => {
      const at = [0, ...new Set(cuts), all.length].sort((a, b) => a - b);
      const chunks = at.slice(1).map((end, index) => all.subarray(at[index], end));
      expect(read(chunks)).toEqual({ payloads: ['one', '', 'three'], unfinished: false });
    }), { numRuns: 300 });
    expect(read([all.subarray(0, -1)]).unfinished).toBe(true);
  });

  it('with any flipped bit gives no changed frame', () => {
    const all = Buffer.concat(frames);
    fc.assert(fc.property(fc.nat(all.length - 1), fc.integer({ min: 0, max: 7 }), (at, bit) => {
      const bytes = Buffer.from(all);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
      const reader = new FrameReader(100_000);
      const payloads: string[] = [];
      try {
        for (const one of reader.push(bytes)) payloads.push(one.payload.toString());
      } catch (error) {
        expect(error).toBeInstanceOf(FrameError);
        expect(['one', '', 'three'].slice(0, payloads.length)).toEqual(payloads);
        return;
      }
      throw new Error('a changed stream was read to its end');
    }), { numRuns: 1000 });
  });

  it('of any bytes ends in frames or an error, and holds no more than a frame', () => {
    fc.assert(fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 20 }), (chunks) => {
      const reader = new FrameReader(1000);
      try {
        for (const chunk of chunks) for (const one of reader.push(Buffer.from(chunk))) expect(one.payload.length).toBeLessThan(1000);
      } catch (error) {
        expect(error).toBeInstanceOf(FrameError);
      }
    }), { numRuns: 500 });
    expect(() => [...new FrameReader(50).push(frames[2] ?? Buffer.alloc(0))]).toThrow(FrameError);
  });
});

describe('Bedrock', () => {
  const keys = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY', sessionToken: 'session-token-0123456789' };
  const auth = (credentials: Extract<NonNullable<LiveModel['auth']>, { kind: 'bedrock' }>['credentials']): NonNullable<LiveModel['auth']> => ({ kind: 'bedrock', region: 'eu-central-1', modelId: 'eu.anthropic.claude-sonnet-4-5-20250929-v1:0', credentials });
  const atMs = Date.UTC(2026, 0, 2, 3, 4, 5);
  const MODEL_PATH = '/model/eu.anthropic.claude-sonnet-4-5-20250929-v1%3A0';

  it('gets a signed call with the model in the path, and its answer is that of the format', async () => {
    const upstream = await serve((_heard, response) => response.setHeader('content-type', 'application/json').end(JSON.stringify(claude)));
    const session = await open({ baseUrl: upstream.url, auth: auth({ kind: 'static', ...keys }) }, () => atMs);
    const answer = await ask(session, { body: message({ tools: [{ name: 'Read' }] }), headers: { 'anthropic-beta': 'interleaved-thinking-2025-05-14,mcp-client-2025-04-04', 'anthropic-version': '2023-06-01' } });
    expect(json(answer)).toEqual(claude);
    const [heard] = upstream.heard;
    expect(heard?.url).toBe(`${MODEL_PATH}/invoke`);
    expect(JSON.parse(heard?.text ?? '')).toEqual({ max_tokens: 1000, messages: [{ role: 'user', content: 'hello' }], tools: [{ name: 'Read' }], anthropic_version: 'bedrock-2023-05-31', anthropic_beta: ['interleaved-thinking-2025-05-14'] });
    const expected = signAws({ method: 'POST', url: new URL(`${upstream.url}${heard?.url ?? ''}`), headers: { 'content-type': 'application/json' }, body: Buffer.from(heard?.text ?? '') }, { keys, region: 'eu-central-1', service: 'bedrock', atMs });
    expect(heard?.headers).toMatchObject(expected);
    expect(JSON.stringify(heard)).not.toContain(keys.secretAccessKey);
    expect(session.usage()).toMatchObject({ inputTokens: 1200, outputTokens: 30 });
  });

  it.each([[1], [7], [100_000]])('streams, with the bytes in pieces of %p', async (size) => {
    const bytes = Buffer.concat(CLAUDE_EVENTS.map(chunkFrame));
    const upstream = await serve((_heard, response) => {
      response.setHeader('content-type', 'application/vnd.amazon.eventstream');
      for (let at = 0; at < bytes.length; at += size) response.write(bytes.subarray(at, at + size));
      response.end();
    });
    const session = await open({ baseUrl: upstream.url, auth: auth({ kind: 'static', ...keys }) });
    const answer = await ask(session, { body: message({ stream: true }) });
    expect(upstream.heard[0]?.url).toBe(`${MODEL_PATH}/invoke-with-response-stream`);
    expect(JSON.parse(upstream.heard[0]?.text ?? '')).not.toHaveProperty('stream');
    expect(answer.headers['content-type']).toContain('text/event-stream');
    expect(answer.text).toBe(CLAUDE_EVENTS.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join(''));
    expect(session.usage()).toMatchObject({ inputTokens: 1200, outputTokens: 30 });
  });

  it.each([
    ['an exception', [...CLAUDE_EVENTS.slice(0, 3).map(chunkFrame), frame({ ':message-type': 'exception', ':exception-type': 'throttlingException' }, Buffer.from('{"message":"slow"}'))], 'service-error', false],
    ['a cut frame', [chunkFrame(CLAUDE_EVENTS[0]).subarray(0, -3)], 'invalid-answer', true], ['no frames', [Buffer.from('data: {}\n\ndata: {}\n\n')], 'invalid-answer', true],
  ] as const)('ends with %s: the fault is named', async (_name, parts, code, cut) => {
    const upstream = await serve((_heard, response) => response.setHeader('content-type', 'application/vnd.amazon.eventstream').end(Buffer.concat(parts)));
    const session = await open({ baseUrl: upstream.url, auth: auth({ kind: 'static', ...keys }) });
    const answer = await ask(session, { body: message({ stream: true }) });
    expect(answer.cut).toBe(cut);
    if (!cut) expect(answer.text).toContain('overloaded_error');
    expect(session.upstreamFault()).toMatchObject({ code, side: 'theirs' });
  });

  it('costs what the cloud asks for the model, not what its maker does', async () => {
    const upstream = await serve((_heard, response) => response.setHeader('content-type', 'application/json').end(JSON.stringify({ ...claude, usage: { input_tokens: 1_000_000, output_tokens: 1 } })));
    const gateway = await bench.gateway({ kind: 'live', baseUrl: upstream.url, key: undefined, headers: {}, api: 'anthropic-messages', auth: auth({ kind: 'static', ...keys }) }, { prices: { source: 'test', priceOf: (model) => Promise.resolve((tokens) => (model.startsWith('eu.') ? tokens.input * 4 : tokens.input) as never) } });
    const session = await bench.session(gateway, { costMax: 1e9 as never });
    await ask(session);
    expect(session.usage().cost).toBe(4_000_000);
  });

  it('answers counts by an estimate, takes a key of the service, and keeps fetched secrets out of answers', async () => {
    const upstream = await serve((heard, response) => response.writeHead(403, { 'content-type': 'application/json' }).end(JSON.stringify({ message: `denied ${heard.headers.authorization ?? ''}` })));
    const session = await open({ baseUrl: upstream.url, auth: auth({ kind: 'bearer', token: 'bedrock-api-key-0123456789' }) });
    expect(json(await ask(session, { path: '/v1/messages/count_tokens' }))).toHaveProperty('input_tokens');
    expect(upstream.heard).toHaveLength(0);
    const answer = await ask(session);
    expect(upstream.heard[0]?.headers['authorization']).toBe('Bearer bedrock-api-key-0123456789');
    expect(answer.text).not.toContain('bedrock-api-key');
  });

  const lasting = (at: number): string => new Date(at).toISOString();
  it('fetches credentials from the endpoint of a container, once, and again shortly before their end', async () => {
    let now = atMs;
    const upstream = await serve((_heard, response) => response.setHeader('content-type', 'application/json').end(JSON.stringify(claude)));
    const issuer = await serve((_heard, response) => response.end(JSON.stringify({ AccessKeyId: `AK${issuer.heard.length}`, SecretAccessKey: 's3cret', Token: 'tok', Expiration: lasting(now + 3_600_000) })));
    const tokenFile = join(await bench.folder(), 'token');
    await writeFile(tokenFile, 'container-token\n');
    const session = await open({ baseUrl: upstream.url, auth: auth({ kind: 'container', url: `${issuer.url}/creds?a=b`, token: undefined, tokenFile }) }, () => now);
    await Promise.all([ask(session), ask(session)]);
    expect(issuer.heard.map((heard) => [heard.method, heard.url, heard.headers.authorization])).toEqual([['GET', '/creds?a=b', 'container-token']]);
    now += 3_500_000;
    await ask(session);
    expect(issuer.heard).toHaveLength(2);
    expect(upstream.heard.map((heard) => String(heard.headers.authorization).slice(17, 32))).toEqual(['Credential=AK1/', 'Credential=AK1/', 'Credential=AK2/']);
    expect(upstream.heard[0]?.headers['x-amz-security-token']).toBe('tok');
  });

  it('exchanges the token of the CI for a role', async () => {
    const upstream = await serve((_heard, response) => response.setHeader('content-type', 'application/json').end(JSON.stringify(claude)));
    const sts = await serve((_heard, response) => response.end(`<R><Credentials><AccessKeyId>ASIA1</AccessKeyId><SecretAccessKey>s/x+</SecretAccessKey><SessionToken>t==</SessionToken><Expiration>${lasting(atMs + 3_600_000)}</Expiration></Credentials></R>`));
    const tokenFile = join(await bench.folder(), 'jwt');
    await writeFile(tokenFile, 'a.b.c');
    const session = await open({ baseUrl: upstream.url, auth: auth({ kind: 'web-identity', roleArn: 'arn:aws:iam::1:role/x', tokenFile, stsUrl: `${sts.url}/` }) }, () => atMs);
    expect((await ask(session)).status).toBe(200);
    expect(Object.fromEntries(new URLSearchParams(sts.heard[0]?.text ?? ''))).toEqual({ Action: 'AssumeRoleWithWebIdentity', Version: '2011-06-15', RoleArn: 'arn:aws:iam::1:role/x', RoleSessionName: 'heddle', WebIdentityToken: 'a.b.c' });
    expect(upstream.heard[0]?.headers['authorization']).toContain('Credential=ASIA1/20260102/eu-central-1/bedrock/aws4_request');
  });

  it.each([
    ['refuses', (_heard: Heard, response: Parameters<Parameters<typeof service>[0]>[1]) => response.writeHead(403).end('secret-echo'), 'unauthorized', 'setup'],
    ['is ill', (_heard: Heard, response: Parameters<Parameters<typeof service>[0]>[1]) => response.writeHead(503).end(), 'service-error', 'theirs'],
    ['redirects', (_heard: Heard, response: Parameters<Parameters<typeof service>[0]>[1]) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(), 'unauthorized', 'setup'],
    ['says nothing of use', (_heard: Heard, response: Parameters<Parameters<typeof service>[0]>[1]) => response.end('{"AccessKeyId":1}'), 'invalid-answer', 'theirs'],
    ['says too much', (_heard: Heard, response: Parameters<Parameters<typeof service>[0]>[1]) => response.end('x'.repeat(1_000_000)), 'invalid-answer', 'theirs'],
    ['hangs up', (_heard: Heard, response: Parameters<Parameters<typeof service>[0]>[1]) => response.destroy(), 'unreachable', 'theirs'],
  ] as const)('says so when the issuer of credentials %s', async (_name, answer, code, side) => {
    const upstream = await serve((_heard, response) => response.end());
    const issuer = await serve((heard, response) => void answer(heard, response));
    const session = await open({ baseUrl: upstream.url, auth: auth({ kind: 'container', url: issuer.url, token: undefined, tokenFile: undefined }) });
    const refused = await ask(session);
    expect([400, 502]).toContain(refused.status);
    expect(refused.text).not.toContain('secret-echo');
    expect(session.upstreamFault()).toMatchObject({ code, side });
    expect(upstream.heard).toHaveLength(0);
  });

  it('does not ask a foreign address without encryption', async () => {
    const session = await open({ baseUrl: 'http://127.0.0.1:1', auth: auth({ kind: 'container', url: 'http://10.0.0.1/creds', token: 't', tokenFile: undefined }) });
    expect((await ask(session)).text).toContain('must use https');
  });
});

describe('Vertex AI', () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const auth = (credentials: Extract<NonNullable<LiveModel['auth']>, { kind: 'vertex' }>['credentials'], modelId: string | undefined = undefined): NonNullable<LiveModel['auth']> => ({ kind: 'vertex', project: 'my-proj', location: 'europe-west1', modelId, credentials });
  const PLACE = '/v1/projects/my-proj/locations/europe-west1/publishers';
  const atMs = Date.UTC(2026, 0, 2);

  it('gets Anthropic calls with a token for the key of a service account', async () => {
    const upstream = await serve((_heard, response) => response.setHeader('content-type', 'application/json').end(JSON.stringify(claude)));
    const tokens = await serve((_heard, response) => response.end(JSON.stringify({ access_token: 'ya29.token-0123456789', expires_in: 3600 })));
    const text = JSON.stringify({ type: 'service_account', client_email: 'bot@my-proj.iam', private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }), private_key_id: 'k1', token_uri: `${tokens.url}/token` });
    const session = await open({ baseUrl: upstream.url, auth: auth({ kind: 'document', text }, 'claude-sonnet-4-5@20250929') }, () => atMs);
    expect(json(await ask(session))).toEqual(claude);
    await ask(session);
    expect(tokens.heard).toHaveLength(1);
    const form = new URLSearchParams(tokens.heard[0]?.text ?? '');
    expect(form.get('grant_type')).toBe('urn:ietf:params:oauth:grant-type:jwt-bearer');
    const [head = '', claims = '', signature = ''] = (form.get('assertion') ?? '').split('.');
    expect(createVerify('RSA-SHA256').update(`${head}.${claims}`).verify(publicKey, signature, 'base64url')).toBe(true);
    expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toEqual({ iss: 'bot@my-proj.iam', scope: 'https://www.googleapis.com/auth/cloud-platform', aud: `${tokens.url}/token`, iat: atMs / 1000, exp: atMs / 1000 + 3600 });
    expect(upstream.heard[0]).toMatchObject({ url: `${PLACE}/anthropic/models/claude-sonnet-4-5%4020250929:rawPredict`, headers: { authorization: 'Bearer ya29.token-0123456789' } });
    expect(JSON.parse(upstream.heard[0]?.text ?? '')).toEqual({ max_tokens: 1000, messages: [{ role: 'user', content: 'hello' }], anthropic_version: 'vertex-2023-10-16' });
    // This cloud reads betas from the body as well.
    await ask(session, { body: message({ anthropic_beta: ['mcp-client-2025-04-04'] }) });
    expect(upstream.heard[1]?.text).not.toContain('mcp-client');
  });

  it('gets streams of Gemini with a token for the identity of the CI, by federation and impersonation', async () => {
    const upstream = await bench.model({ steps: [{ text: 'hello' }] });
    const google = await serve((heard, response) => {
      if (heard.url === '/ci?audience=x') response.end('{"value":"ci-token-0123456789"}');
      else if (heard.url === '/sts') response.end('{"access_token":"federated-0123456789","expires_in":3600}');
      else response.end(JSON.stringify({ accessToken: 'impersonated-0123456789', expireTime: new Date(atMs + 3_600_000).toISOString() }));
    });
    const text = JSON.stringify({
      type: 'external_account', audience: '//iam.googleapis.com/projects/1', subject_token_type: 'urn:ietf:params:oauth:token-type:jwt', token_url: `${google.url}/sts`, service_account_impersonation_url: `${google.url}/impersonate`,
      credential_source: { url: `${google.url}/ci?audience=x`, headers: { authorization: 'Bearer ci' }, format: { type: 'json', subject_token_field_name: 'value' } },
    });
    const session = await open({ baseUrl: upstream.url, api: 'gemini', auth: auth({ kind: 'document', text }) }, () => atMs);
    const answer = await ask(session, { path: `/v1beta/models/${MODEL}:streamGenerateContent?alt=sse`, body: { contents: [{ role: 'user', parts: [{ text: 'hi' }] }] } });
    expect(answer.text).toContain('hello');
    expect(upstream.requests[0]).toMatchObject({ path: `${PLACE}/google/models/${MODEL}:streamGenerateContent?alt=sse`, headers: { authorization: 'Bearer impersonated-0123456789' } });
    expect(google.heard.map((heard) => [heard.method, heard.url, heard.headers.authorization])).toEqual([['GET', '/ci?audience=x', 'Bearer ci'], ['POST', '/sts', undefined], ['POST', '/impersonate', 'Bearer federated-0123456789']]);
    expect(Object.fromEntries(new URLSearchParams(google.heard[1]?.text ?? ''))).toMatchObject({ audience: '//iam.googleapis.com/projects/1', subject_token: 'ci-token-0123456789', grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange' });
  });

  it.each([['no JSON', '{'], ['another kind', '{"type":"authorized_user"}'], ['a program as its source', '{"type":"external_account","audience":"a","subject_token_type":"t","credential_source":{"executable":{"command":"x"}}}'], ['a broken key', '{"type":"service_account","client_email":"a","private_key":"x"}']])('says so when the credentials are %s', async (_name, text) => {
    const session = await open({ baseUrl: 'http://127.0.0.1:1', auth: auth({ kind: 'document', text }) });
    expect((await ask(session)).status).toBe(400);
    expect(session.upstreamFault()).toMatchObject({ code: 'unauthorized', side: 'setup' });
  });
});
