import { createSign } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { Fault } from '../../../domain/fault.js';
import { err, ok, type Result } from '../../../kit/result.js';
import { gatewayFault } from '../upstream-fault.js';
import type { CredentialDeps } from './aws-credentials.js';
import { keepLasting, type Lasting } from './lasting.js';

/** A ready access token, or the text of a credentials file: a service account's key, or a federation of the CI's identity. */
export type GoogleSource = { readonly kind: 'token'; readonly token: string } | { readonly kind: 'document'; readonly text: string };

const SCOPE = 'https://www.googleapis.com/auth/cloud-platform';
const url = z.url({ protocol: /^https?$/ });

const ServiceAccount = z.object({ type: z.literal('service_account'), client_email: z.string().min(1), private_key: z.string().min(1), private_key_id: z.string().optional(), token_uri: url.default('https://oauth2.googleapis.com/token') });
const External = z.object({
  type: z.literal('external_account'), audience: z.string().min(1), subject_token_type: z.string().min(1), token_url: url.default('https://sts.googleapis.com/v1/token'), service_account_impersonation_url: url.optional(),
  credential_source: z.union([
    z.object({ file: z.string().min(1), format: z.object({ type: z.enum(['text', 'json']), subject_token_field_name: z.string().optional() }).optional() }),
    z.object({ url, headers: z.record(z.string(), z.string()).optional(), format: z.object({ type: z.enum(['text', 'json']), subject_token_field_name: z.string().optional() }).optional() }),
  ]),
});
const Document = z.discriminatedUnion('type', [ServiceAccount, External]);

/** An access token for the cloud, kept until shortly before it runs out. Faults say what to mend and hold no secret. */
export function googleToken(source: GoogleSource, deps: CredentialDeps): () => Promise<Result<string, Fault>> {
  if (source.kind === 'token') {
    deps.learn(source.token);
    return () => Promise.resolve(ok(source.token));
  }
  return keepLasting(deps.nowMs, async () => {
    const document = Document.safeParse(json(source.text));
    if (!document.success) return err(setup('The Google credentials are neither a service account key nor an external account (with a file or a URL as its source). Set GOOGLE_CREDENTIALS to the text of such a file, or GOOGLE_APPLICATION_CREDENTIALS to its path.'));
    const got = document.data.type === 'service_account' ? await byKey(document.data, deps) : await byFederation(document.data, deps);
    if (got.ok) deps.learn(got.value.value);
    return got;
  });
}

const TokenAnswer = z.object({ access_token: z.string().min(1), expires_in: z.number().positive().max(86_400).default(600) });

/** RFC 7523: a signed assertion for a token. */
async function byKey(account: z.infer<typeof ServiceAccount>, deps: CredentialDeps): Promise<Result<Lasting<string>, Fault>> {
  const now = Math.floor(deps.nowMs() / 1000);
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const unsigned = `${part({ alg: 'RS256', typ: 'JWT', kid: account.private_key_id })}.${part({ iss: account.client_email, scope: SCOPE, aud: account.token_uri, iat: now, exp: now + 3600 })}`;
  let signature: string;
  try {
    signature = createSign('RSA-SHA256').update(unsigned).sign(account.private_key, 'base64url');
  } catch {
    return err(setup('The private key in the Google credentials cannot be read.'));
  }
  const form = new URLSearchParams({ grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion: `${unsigned}.${signature}` });
  return token(new URL(account.token_uri), form, deps);
}

/** RFC 8693: the CI's own token for one of the cloud, and that, where asked, for one of a service account. */
async function byFederation(external: z.infer<typeof External>, deps: CredentialDeps): Promise<Result<Lasting<string>, Fault>> {
  const subject = await subjectToken(external.credential_source, deps);
  if (!subject.ok) return subject;
  deps.learn(subject.value);
  const federated = await token(new URL(external.token_url), new URLSearchParams({
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange', requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    audience: external.audience, scope: SCOPE, subject_token_type: external.subject_token_type, subject_token: subject.value,
  }), deps);
  const impersonation = external.service_account_impersonation_url;
  if (!federated.ok || impersonation === undefined) return federated;
  deps.learn(federated.value.value);
  const answer = await deps.client({
    method: 'POST', url: new URL(impersonation), headers: { authorization: `Bearer ${federated.value.value}`, 'content-type': 'application/json' },
    body: JSON.stringify({ scope: [SCOPE] }), what: 'the impersonation of the service account',
  });
  if (!answer.ok) return answer;
  const parsed = z.object({ accessToken: z.string().min(1), expireTime: z.string() }).safeParse(json(answer.value));
  if (!parsed.success) return err(odd());
  const until = Date.parse(parsed.data.expireTime);
  return ok({ value: parsed.data.accessToken, untilMs: Number.isNaN(until) ? deps.nowMs() + 600_000 : until });
}

async function subjectToken(source: z.infer<typeof External>['credential_source'], deps: CredentialDeps): Promise<Result<string, Fault>> {
  let text: string | undefined;
  if ('file' in source) {
    text = await readFile(source.file, 'utf8').catch(() => undefined);
    if (text === undefined) return err(setup(`The token file ${source.file} of the Google credentials cannot be read.`));
  } else {
    const answer = await deps.client({ method: 'GET', url: new URL(source.url), headers: source.headers ?? {}, what: 'the token endpoint of the CI' });
    if (!answer.ok) return answer;
    text = answer.value;
  }
  if (source.format?.type !== 'json') return text.trim() === '' ? err(setup('The subject token of the Google credentials is empty.')) : ok(text.trim());
  const document = json(text);
  const value: unknown = typeof document === 'object' && document !== null ? Reflect.get(document, source.format.subject_token_field_name ?? 'access_token') : undefined;
  return typeof value === 'string' && value !== '' ? ok(value) : err(setup('The subject token of the Google credentials is not where `subject_token_field_name` says.'));
}

async function token(at: URL, form: URLSearchParams, deps: CredentialDeps): Promise<Result<Lasting<string>, Fault>> {
  const answer = await deps.client({ method: 'POST', url: at, headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: form.toString(), what: 'the token service of Google' });
  if (!answer.ok) return answer;
  const parsed = TokenAnswer.safeParse(json(answer.value));
  return parsed.success ? ok({ value: parsed.data.access_token, untilMs: deps.nowMs() + parsed.data.expires_in * 1000 }) : err(odd());
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function odd(): Fault {
  return gatewayFault('invalid-answer', 'theirs', 'The token service of Google did not answer with a token.');
}

function setup(message: string): Fault {
  return gatewayFault('unauthorized', 'setup', message);
}
