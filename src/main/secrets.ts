import { OPTIONS } from '../config/options.js';

/** The secrets a run knows, by option name. They leave this process only through the gateway and the forge client. */
export type Secrets = Readonly<Partial<Record<string, string>>>;

/** Of the runner, not of an option. The second is never used, but must never be shown either. */
const RUNNER_SECRETS = { ACTIONS_RUNTIME_TOKEN: 'actions-runtime-token', ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'actions-id-token-request-token' } as const;

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
  return found;
}

/** The names of the variables that hold them: what a clean environment leaves out. */
export function secretVariables(): readonly string[] {
  return [...Object.keys(RUNNER_SECRETS), ...OPTIONS.filter((one) => one.kind === 'secret').flatMap(namesOf)];
}

function namesOf(option: { readonly name: string; readonly env?: readonly string[] }): readonly string[] {
  return [`INPUT_${option.name.toUpperCase()}`, ...(option.env ?? [])];
}
