import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Configuration } from '../../src/config/configuration.js';
import { providerAuth, proxyOf } from '../../src/main/provider-auth.js';
import { isKept } from '../../src/main/clean-start.js';
import { secretsFrom, secretVariables } from '../../src/main/secrets.js';

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});

const authOf = (auth: unknown): Configuration['model']['auth'] => Configuration.parse({ version: 1, model: { auth } }).model.auth;
const given = (auth: unknown, env: Readonly<Record<string, string>>): ReturnType<typeof providerAuth> => providerAuth({ auth: authOf(auth), secrets: secretsFrom(env), env });

describe('how the provider knows us', () => {
  const bedrock = { kind: 'bedrock', region: 'eu-central-1' };
  const vertex = { kind: 'vertex', project: 'my-proj', location: 'europe-west1' };
  const keys = { AWS_ACCESS_KEY_ID: 'AKIA0', AWS_SECRET_ACCESS_KEY: 'secret-0123456789' };

  it.each([
    [{ kind: 'key' }, {}, { kind: 'key' }], [{ kind: 'bearer' }, {}, { kind: 'bearer' }], [{ kind: 'azure', api_version: '2024-10-21', deployment: 'd' }, {}, { kind: 'azure', apiVersion: '2024-10-21', deployment: 'd' }],
    [bedrock, keys, { kind: 'bedrock', region: 'eu-central-1', credentials: { kind: 'static', accessKeyId: 'AKIA0', secretAccessKey: 'secret-0123456789', sessionToken: undefined } }],
    [bedrock, { ...keys, AWS_SESSION_TOKEN: 'tok' }, { credentials: { sessionToken: 'tok' } }],
    [bedrock, { ...keys, AWS_BEARER_TOKEN_BEDROCK: 'bedrock-key', ANTHROPIC_API_KEY: 'sk-ant' }, { credentials: { kind: 'bearer', token: 'bedrock-key' } }],
    [bedrock, { AWS_ROLE_ARN: 'arn:aws:iam::1:role/a', AWS_WEB_IDENTITY_TOKEN_FILE: '/t' }, { credentials: { kind: 'web-identity', roleArn: 'arn:aws:iam::1:role/a', tokenFile: '/t', stsUrl: 'https://sts.eu-central-1.amazonaws.com/' } }],
    [{ ...bedrock, role_arn: 'arn:aws:iam::1:role/b', token_file: '/own' }, { AWS_ROLE_ARN: 'arn:aws:iam::1:role/a', AWS_WEB_IDENTITY_TOKEN_FILE: '/t' }, { credentials: { roleArn: 'arn:aws:iam::1:role/b', tokenFile: '/own' } }],
    [bedrock, { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: '/v2/x' }, { credentials: { kind: 'container', url: 'http://169.254.170.2/v2/x' } }],
    [bedrock, { AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://169.254.170.23/v1/credentials', AWS_CONTAINER_AUTHORIZATION_TOKEN: 'ct' }, { credentials: { kind: 'container', url: 'http://169.254.170.23/v1/credentials', token: 'ct' } }],
    [vertex, { GOOGLE_CREDENTIALS: '{"a":1}' }, { kind: 'vertex', project: 'my-proj', location: 'europe-west1', credentials: { kind: 'document', text: '{"a":1}' } }],
    [vertex, { GOOGLE_OAUTH_ACCESS_TOKEN: 'ya29', GEMINI_API_KEY: 'AIza' }, { credentials: { kind: 'token', token: 'ya29' } }],
  ])('%j with %j', async (auth, env, expected) => {
    expect(await given(auth, env)).toMatchObject({ ok: true, value: expected });
  });

  it('reads the file that the clouds name', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'auth-'));
    folders.push(folder);
    await writeFile(path.join(folder, 'g.json'), '{"type":"x"}');
    expect(await given(vertex, { GOOGLE_APPLICATION_CREDENTIALS: path.join(folder, 'g.json') })).toMatchObject({ ok: true, value: { credentials: { kind: 'document', text: '{"type":"x"}' } } });
    expect(await given(vertex, { GOOGLE_APPLICATION_CREDENTIALS: path.join(folder, 'none') })).toMatchObject({ ok: false });
  });

  it.each([[bedrock, { ANTHROPIC_API_KEY: 'sk-ant', HEDDLE_MODEL_KEY: 'sk' }, 'AWS_ACCESS_KEY_ID'], [bedrock, { AWS_ACCESS_KEY_ID: 'a' }, 'AWS_SECRET_ACCESS_KEY'], [bedrock, { AWS_CONTAINER_CREDENTIALS_FULL_URI: 'no address' }, 'AWS_CONTAINER_CREDENTIALS_FULL_URI'], [vertex, { GEMINI_API_KEY: 'AIza' }, 'GOOGLE_APPLICATION_CREDENTIALS']])('%j with %j says what to set', async (auth, env, words) => {
    expect(await given(auth, env)).toMatchObject({ ok: false, error: { message: expect.stringContaining(words) } });
  });

  it.each([[{ kind: 'other' }], [{ kind: 'bedrock' }], [{ kind: 'bedrock', region: 'x/../y' }], [{ kind: 'bedrock', region: 'r', secret_access_key: 'no' }], [{ kind: 'vertex', project: 'p' }], [{ kind: 'azure', api_key: 'no' }], [{ kind: 'key', key: 'no' }]])('%j is no configuration', (auth) => {
    expect(Configuration.safeParse({ version: 1, model: { auth } }).success).toBe(false);
  });

  it('leaves no secret of a cloud in the environment, and keeps what only points to one', () => {
    for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'AWS_CONTAINER_AUTHORIZATION_TOKEN', 'AWS_BEARER_TOKEN_BEDROCK', 'GOOGLE_CREDENTIALS', 'GOOGLE_OAUTH_ACCESS_TOKEN', 'GEMINI_API_KEY']) {
      expect([name, secretVariables().includes(name), isKept(name)]).toEqual([name, true, false]);
    }
    for (const name of ['AWS_ROLE_ARN', 'AWS_WEB_IDENTITY_TOKEN_FILE', 'AWS_CONTAINER_CREDENTIALS_FULL_URI', 'GOOGLE_APPLICATION_CREDENTIALS', 'HTTPS_PROXY', 'no_proxy']) expect([name, isKept(name)]).toEqual([name, true]);
  });
});

describe('the proxy of the environment', () => {
  it.each([
    [{}, undefined], [{ HTTPS_PROXY: '' }, undefined], [{ HTTPS_PROXY: 'http://p:1', NO_PROXY: 'a, b,,' }, { https: 'http://p:1', http: undefined, except: ['a', ' b'] }],
    [{ https_proxy: 'http://low:1', HTTPS_PROXY: 'http://HIGH:1', http_proxy: 'http://h:2' }, { https: 'http://low:1', http: 'http://h:2', except: [] }],
  ])('%j is %j', (env, expected) => expect(proxyOf(env)).toEqual({ ok: true, value: expected }));

  it.each(['socks5://p:1', 'p:3128', 'nonsense'])('%s is refused with the way to write it', (address) => {
    expect(proxyOf({ HTTPS_PROXY: address })).toMatchObject({ ok: false, error: { message: expect.stringContaining('http://proxy.example.com:3128') } });
  });
});
