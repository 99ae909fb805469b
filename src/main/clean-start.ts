import { HANDED_VARIABLE, reexecWithCleanEnvironment, takeHandedSecrets, watchParent } from '../containment/clean-environment.js';
import { secretsFrom, secretVariables, type Secrets } from './secrets.js';

/** Variables a run needs itself. Everything else stays behind, whatever its name hides. */
const ALLOWED = /^(PATH|HOME|USER|LOGNAME|LANG|LC_[A-Z]+|TERM|TMPDIR|TZ|CI|NO_COLOR|FORCE_COLOR|COLUMNS|SSL_CERT_FILE|SSL_CERT_DIR|NODE_EXTRA_CA_CERTS|GITHUB_[A-Z_]+|RUNNER_[A-Z_]+|INPUT_[A-Z0-9_-]+|ACTIONS_RESULTS_URL|ACTIONS_RUNTIME_URL)$/;
const SIGNAL_EXIT = 128;

/**
 * Takes the secrets of this process. When its environment held any, the program is started again without them and gets them by
 * pipe; the answer is then the exit code of that process, since deleting a variable does not take it out of `/proc`.
 */
export async function startClean(): Promise<{ readonly secrets: Secrets } | { readonly exit: number }> {
  if (process.env[HANDED_VARIABLE] !== undefined) {
    const secrets = takeHandedSecrets();
    watchParent(() => { process.kill(process.pid, 'SIGTERM'); });
    return { secrets: secretsFrom(secrets) };
  }
  const secret = new Set(secretVariables());
  if (![...secret].some((name) => (process.env[name] ?? '') !== '')) return { secrets: {} };
  const ending = await reexecWithCleanEnvironment({
    environment: process.env, allowed: (name) => ALLOWED.test(name), secret: (name) => secret.has(name),
    program: process.execPath, args: [...process.execArgv, ...process.argv.slice(1)],
  });
  return { exit: ending.kind === 'exited' ? ending.code : SIGNAL_EXIT + (ending.signal === 'SIGINT' ? 2 : ending.signal === 'SIGKILL' ? 9 : 15) };
}
