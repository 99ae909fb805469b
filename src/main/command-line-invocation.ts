import { readFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import path from 'node:path';
import { create as createGithubHost } from '../adapters/host/github-actions/index.js';
import { create as createLocalHost } from '../adapters/host/local/index.js';
import { err, ok, type Result } from '../kit/result.js';
import type { Arguments } from './arguments.js';
import type { Invocation } from './invocation.js';
import { faultProblem, usageProblem, type Problem } from './problem.js';
import type { Secrets } from './secrets.js';
import { toolCacheFrom } from './tool-cache.js';

const EVENT_BYTES_MAX = 25 * 1024 * 1024;

/** The record of a command line: options, event file, the person at the keyboard, the CI around us when there is one. */
export async function invocationFromArguments(given: Arguments, secrets: Secrets): Promise<Result<Invocation, Problem>> {
  const cwd = process.cwd();
  const env = process.env;
  const event = await eventOf(given, cwd);
  if (!event.ok) return event;
  const common = {
    options: given.values, ticket: given.command === 'run' || given.command === 'admit' ? given.positionals[0] : undefined, event: event.value, secrets, cwd,
    proxied: isProxied(env), path: env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin', toolCache: toolCacheFrom(env),
  };
  if (env['GITHUB_ACTIONS'] === 'true' && given.values.get('forge') !== 'local') {
    const host = createGithubHost(env, process.stderr);
    if (!host.ok) return err(faultProblem(host.error));
    const { run } = host.value;
    const actor = { login: run.actor.login, id: run.actor.id ?? run.actor.login, kind: 'unknown' as const };
    return ok({
      ...common, host: host.value, forge: { repository: run.repository, apiUrl: run.apiUrl, serverUrl: run.serverUrl }, localUser: undefined,
      actor, triggeringActor: run.triggeringActor.login === actor.login ? actor : { login: run.triggeringActor.login, id: run.triggeringActor.login, kind: 'unknown' },
    });
  }
  const out = path.resolve(cwd, given.values.get('out') ?? 'heddle-run');
  return ok({
    ...common, host: createLocalHost({ out: process.stderr, folder: out }), forge: undefined, localUser: userName(), actor: undefined, triggeringActor: undefined,
  });
}

async function eventOf(given: Arguments, cwd: string): Promise<Result<Invocation['event'], Problem>> {
  const named = given.values.get('event');
  if (named === undefined) return ok(undefined);
  const file = path.resolve(cwd, named);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    return err(usageProblem(`The event file ${named} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown error'}). Give the webhook's payload as a JSON file to --event.`));
  }
  return parseEvent(text, named);
}

/** Reads a webhook payload. Foreign data: only intake gives it a form. The name is found by the members it has. */
export function parseEvent(text: string, file: string, name?: string): Result<NonNullable<Invocation['event']>, Problem> {
  if (text.length > EVENT_BYTES_MAX) return err(usageProblem(`The event file ${file} is larger than ${EVENT_BYTES_MAX} bytes, the most a webhook can have.`));
  let payload: unknown;
  try {
    payload = JSON.parse(text);
  } catch (cause) {
    return err(usageProblem(`The event file ${file} is not JSON: ${(cause as Error).message}.`));
  }
  return ok({ name: name ?? eventName(payload), payload });
}

function eventName(payload: unknown): string {
  const members = new Set(typeof payload === 'object' && payload !== null ? Object.keys(payload) : []);
  if (members.has('comment') && members.has('issue')) return 'issue_comment';
  if (members.has('issue')) return 'issues';
  if (members.has('pull_request') && members.has('review')) return 'pull_request_review';
  if (members.has('pull_request') && members.has('comment')) return 'pull_request_review_comment';
  if (members.has('client_payload')) return 'repository_dispatch';
  if (members.has('inputs') && members.has('workflow')) return 'workflow_dispatch';
  return 'unknown';
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
