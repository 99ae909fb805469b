import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { command } from '../adapters/host/github-actions/command.js';
import { create as createGithubHost, type GithubActionsHost } from '../adapters/host/github-actions/index.js';
import { OUTPUTS } from '../config/options.js';
import { err, ok, type Result } from '../kit/result.js';
import { begin, type Ignored } from './begin.js';
import { isProxied, parseEvent } from './command-line-invocation.js';
import type { Invocation } from './invocation.js';
import { EXIT } from './exit-code.js';
import { usageProblem, type Problem } from './problem.js';
import { progressFor } from './progress-for.js';
import type { RunResult } from './run-to-rest.js';
import type { Secrets } from './secrets.js';
import { toolCacheFrom } from './tool-cache.js';

/** A run for a workflow job: inputs and event in, outputs, summary and artifact out. */
export async function runForWorkflow(inputs: ReadonlyMap<string, string>, secrets: Secrets): Promise<number> {
  const host = createGithubHost(process.env, process.stdout);
  if (!host.ok) {
    process.stdout.write(command('error', {}, host.error.message));
    return EXIT.usage;
  }
  for (const secret of Object.values(secrets)) if (secret !== undefined) host.value.mask(secret);
  const invocation = await invocationOf(host.value, inputs, secrets);
  if (!invocation.ok) return fail(host.value, invocation.error);
  const progress = progressFor(invocation.value);
  const result = await begin(invocation.value, progress);
  if (!result.ok) return fail(host.value, result.error);
  return finish(invocation.value, host.value, result.value);
}

async function invocationOf(host: GithubActionsHost, inputs: ReadonlyMap<string, string>, secrets: Secrets): Promise<Result<Invocation, Problem>> {
  const { run } = host;
  const options = new Map(inputs);
  let text: string;
  try {
    text = await readFile(run.eventPath, 'utf8');
  } catch (error) {
    return err(usageProblem(`The event file ${run.eventPath} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown error'}).`));
  }
  const event = parseEvent(text, run.eventPath, run.eventName);
  if (!event.ok) return event;
  const cwd = run.workspace ?? process.cwd();
  // The run folder must not lie in the checkout that a later step might upload or commit by accident.
  options.set('out', path.resolve(run.temp ?? cwd, options.get('out') ?? 'heddle-run'));
  const actor = { login: run.actor.login, id: run.actor.id ?? run.actor.login, kind: 'unknown' as const };
  const triggering = run.triggeringActor.login;
  return ok({
    options, ticket: options.get('ticket'), event: event.value, secrets, host, cwd, localUser: undefined, actor,
    forge: { repository: run.repository, apiUrl: run.apiUrl, serverUrl: run.serverUrl },
    triggeringActor: triggering === actor.login ? actor : { login: triggering, id: triggering, kind: 'unknown' },
    proxied: isProxied(process.env), path: process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin', toolCache: toolCacheFrom(process.env),
  });
}

async function finish(invocation: Invocation, host: GithubActionsHost, result: RunResult | Ignored): Promise<number> {
  if ('ignored' in result) {
    await setOutputs(host, { outcome: 'ignored', 'run-id': '', 'change-url': '', 'cost-usd': '0', evidence: '' });
    host.line(`Nothing to do: ${result.ignored}.`);
    return EXIT.done;
  }
  const evidence = await keepEvidence(invocation, host, result);
  await setOutputs(host, { outcome: result.outcome, 'run-id': result.run, 'change-url': result.changeUrl, 'cost-usd': result.costUsd.toFixed(6), evidence });
  host.line(`${result.outcome}: ${result.words}`);
  // A declined ticket or a question to a person is no broken workflow: the job stays green, the outputs tell.
  const green = result.exit === EXIT.declined || result.exit === EXIT.waiting;
  if (result.exit !== EXIT.done) host.annotate(green ? 'warning' : 'error', `${result.outcome}: ${result.words}`);
  return green ? EXIT.done : result.exit;
}

/** Uploads the run folder. Without an artifact the run is still delivered: a warning says where the folder is. */
async function keepEvidence(invocation: Invocation, host: GithubActionsHost, result: RunResult): Promise<string> {
  if (invocation.options.get('upload-evidence') === 'false' || host.uploadArtifact === undefined) return result.evidence;
  const { create } = await import('../adapters/evidence/folder/index.js');
  const { redactorFor } = await import('./begin.js');
  const files = await create({ folder: result.evidence }, { redactor: redactorFor(invocation) }).list();
  // The client reads its token from the environment; the agent is dead by now, and this block is not what /proc shows.
  const token = invocation.secrets['actions-runtime-token'];
  if (token !== undefined) process.env['ACTIONS_RUNTIME_TOKEN'] = token;
  const uploaded = await host.uploadArtifact(`heddle-${result.run}`, result.evidence, files);
  if (uploaded.ok) return uploaded.value;
  host.annotate('warning', `The evidence was not uploaded: ${uploaded.error.message} It is in ${result.evidence} on the runner.`);
  return result.evidence;
}

async function setOutputs(host: GithubActionsHost, values: Readonly<Record<string, string>>): Promise<void> {
  for (const { name } of OUTPUTS) await host.output(name, values[name] ?? '');
}

function fail(host: GithubActionsHost, problem: Problem): number {
  host.annotate('error', problem.message);
  return problem.exit;
}
