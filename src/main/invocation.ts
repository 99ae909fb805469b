import type { GitlabJob } from '../adapters/host/gitlab-ci/index.js';
import type { Actor } from '../domain/actor.js';
import type { Rung } from '../domain/rung.js';
import type { Host } from '../ports/host.js';
import type { Secrets } from './secrets.js';

/** What was asked for, whoever asked: the command line and the action make the same record of it. */
export interface Invocation {
  /** Options by name, from flags or inputs; absent when not given. */
  readonly options: ReadonlyMap<string, string>;
  readonly ticket: string | undefined;
  /** The event that started the CI run, or that `--event` names. Foreign data. */
  readonly event: { readonly service: 'github' | 'gitlab' | 'gitea'; readonly name: string; readonly payload: unknown } | undefined;
  readonly secrets: Secrets;
  readonly host: Host;
  readonly cwd: string;
  /** What the forge's own environment says, in CI. */
  readonly forge: { readonly id: 'github' | 'gitlab' | 'gitea'; readonly repository: string; readonly apiUrl: string; readonly serverUrl: string } | undefined;
  /** Who acted, as the CI says; looked up again before anything is allowed. */
  readonly actor: Actor | undefined;
  /** Who started this very CI run; another one after a re-run. */
  readonly triggeringActor: Actor | undefined;
  /** The person at the keyboard; on CI nobody. */
  readonly localUser: string | undefined;
  /** The job around us, when it is one of GitLab. */
  readonly gitlab?: GitlabJob | undefined;
  /** The environment names a proxy. */
  readonly proxied: boolean;
  /** Rungs that a drill is bound to; all when it is absent. No option sets it. */
  readonly rungs?: readonly Rung[];
  /** PATH, read once. */
  readonly path: string;
  /** Where agents' programs are kept between runs, and the npm registry that the environment names. */
  readonly toolCache: { readonly folder: string; readonly registry: string | undefined };
}

export function option(invocation: Invocation, name: string): string | undefined {
  const value = invocation.options.get(name);
  return value === '' ? undefined : value;
}

export function flag(invocation: Invocation, name: string): boolean {
  return invocation.options.get(name) === 'true';
}
