import type { GithubActionsHost } from '../adapters/host/github-actions/index.js';
import { OUTPUTS } from '../config/options.js';
import { fail, hostOf, invocationOf, keepEvidence } from './action-job.js';
import { begin, type Begun } from './begin.js';
import { EXIT } from './exit-code.js';
import type { Invocation } from './invocation.js';
import { progressFor } from './progress-for.js';
import type { Secrets } from './secrets.js';

/** A run for a workflow job: inputs and event in, outputs, summary and artifact out. */
export async function runForWorkflow(inputs: ReadonlyMap<string, string>, secrets: Secrets): Promise<number> {
  const host = hostOf(secrets);
  if (host === undefined) return EXIT.usage;
  const invocation = await invocationOf(host, { inputs, secrets, event: true });
  if (!invocation.ok) return fail(host, invocation.error);
  const progress = progressFor(invocation.value);
  const result = await begin(invocation.value, progress);
  if (!result.ok) return fail(host, result.error);
  return finish(invocation.value, host, result.value);
}

async function finish(invocation: Invocation, host: GithubActionsHost, result: Begun): Promise<number> {
  if ('resume' in result) throw new Error('only the admit job hands a run on');
  if ('ignored' in result) {
    await setOutputs(host, { outcome: 'ignored', 'run-id': '', 'change-url': '', 'cost-usd': '0', evidence: '' });
    host.line(`Nothing to do: ${result.ignored}.`);
    return EXIT.done;
  }
  const evidence = await keepEvidence(invocation, host, { name: `heddle-${result.run}`, folder: result.evidence });
  await setOutputs(host, { outcome: result.outcome, 'run-id': result.run, 'change-url': result.changeUrl, 'cost-usd': result.costUsd.toFixed(6), evidence });
  host.line(`${result.outcome}: ${result.words}`);
  // A declined ticket or a question to a person is no broken workflow: the job stays green, the outputs tell.
  const green = result.exit === EXIT.declined || result.exit === EXIT.waiting;
  if (result.exit !== EXIT.done) host.annotate(green ? 'warning' : 'error', `${result.outcome}: ${result.words}`);
  return green ? EXIT.done : result.exit;
}

async function setOutputs(host: GithubActionsHost, values: Readonly<Record<string, string>>): Promise<void> {
  for (const { name } of OUTPUTS) await host.output(name, values[name] ?? '');
}
