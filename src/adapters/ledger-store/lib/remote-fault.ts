import type { Fault, FaultCode } from '../../../domain/fault.js';
import type { GitEnding } from '../../git-client/git-process.js';

/** A fault of a ledger that is kept on a git remote. */
export function remoteFault(code: FaultCode, side: Fault['side'], message: string, retryable = false): Fault {
  return { code, side, retryable, source: 'ledger-store/git-branch', message: message.slice(0, 4000) };
}

/**
 * What to say about a git call on the remote that did not end well. git tells the answer of a server only in its words; the
 * number in them is the one part that says whose fault it is, and it stands there in every version (`LC_ALL=C`).
 */
export function fromEnding(what: string, ending: GitEnding): Fault {
  switch (ending.kind) {
    case 'not-started': return remoteFault('not-installed', 'setup', `git could not be started to ${what}: ${oneLine(ending.why)}. Install git 2.34 or later and put it on the PATH.`);
    case 'timed-out': return remoteFault('timed-out', 'theirs', `The remote did not answer in time when asked to ${what}.`, true);
    case 'cancelled': return remoteFault('timed-out', 'theirs', `The run was stopped while it was to ${what}.`, true);
    case 'output-exceeded': return remoteFault('invalid-answer', 'theirs', `git wrote more than is allowed when asked to ${what}.`);
    case 'ended': {
      const status = /returned error: (\d{3})/.exec(ending.stderr)?.[1];
      const said = `git could not ${what} (exit code ${String(ending.code)}): ${oneLine(ending.stderr)}`;
      if (status === '401' || status === '403') return remoteFault(status === '401' ? 'unauthorized' : 'forbidden', 'setup', `${said}. The token needs the right to read and write the repository's contents; or set \`ledger.store\` to \`folder\` or \`none\`.`);
      return remoteFault('unreachable', 'theirs', said, true);
    }
  }
}

/** Words of a program, made fit for one line of a message. */
export function oneLine(text: string): string {
  return text.trim().replace(/[\p{C}\p{Z}]+/gu, ' ').slice(0, 600);
}
