import { OPTIONS } from '../config/options.js';
import { looksLikeToken } from './token-forms.js';

/** The secrets a run knows, by option name. They leave this process only through the gateway and the forge client. */
export type Secrets = Readonly<Partial<Record<string, string>>>;

/**
 * Of the runner, not of an option. Most are never used, but must never be shown either. GitLab gives every job all of its own:
 * the token, the same token as a password and inside an address, and what a deploy token or an older server adds.
 */
const RUNNER_SECRETS: Readonly<Record<string, string>> = {
  ACTIONS_RUNTIME_TOKEN: 'actions-runtime-token', ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'actions-id-token-request-token',
  CI_JOB_TOKEN: 'ci-job-token', CI_REGISTRY_PASSWORD: 'ci-registry-password', CI_DEPENDENCY_PROXY_PASSWORD: 'ci-dependency-proxy-password',
  CI_REPOSITORY_URL: 'ci-repository-url', CI_DEPLOY_PASSWORD: 'ci-deploy-password', CI_RUNNER_SHORT_TOKEN: 'ci-runner-short-token',
  CI_JOB_JWT: 'ci-job-jwt', CI_JOB_JWT_V1: 'ci-job-jwt-v1', CI_JOB_JWT_V2: 'ci-job-jwt-v2', CI_BUILD_TOKEN: 'ci-build-token', CI_BUILD_REPO: 'ci-build-repo',
};

/**
 * Takes the secrets out of the environment: from the variables of the command line, and from action inputs. Of several that
 * give one option the first counts; the others are kept under their variable's name, so that they are redacted as well.
 */
export function secretsFrom(env: NodeJS.ProcessEnv): Secrets {
  const found: Record<string, string> = {};
  const keep = (name: string, value: string | undefined): void => {
    if (value !== undefined && value !== '') found[name] = value;
  };
  for (const option of OPTIONS.filter((one) => one.kind === 'secret')) {
    const given = namesOf(option).filter((name) => (env[name] ?? '') !== '');
    for (const [index, name] of given.entries()) keep(index === 0 ? option.name : name, env[name]);
  }
  for (const [variable, name] of Object.entries(RUNNER_SECRETS)) keep(name, env[variable]);
  const known = new Set(secretVariables());
  for (const [variable, value] of Object.entries(env)) if (!known.has(variable) && looksLikeToken(value)) keep(`variable ${variable}`, value);
  return found;
}

/** The names of the variables that hold them: what a clean environment leaves out. */
export function secretVariables(): readonly string[] {
  return [...Object.keys(RUNNER_SECRETS), ...OPTIONS.filter((one) => one.kind === 'secret').flatMap(namesOf)];
}

function namesOf(option: { readonly name: string; readonly env?: readonly string[] }): readonly string[] {
  return [`INPUT_${option.name.toUpperCase()}`, ...(option.env ?? [])];
}
