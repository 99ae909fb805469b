import { readFile } from 'node:fs/promises';
import type { Configuration } from '../config/configuration.js';
import type { AwsSource } from '../containment/gateway/provider/aws-credentials.js';
import type { GoogleSource } from '../containment/gateway/provider/google-credentials.js';
import type { ProviderAuth } from '../containment/gateway/provider/provider-auth.js';
import type { ProxySettings } from '../containment/gateway/provider/wayfinder.js';
import { err, ok, type Result } from '../kit/result.js';
import { usageProblem, type Problem } from './problem.js';
import type { Secrets } from './secrets.js';

export interface AuthInput {
  readonly auth: Configuration['model']['auth'];
  readonly secrets: Secrets;
  readonly env: NodeJS.ProcessEnv;
}

/** The configured way to be known, with the credentials that the environment holds for it. */
export async function providerAuth({ auth, secrets, env }: AuthInput): Promise<Result<ProviderAuth, Problem>> {
  switch (auth.kind) {
    case 'key':
    case 'bearer':
      return ok({ kind: auth.kind });
    case 'azure':
      return ok({ kind: 'azure', apiVersion: auth.api_version, deployment: auth.deployment });
    case 'bedrock': {
      const credentials = awsSource(auth, secrets, env);
      return credentials === undefined
        ? err(usageProblem('No credentials for Bedrock. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (and AWS_SESSION_TOKEN), or AWS_BEARER_TOKEN_BEDROCK; or model.auth.role_arn and model.auth.token_file; or run where AWS_CONTAINER_CREDENTIALS_FULL_URI is set.'))
        : ok({ kind: 'bedrock', region: auth.region, modelId: auth.model_id, credentials });
    }
    case 'vertex': {
      const credentials = await googleSource(secrets, env);
      return credentials === undefined
        ? err(usageProblem('No credentials for Vertex AI. Set GOOGLE_CREDENTIALS to the text of a credentials file, GOOGLE_APPLICATION_CREDENTIALS to the path of one that can be read, or GOOGLE_OAUTH_ACCESS_TOKEN to an access token.'))
        : ok({ kind: 'vertex', project: auth.project, location: auth.location, modelId: auth.model_id, credentials });
    }
  }
}

/**
 * What is given for this run goes before what the machine offers, and a key of the service before keys of the account. The
 * model key is never used: it may well be that of another provider, found in its usual variable.
 */
function awsSource(auth: Extract<Configuration['model']['auth'], { kind: 'bedrock' }>, secrets: Secrets, env: NodeJS.ProcessEnv): AwsSource | undefined {
  const [token, accessKeyId, secretAccessKey] = [secrets['aws-bearer-token'], secrets['aws-access-key-id'], secrets['aws-secret-access-key']];
  if (token !== undefined) return { kind: 'bearer', token };
  if (accessKeyId !== undefined && secretAccessKey !== undefined) return { kind: 'static', accessKeyId, secretAccessKey, sessionToken: secrets['aws-session-token'] };
  const [roleArn, tokenFile] = [auth.role_arn ?? env['AWS_ROLE_ARN'], auth.token_file ?? env['AWS_WEB_IDENTITY_TOKEN_FILE']];
  if (roleArn !== undefined && tokenFile !== undefined) return { kind: 'web-identity', roleArn, tokenFile, stsUrl: `https://sts.${auth.region}.amazonaws.com/` };
  const [full, relative] = [env['AWS_CONTAINER_CREDENTIALS_FULL_URI'], env['AWS_CONTAINER_CREDENTIALS_RELATIVE_URI']];
  const url = full ?? (relative === undefined ? undefined : `http://169.254.170.2${relative}`);
  return url === undefined || !URL.canParse(url) ? undefined : { kind: 'container', url, token: secrets['aws-container-token'], tokenFile: env['AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE'] };
}

async function googleSource(secrets: Secrets, env: NodeJS.ProcessEnv): Promise<GoogleSource | undefined> {
  const [token, given, file] = [secrets['google-access-token'], secrets['google-credentials'], env['GOOGLE_APPLICATION_CREDENTIALS']];
  if (token !== undefined) return { kind: 'token', token };
  const text = given ?? (file === undefined ? undefined : await readFile(file, 'utf8').catch(() => undefined));
  return text === undefined ? undefined : { kind: 'document', text };
}

/** The proxy of the environment, in the usual spelling; lower case goes first. Only http and https proxies are known. */
export function proxyOf(env: NodeJS.ProcessEnv): Result<ProxySettings | undefined, Problem> {
  const of = (name: string): string | undefined => [env[name], env[name.toUpperCase()]].find((value) => value !== undefined && value !== '');
  const [https, http] = [of('https_proxy'), of('http_proxy')];
  for (const value of [https, http]) {
    if (value !== undefined && !(URL.canParse(value) && ['http:', 'https:'].includes(new URL(value).protocol) && isDecodable(new URL(value)))) return err(usageProblem('HTTPS_PROXY or HTTP_PROXY is not the address of an http(s) proxy. Write it like http://proxy.example.com:3128; in a user name or password, %, @, : and / are written as %25, %40, %3A and %2F.'));
  }
  return ok(https === undefined && http === undefined ? undefined : { https, http, except: (of('no_proxy') ?? '').split(',').filter((name) => name.trim() !== '') });
}

function isDecodable({ username, password }: URL): boolean {
  try {
    return typeof decodeURIComponent(`${username}:${password}`) === 'string';
  } catch {
    return false;
  }
}
