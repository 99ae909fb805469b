import { OPTIONS, type OptionSpec } from '../config/options.js';
import type { Phase } from '../domain/phase.js';
import { err, ok, type Result } from '../kit/result.js';
import { wrongValue } from './wrong-value.js';

/** Reads the action's inputs, secrets left out, and checks each against the option table. The runner trims nothing. */
export function readInputs(env: NodeJS.ProcessEnv, phase?: Phase): Result<ReadonlyMap<string, string>, { readonly message: string }> {
  const inputs = new Map<string, string>();
  for (const option of OPTIONS) {
    if (!isInput(option, phase) || option.kind === 'secret') continue;
    const value = (env[`INPUT_${option.name.toUpperCase()}`] ?? '').trim();
    if (value === '') continue;
    const wrong = wrongValue(option, value);
    if (wrong !== undefined) return err({ message: `Input ${option.name} ${wrong}.` });
    inputs.set(option.name, value);
  }
  return ok(inputs);
}

/** An option that the one-job action takes, or the action of a phase. */
export function isInput(option: OptionSpec, phase: Phase | undefined): boolean {
  return phase === undefined ? option.action : option.phases?.includes(phase) === true;
}
