import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { Fault } from '../../../domain/fault.js';
import { err, ok, type Result } from '../../../kit/result.js';
import { gatewayFault } from '../upstream-fault.js';
import { keepLasting, type Lasting } from './lasting.js';
import type { SmallClient } from './small-request.js';
import type { AwsKeys } from './sign-aws.js';

/** Where the credentials of the cloud come from. */
export type AwsSource =
  | ({ readonly kind: 'static' } & AwsKeys)
  /** A key of the model service itself, sent as a bearer token; nothing is signed. */
  | { readonly kind: 'bearer'; readonly token: string }
  /** The endpoint that a container or pod is given. */
  | { readonly kind: 'container'; readonly url: string; readonly token: string | undefined; readonly tokenFile: string | undefined }
  /** A token of the CI, exchanged for a role. */
  | { readonly kind: 'web-identity'; readonly roleArn: string; readonly tokenFile: string; readonly stsUrl: string };

export interface CredentialDeps {
  readonly client: SmallClient;
  readonly nowMs: () => number;
  /** Told of every secret that is fetched, so that it is filtered out of whatever comes back. */
  readonly learn: (secret: string) => void;
}

/** The keys to sign with, kept until shortly before they run out. Faults say what to mend and hold no secret. */
export function awsKeys(source: Exclude<AwsSource, { kind: 'bearer' }>, deps: CredentialDeps): () => Promise<Result<AwsKeys, Fault>> {
  if (source.kind === 'static') {
    for (const secret of [source.secretAccessKey, source.sessionToken]) if (secret !== undefined) deps.learn(secret);
    return () => Promise.resolve(ok(source));
  }
  return keepLasting(deps.nowMs, async () => {
    const got = source.kind === 'container' ? await fromContainer(source, deps) : await fromWebIdentity(source, deps);
    if (got.ok) for (const secret of [got.value.value.secretAccessKey, got.value.value.sessionToken]) if (secret !== undefined) deps.learn(secret);
    return got;
  });
}

const ContainerAnswer = z.object({ AccessKeyId: z.string().min(1), SecretAccessKey: z.string().min(1), Token: z.string().optional(), Expiration: z.string().optional() });

async function fromContainer(source: Extract<AwsSource, { kind: 'container' }>, deps: CredentialDeps): Promise<Result<Lasting<AwsKeys>, Fault>> {
  const url = new URL(source.url);
  if (url.protocol !== 'https:' && !isLocal(url.hostname)) return err(setup(`The credentials endpoint ${url.host} must use https, or be an address of this machine.`));
  const token = source.tokenFile === undefined ? ok(source.token) : await readToken(source.tokenFile);
  if (!token.ok) return token;
  const answer = await deps.client({ method: 'GET', url, headers: token.value === undefined ? {} : { authorization: token.value }, what: 'the credentials endpoint of the container' });
  if (!answer.ok) return answer;
  const parsed = ContainerAnswer.safeParse(json(answer.value));
  if (!parsed.success) return err(odd('The credentials endpoint of the container'));
  const { AccessKeyId, SecretAccessKey, Token, Expiration } = parsed.data;
  return ok({ value: { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: Token }, untilMs: timeOf(Expiration, deps.nowMs()) });
}

async function fromWebIdentity(source: Extract<AwsSource, { kind: 'web-identity' }>, deps: CredentialDeps): Promise<Result<Lasting<AwsKeys>, Fault>> {
  const token = await readToken(source.tokenFile);
  if (!token.ok) return token;
  const form = new URLSearchParams({ Action: 'AssumeRoleWithWebIdentity', Version: '2011-06-15', RoleArn: source.roleArn, RoleSessionName: 'heddle', WebIdentityToken: token.value });
  const answer = await deps.client({
    method: 'POST', url: new URL(source.stsUrl), headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: form.toString(), what: 'the token service of AWS',
  });
  if (!answer.ok) return answer;
  const [accessKeyId, secretAccessKey, sessionToken, until] = ['AccessKeyId', 'SecretAccessKey', 'SessionToken', 'Expiration'].map((name) => element(answer.value, name));
  if (accessKeyId === undefined || secretAccessKey === undefined || sessionToken === undefined) return err(odd('The token service of AWS'));
  return ok({ value: { accessKeyId, secretAccessKey, sessionToken }, untilMs: timeOf(until, deps.nowMs()) });
}

/** The text of the first element of that name. The answer is small, flat and from a service we chose; no parser is needed. */
function element(xml: string, name: string): string | undefined {
  const from = xml.indexOf(`<${name}>`);
  const to = xml.indexOf(`</${name}>`, from);
  const text = from < 0 || to < 0 ? '' : xml.slice(from + name.length + 2, to).trim();
  return text === '' || text.includes('<') ? undefined : text;
}

async function readToken(file: string): Promise<Result<string, Fault>> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  return text === undefined || text.trim() === '' ? err(setup(`The token file ${file} cannot be read or is empty.`)) : ok(text.trim());
}

/** An answer without a readable end is used for a quarter of an hour. */
function timeOf(text: string | undefined, nowMs: number): number {
  const ms = Date.parse(text ?? '');
  return Number.isNaN(ms) ? nowMs + 15 * 60_000 : ms;
}

function isLocal(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host) || ['169.254.170.2', '169.254.170.23'].includes(host);
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function odd(who: string): Fault {
  return gatewayFault('invalid-answer', 'theirs', `${who} did not answer with credentials.`);
}

function setup(message: string): Fault {
  return gatewayFault('unauthorized', 'setup', message);
}
