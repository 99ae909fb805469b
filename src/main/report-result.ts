import type { Host } from '../ports/host.js';
import { logText } from '../kit/log-text.js';
import type { Ignored } from './request-of.js';
import { EXIT } from './exit-code.js';
import type { Problem } from './problem.js';
import type { RunResult } from './run-to-rest.js';
import type { HandedOn } from './waiting/find-waiting.js';

/** The last lines of a run: where it stands, what it cost, where to look. Programs get the same as JSON on standard output. */
export function report(result: RunResult | Ignored | HandedOn, to: { readonly json: boolean; readonly host: Host; readonly more?: Readonly<Record<string, string>> }): number {
  if ('ignored' in result) {
    if (to.json) print({ outcome: 'ignored', why: result.ignored });
    to.host.line(`Nothing to do: ${result.ignored}.`);
    return EXIT.done;
  }
  if ('resume' in result) {
    if (to.json) print({ outcome: 'resume', runId: result.resume, baseCommit: result.base });
    to.host.line(result.words);
    return EXIT.done;
  }
  const { exit, outcome, run, changeUrl, costUsd, evidence, words } = result;
  if (to.json) print({ outcome, runId: run, changeUrl, costUsd, evidence, exitCode: exit, words, ...to.more });
  to.host.line('');
  to.host.line(`${outcome}: ${words}`);
  to.host.line(`run ${run}, cost $${costUsd.toFixed(4)}, evidence in ${evidence}`);
  return exit;
}

/** A command that could not begin says why on standard error. */
export function complain(problem: Problem): number {
  process.stderr.write(`${logText(problem.message)}\n`);
  return problem.exit;
}

function print(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}
