import { OPTIONS } from '../config/options.js';

/** The secrets a run knows, by option name. They leave this process only through the gateway and the forge client. */
export type Secrets = Readonly<Partial<Record<string, string>>>;

/** Takes the secrets out of the environment: from the variables of the command line, and from action inputs. */
export function secretsFrom(env: NodeJS.ProcessEnv): Secrets {
  const found: Record<string, string> = {};
  for (const option of OPTIONS.filter((one) => one.kind === 'secret')) {
    const names = [`INPUT_${option.name.toUpperCase()}`, ...(option.env ?? [])];
    const value = names.map((name) => env[name]).find((one) => one !== undefined && one !== '');
    if (value !== undefined) found[option.name] = value;
  }
  const runtime = env['ACTIONS_RUNTIME_TOKEN'];
  if (runtime !== undefined && runtime !== '') found['actions-runtime-token'] = runtime;
  return found;
}

/** The names of the variables that hold them: what a clean environment leaves out. */
export function secretVariables(): readonly string[] {
  return ['ACTIONS_RUNTIME_TOKEN', 'ACTIONS_ID_TOKEN_REQUEST_TOKEN', ...OPTIONS.filter((one) => one.kind === 'secret').flatMap((option) => [`INPUT_${option.name.toUpperCase()}`, ...(option.env ?? [])])];
}
