import type { Fault, FaultCode } from '../../../domain/fault.js';
import type { GitEnding, RunGit, GitCall } from './git.js';

const SOURCE = 'workspace/git';

/** A fault of this adapter. `setup` is for what a person must mend, `ours` for Heddle and the machine. */
export function fault(code: FaultCode, side: Fault['side'], message: string): Fault {
  return { code, side, retryable: false, source: SOURCE, message: message.slice(0, 4000) };
}

/** What to say about a git call that did not end with code 0. Its own words are shown on one line, without control characters. */
export function gitFault(what: string, ending: GitEnding): Fault {
  switch (ending.kind) {
    case 'not-started': return fault('not-installed', 'setup', `git could not be started to ${what}: ${oneLine(ending.why)}. Install git 2.34 or later and put it on the PATH.`);
    case 'timed-out': return fault('timed-out', 'ours', `git did not end in time when asked to ${what}.`);
    case 'output-exceeded': return fault('io', 'ours', `git wrote more than is allowed when asked to ${what}.`);
    case 'ended': return fault('io', 'ours', `git could not ${what} (exit code ${String(ending.code)}): ${oneLine(ending.stderr)}`);
  }
}

/** Runs git where a failure can only be a bug or a broken disk, and answers its output. */
export async function mustRun(run: RunGit, call: GitCall): Promise<Buffer> {
  const ending = await run(call);
  if (ending.kind === 'ended' && ending.code === 0) return ending.stdout;
  throw new Error(gitFault(`run ${call.args[0] ?? ''}`, ending).message);
}

/** Text of a program or a file name, made fit for one line of a message. */
export function oneLine(text: string): string {
  return text.trim().replace(/[\p{C}\p{Z}]+/gu, ' ').slice(0, 600);
}
