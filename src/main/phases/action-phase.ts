import type { GithubActionsHost } from '../../adapters/host/github-actions/index.js';
import { PHASE_OUTPUTS } from '../../config/options.js';
import type { Phase } from '../../domain/phase.js';
import { fail, hostOf, invocationOf, keepEvidence, upload } from '../action-job.js';
import { begin } from '../begin.js';
import { EXIT } from '../exit-code.js';
import type { Invocation } from '../invocation.js';
import { progressFor } from '../progress-for.js';
import type { RunResult } from '../run-to-rest.js';
import type { Secrets } from '../secrets.js';
import { beginPhase } from './begin-phase.js';
import { leftBundle } from './left-bundle.js';

/** One phase as the job of a workflow: inputs in, outputs out. What is not an output of the phase is not said to later jobs. */
export async function phaseForWorkflow(phase: Phase, inputs: ReadonlyMap<string, string>, secrets: Secrets): Promise<number> {
  const host = hostOf(secrets);
  if (host === undefined) return EXIT.usage;
  const invocation = await invocationOf(host, { inputs, secrets, event: phase === 'admit' || (phase === 'deliver' && (inputs.get('resume') ?? '') !== '') });
  if (!invocation.ok) return fail(host, invocation.error);
  const progress = progressFor(invocation.value);
  const result = phase === 'admit' ? await begin(invocation.value, progress, 'admit') : await beginPhase(invocation.value, phase, progress);
  if (!result.ok) return fail(host, result.error);
  if ('ignored' in result.value) {
    await setOutputs(host, phase, { outcome: 'ignored' });
    host.line(`Nothing to do: ${result.value.ignored}.`);
    return EXIT.done;
  }
  if ('resume' in result.value) {
    const { resume, base, words } = result.value;
    await setOutputs(host, phase, { 'outcome': 'resume', 'run-id': resume, 'waiting-run': resume, 'base-commit': base });
    host.line(words);
    return EXIT.done;
  }
  return finish({ phase, invocation: invocation.value, host }, result.value);
}

interface Job { readonly phase: Phase; readonly invocation: Invocation; readonly host: GithubActionsHost }

async function finish(job: Job, result: RunResult): Promise<number> {
  const { phase, invocation, host } = job;
  const bundle = await handOver(job, result);
  const evidence = await keepEvidence(invocation, host, { name: `heddle-${result.run}-${phase}`, folder: result.evidence });
  await setOutputs(host, phase, {
    'outcome': result.outcome, 'run-id': result.run, 'change-url': result.changeUrl, 'cost-usd': result.costUsd.toFixed(6), evidence, 'held': result.held ?? '',
    'plan': result.plan?.text ?? '', 'plan-digest': result.plan?.digest ?? '', 'base-commit': result.plan?.base ?? '', ...bundle.outputs,
  });
  host.line(`${result.outcome}: ${result.words}`);
  const doubtful = phase === 'verify' && result.exit === EXIT.done && evidence === result.evidence && invocation.options.get('upload-evidence') !== 'false';
  // The change points people at verify's evidence. An artifact's name is taken by whoever comes first, also by a work job that
  // was taken over: results that are not verify's own must not stand beside a green job.
  if (doubtful) host.annotate('error', 'The evidence of this job could not be uploaded. An artifact of its name, if there is one, was made by another job: do not believe it. Start the job again.');
  const exit = bundle.failed || doubtful ? EXIT.outside : result.exit;
  // Declined and waiting are no broken workflow. The colour of verify is what deliver goes by: there nothing but success is green.
  const green = phase !== 'verify' && (exit === EXIT.declined || exit === EXIT.waiting);
  if (exit !== EXIT.done) host.annotate(green ? 'warning' : 'error', `${result.outcome}: ${result.words}`);
  return green ? EXIT.done : exit;
}

/** The bundle of work as an artifact of two files. Its number and the digest of its manifest are all that later jobs are told. */
async function handOver({ invocation, host }: Job, result: RunResult): Promise<{ readonly outputs: Readonly<Record<string, string>>; readonly failed: boolean }> {
  const left = await leftBundle(result);
  if (left === undefined) return { outputs: {}, failed: false };
  const uploaded = await upload(invocation, host, { name: `heddle-${result.run}-bundle`, folder: left.folder });
  const number = uploaded.ok ? /\/artifacts\/(\d{1,20})$/.exec(uploaded.value)?.[1] : undefined;
  if (number !== undefined) return { outputs: { 'artifact-id': number, 'bundle-digest': left.digest }, failed: false };
  host.annotate('error', `The bundle was not uploaded${uploaded.ok ? '' : `: ${uploaded.error.message}`} Start the job again.`);
  return { outputs: {}, failed: true };
}

async function setOutputs(host: GithubActionsHost, phase: Phase, values: Readonly<Record<string, string>>): Promise<void> {
  for (const { name } of PHASE_OUTPUTS[phase]) await host.output(name, values[name] ?? '');
}
