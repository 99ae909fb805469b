import { appendFileSync } from 'node:fs';
import { command } from '../adapters/host/github-actions/command.js';
import { OUTPUTS, PHASE_OUTPUTS } from '../config/options.js';
import type { Phase } from '../domain/phase.js';
import { readInputs } from './action-inputs.js';

/** The events a run can come from. Any other is none of ours, and costs nothing but this look. */
const OUR_EVENTS: ReadonlySet<string> = new Set(['issues', 'issue_comment', 'workflow_dispatch', 'repository_dispatch']);
const USAGE_EXIT = 2;

/**
 * The action on a workflow job. What can be answered from the inputs alone is answered here, before any library is loaded and
 * before the program starts itself again without secrets in its environment.
 */
export async function runAction(phase?: Phase): Promise<number> {
  const inputs = readInputs(process.env, phase);
  if (!inputs.ok) {
    process.stdout.write(command('error', {}, inputs.error.message));
    return USAGE_EXIT;
  }
  const event = process.env['GITHUB_EVENT_NAME'] ?? '';
  // The jobs after admit go by the plan, whatever started the workflow.
  const asks = phase === undefined || phase === 'admit';
  if (asks && !OUR_EVENTS.has(event) && !inputs.value.has('ticket')) return ignore(event, phase);
  const { startClean } = await import('./clean-start.js');
  const start = await startClean();
  if ('exit' in start) return start.exit;
  if (phase !== undefined) return (await import('./phases/action-phase.js')).phaseForWorkflow(phase, inputs.value, start.secrets);
  const { runForWorkflow } = await import('./action-run.js');
  return runForWorkflow(inputs.value, start.secrets);
}

function ignore(event: string, phase: Phase | undefined): number {
  const outputs = phase === undefined ? OUTPUTS : PHASE_OUTPUTS[phase];
  const file = process.env['GITHUB_OUTPUT'];
  if (file !== undefined && file !== '') appendFileSync(file, outputs.map(({ name }) => `${name}=${name === 'outcome' ? 'ignored' : ''}\n`).join(''));
  process.stdout.write(`Nothing to do: the event ${event.replace(/[^\w-]/g, '?')} starts no run. Heddle listens to ${[...OUR_EVENTS].join(', ')}.\n`);
  return 0;
}
