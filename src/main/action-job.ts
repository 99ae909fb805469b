import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { command } from '../adapters/host/github-actions/command.js';
import { create as createGithubHost, type GithubActionsHost } from '../adapters/host/github-actions/index.js';
import type { Fault } from '../domain/fault.js';
import { err, ok, type Result } from '../kit/result.js';
import { isProxied } from './command-line-invocation.js';
import { parseEvent } from './event-file.js';
import type { Invocation } from './invocation.js';
import { usageProblem, type Problem } from './problem.js';
import type { Secrets } from './secrets.js';
import { toolCacheFrom } from './tool-cache.js';

/** The host of this job with every secret hidden in its log; nothing when this is no workflow job, which is said. */
export function hostOf(secrets: Secrets): GithubActionsHost | undefined {
  const host = createGithubHost(process.env, process.stdout);
  if (!host.ok) {
    process.stdout.write(command('error', {}, host.error.message));
    return undefined;
  }
  for (const secret of Object.values(secrets)) if (secret !== undefined) host.value.mask(secret);
  return host.value;
}

/** The record of a job: its inputs, the event that started the workflow when the job goes by it, who acted. */
export async function invocationOf(host: GithubActionsHost, { inputs, secrets, event: wanted }: { readonly inputs: ReadonlyMap<string, string>; readonly secrets: Secrets; readonly event: boolean }): Promise<Result<Invocation, Problem>> {
  const { run } = host;
  const options = new Map(inputs);
  const event = wanted ? await eventOf(host) : ok(undefined);
  if (!event.ok) return event;
  const cwd = run.workspace ?? process.cwd();
  // The run folder must not lie in the checkout that a later step might upload or commit by accident.
  options.set('out', path.resolve(run.temp ?? cwd, options.get('out') ?? 'heddle-run'));
  const actor = { login: run.actor.login, id: run.actor.id ?? run.actor.login, kind: 'unknown' as const };
  const triggering = run.triggeringActor.login;
  return ok({
    options, ticket: options.get('ticket'), event: event.value, secrets, host, cwd, localUser: undefined, actor,
    forge: { id: forgeOf(run), repository: run.repository, apiUrl: run.apiUrl, serverUrl: run.serverUrl },
    triggeringActor: triggering === actor.login ? actor : { login: triggering, id: triggering, kind: 'unknown' },
    proxied: isProxied(process.env), path: process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin', toolCache: toolCacheFrom(process.env),
  });
}

async function eventOf({ run }: GithubActionsHost): Promise<Result<Invocation['event'], Problem>> {
  let text: string;
  try {
    text = await readFile(run.eventPath, 'utf8');
  } catch (error) {
    return err(usageProblem(`The event file ${run.eventPath} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown error'}).`));
  }
  const event = parseEvent(text, run.eventPath, run.eventName);
  return event.ok ? ok({ ...event.value, service: forgeOf(run) }) : event;
}

/** Forgejo is the same forge as Gitea to us. */
export function forgeOf({ flavour }: GithubActionsHost['run']): 'github' | 'gitea' {
  return flavour === 'github' ? 'github' : 'gitea';
}

/** Uploads the run folder. Without an artifact the run is still delivered: a warning says where the folder is. */
export async function keepEvidence(invocation: Invocation, host: GithubActionsHost, kept: { readonly name: string; readonly folder: string }): Promise<string> {
  if (invocation.options.get('upload-evidence') === 'false') return kept.folder;
  const uploaded = await upload(invocation, host, kept);
  if (uploaded.ok) return uploaded.value;
  host.annotate('warning', `The evidence was not uploaded: ${uploaded.error.message} It is in ${kept.folder} on the runner.`);
  return kept.folder;
}

/** Uploads a folder as one artifact and answers its page, which ends with its number. */
export async function upload(invocation: Invocation, host: GithubActionsHost, { name, folder }: { readonly name: string; readonly folder: string }): Promise<Result<string, Fault>> {
  if (host.uploadArtifact === undefined) return ok(folder);
  const { create } = await import('../adapters/evidence/folder/index.js');
  const { redactorFor } = await import('./begin.js');
  const files = await create({ folder }, { redactor: redactorFor(invocation) }).list();
  // The client reads its token from the environment; the agent is dead by now, and this block is not what /proc shows.
  const token = invocation.secrets['actions-runtime-token'];
  if (token !== undefined) process.env['ACTIONS_RUNTIME_TOKEN'] = token;
  return host.uploadArtifact(name, folder, files);
}

/** A command that could not begin: one error in the log, and the exit code. */
export function fail(host: GithubActionsHost, problem: Problem): number {
  host.annotate('error', problem.message);
  return problem.exit;
}
