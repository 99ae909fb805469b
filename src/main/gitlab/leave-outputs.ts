import type { Invocation } from '../invocation.js';
import type { Ignored } from '../request-of.js';
import type { RunResult } from '../run-to-rest.js';
import type { HandedOn } from '../waiting/find-waiting.js';

/** The answers of a command as files of the run folder, for the jobs after it; on other hosts nothing. */
export async function leaveOutputs({ gitlab, host }: Invocation, result: RunResult | Ignored | HandedOn, more: Readonly<Record<string, string>> = {}): Promise<void> {
  if (gitlab === undefined) return;
  for (const [name, value] of Object.entries({ ...outputsOf(result, host.facts.evidenceUrl), ...more })) if (value !== '') await host.output(name, value);
}

function outputsOf(result: RunResult | Ignored | HandedOn, evidenceUrl: string | undefined): Readonly<Record<string, string>> {
  if ('ignored' in result) return { outcome: 'ignored' };
  if ('resume' in result) return { outcome: 'resume', 'run-id': result.resume, 'waiting-run': result.resume, 'base-commit': result.base };
  return { outcome: result.outcome, 'run-id': result.run, 'change-url': result.changeUrl, 'cost-usd': result.costUsd.toFixed(6), evidence: evidenceUrl ?? result.evidence };
}
