import type { Host } from '../ports/host.js';
import type { Secrets } from './secrets.js';

/** What was asked for, whoever asked: the command line and the action make the same record of it. */
export interface Invocation {
  /** Options by name, from flags or inputs; absent when not given. */
  readonly options: ReadonlyMap<string, string>;
  readonly ticket: string | undefined;
  /** The event that started the CI run, or that `--event` names. Foreign data. */
  readonly event: { readonly name: string; readonly payload: unknown } | undefined;
  readonly secrets: Secrets;
  readonly host: Host;
  readonly cwd: string;
  /** What the forge's own environment says, in CI. */
  readonly forge: { readonly repository: string; readonly apiUrl: string; readonly serverUrl: string; readonly actor: string | undefined; readonly triggeringActor: string | undefined } | undefined;
  /** The person at the keyboard; on CI nobody. */
  readonly localUser: string | undefined;
  readonly color: boolean;
}

export function option(invocation: Invocation, name: string): string | undefined {
  const value = invocation.options.get(name);
  return value === '' ? undefined : value;
}

export function flag(invocation: Invocation, name: string): boolean {
  return invocation.options.get(name) === 'true';
}
