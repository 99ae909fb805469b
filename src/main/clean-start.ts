import { HANDED_VARIABLE, reexecWithCleanEnvironment, takeHandedSecrets, watchParent } from '../containment/clean-environment.js';
import { hardenProcess, plainNodeArguments } from '../containment/harden-process.js';
import { OPTIONS } from '../config/options.js';
import { holdsPassword, takeProxies } from './proxy-passwords.js';
import { secretsFrom, secretVariables, type Secrets } from './secrets.js';
import { looksLikeToken } from './token-forms.js';

/**
 * Variables a run needs itself. Everything else stays behind, whatever its name hides: the runner's are listed one by one,
 * since `GITHUB_` also begins the names that people give to tokens and keys of their own.
 */
const ALLOWED = new RegExp(`^(?:${[
  'PATH|HOME|USER|LOGNAME|LANG|LC_[A-Z]+|TERM|TMPDIR|TZ|CI|NO_COLOR|FORCE_COLOR|https?_proxy|no_proxy|HTTPS?_PROXY|NO_PROXY|COLUMNS|SSL_CERT_FILE|SSL_CERT_DIR|NODE_EXTRA_CA_CERTS',
  'AWS_(?:ROLE_ARN|WEB_IDENTITY_TOKEN_FILE|CONTAINER_CREDENTIALS_(?:FULL|RELATIVE)_URI|CONTAINER_AUTHORIZATION_TOKEN_FILE)|GOOGLE_APPLICATION_CREDENTIALS',
  'GITHUB_(?:ACTIONS|ACTOR|ACTOR_ID|API_URL|EVENT_NAME|EVENT_PATH|OUTPUT|REF|REPOSITORY|RETENTION_DAYS|RUN_ATTEMPT|RUN_ID|RUN_NUMBER|SERVER_URL|SHA|STEP_SUMMARY|TRIGGERING_ACTOR|WORKFLOW|WORKSPACE)',
  'GITEA_ACTIONS|FORGEJO_ACTIONS',
  // GitLab's, also one by one: CI_ begins the names of tokens and passwords as well, and of an address with a token in it.
  'CI_(?:API_V4_URL|COMMIT_REF_NAME|COMMIT_REF_PROTECTED|COMMIT_SHA|DEBUG_SERVICES|DEBUG_TRACE|DEFAULT_BRANCH|DISPOSABLE_ENVIRONMENT|ENVIRONMENT_NAME|JOB_ID|JOB_NAME|JOB_URL|MERGE_REQUEST_PROJECT_ID|MERGE_REQUEST_SOURCE_PROJECT_ID|PAGES_URL|PIPELINE_ID|PIPELINE_SOURCE|PIPELINE_URL|PROJECT_DIR|PROJECT_ID|PROJECT_PATH|PROJECT_VISIBILITY|RUNNER_TAGS|SERVER_TLS_CA_FILE|SERVER_URL|SERVER_VERSION|SHARED_ENVIRONMENT)',
  'GITLAB_(?:CI|USER_ID|USER_LOGIN)|GIT_DEPTH|GIT_STRATEGY|TRIGGER_PAYLOAD',
  'RUNNER_(?:DEBUG|ENVIRONMENT|TEMP|TOOL_CACHE)|npm_config_registry|NPM_CONFIG_REGISTRY|ACTIONS_RESULTS_URL|ACTIONS_RUNTIME_URL|HEDDLE_POLICY_FLOOR',
  ...OPTIONS.filter((option) => (option.action || option.phases !== undefined) && option.kind !== 'secret').map((option) => `INPUT_${option.name.toUpperCase()}`),
].join('|')})$`);

/** True for a variable that the working process keeps. */
export function isKept(name: string): boolean {
  return ALLOWED.test(name);
}

/** A self-managed GitLab with a certificate authority of its own tells the job where its certificates are; Node reads them at its start alone. */
function withAuthorities(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const file = env['CI_SERVER_TLS_CA_FILE'] ?? '';
  return file === '' || env['GITLAB_CI'] !== 'true' || (env['NODE_EXTRA_CA_CERTS'] ?? '') !== '' ? env : { ...env, NODE_EXTRA_CA_CERTS: file };
}

const SIGNAL_EXIT = 128;

/**
 * Takes the secrets of this process. When its environment held any, the program is started again without them and gets them by
 * pipe; the answer is then the exit code of that process, since deleting a variable does not take it out of `/proc`.
 */
export async function startClean(): Promise<{ readonly secrets: Secrets } | { readonly exit: number }> {
  hardenProcess();
  if (process.env[HANDED_VARIABLE] !== undefined) {
    const secrets = takeHandedSecrets();
    watchParent(() => { process.kill(process.pid, 'SIGTERM'); });
    return { secrets: { ...secretsFrom(secrets), ...takeProxies(secrets, process.env) } };
  }
  const names = new Set(secretVariables());
  const isSecret = (name: string): boolean => names.has(name) || holdsPassword(name, process.env[name]) || looksLikeToken(process.env[name]);
  // GitLab puts every variable of the project into every job: there is always something that the working process must not hold.
  const crowded = process.env['GITLAB_CI'] === 'true' && Object.keys(process.env).some((name) => !isKept(name));
  if (!crowded && !Object.entries(process.env).some(([name, value]) => value !== '' && isSecret(name))) return { secrets: {} };
  const ending = await reexecWithCleanEnvironment({
    environment: withAuthorities(process.env), allowed: isKept, secret: isSecret,
    program: process.execPath, args: [...plainNodeArguments(process.execArgv), ...process.argv.slice(1)],
  });
  return { exit: ending.kind === 'exited' ? ending.code : SIGNAL_EXIT + (ending.signal === 'SIGINT' ? 2 : ending.signal === 'SIGKILL' ? 9 : 15) };
}
