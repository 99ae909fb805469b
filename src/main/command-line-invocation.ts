import { userInfo } from 'node:os';
import path from 'node:path';
import { create as createGithubHost } from '../adapters/host/github-actions/index.js';
import { create as createLocalHost } from '../adapters/host/local/index.js';
import { err, ok, type Result } from '../kit/result.js';
import type { Arguments } from './arguments.js';
import { eventFile } from './event-file.js';
import { gitlabSurrounding, isGitlabJob } from './gitlab/gitlab-invocation.js';
import type { Invocation } from './invocation.js';
import { faultProblem, usageProblem, type Problem } from './problem.js';
import type { Secrets } from './secrets.js';
import { toolCacheFrom } from './tool-cache.js';

/** The record of a command line: options, event file, the person at the keyboard, the CI around us when there is one. */
export async function invocationFromArguments(given: Arguments, secrets: Secrets): Promise<Result<Invocation, Problem>> {
  const cwd = process.cwd();
  const env = process.env;
  const event = await eventFile(given.values.get('event'), cwd);
  if (!event.ok) return event;
  const common = {
    options: given.values, ticket: given.command === 'run' || given.command === 'admit' ? (given.positionals[0] ?? '') || undefined : undefined, event: event.value, secrets, cwd,
    proxied: isProxied(env), path: env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin', toolCache: toolCacheFrom(env),
  };
  if (isGitlabJob(env) && env['GITHUB_ACTIONS'] === 'true') return err(usageProblem('The environment says both GITLAB_CI and GITHUB_ACTIONS. One of them was set by somebody: take it out, since it decides where tokens are sent.'));
  if (isGitlabJob(env) && given.values.get('forge') !== 'local') {
    const around = await gitlabSurrounding(env, { given, secrets, cwd, event: event.value });
    return around.ok ? ok({ ...common, ...around.value }) : around;
  }
  if (env['GITHUB_ACTIONS'] === 'true' && given.values.get('forge') !== 'local') {
    const host = createGithubHost(env, process.stderr);
    if (!host.ok) return err(faultProblem(host.error));
    const { run } = host.value;
    const actor = { login: run.actor.login, id: run.actor.id ?? run.actor.login, kind: 'unknown' as const };
    return ok({
      ...common, host: host.value, forge: { id: run.flavour === 'github' ? 'github' : 'gitea', repository: run.repository, apiUrl: run.apiUrl, serverUrl: run.serverUrl }, localUser: undefined,
      actor, triggeringActor: run.triggeringActor.login === actor.login ? actor : { login: run.triggeringActor.login, id: run.triggeringActor.login, kind: 'unknown' },
    });
  }
  const out = path.resolve(cwd, given.values.get('out') ?? 'heddle-run');
  return ok({
    ...common, host: createLocalHost({ out: process.stderr, folder: out }), forge: undefined, localUser: userName(), actor: undefined, triggeringActor: undefined,
  });
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // No entry for our uid, as in some containers.
    return 'local';
  }
}

/** The variables that the toolkit's client obeys. */
export function isProxied(env: NodeJS.ProcessEnv): boolean {
  return ['https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY'].some((name) => (env[name] ?? '') !== '');
}
