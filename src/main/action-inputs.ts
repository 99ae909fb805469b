import { OPTIONS } from '../config/options.js';
import { err, ok, type Result } from '../kit/result.js';
import { wrongValue } from './wrong-value.js';

/** Reads the action's inputs, secrets left out, and checks each against the option table. The runner trims nothing. */
export function readInputs(env: NodeJS.ProcessEnv): Result<ReadonlyMap<string, string>, { readonly message: string }> {
  const inputs = new Map<string, string>();
  for (const option of OPTIONS) {
    if (!option.action || option.kind === 'secret') continue;
    const value = (env[`INPUT_${option.name.toUpperCase()}`] ?? '').trim();
    if (value === '') continue;
    const wrong = wrongValue(option, value);
    if (wrong !== undefined) return err({ message: `Input ${option.name} ${wrong}.` });
    inputs.set(option.name, value);
  }
  return ok(inputs);
}
