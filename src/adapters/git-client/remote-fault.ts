import type { Fault, FaultCode } from '../../domain/fault.js';
import type { GitEnding } from './git-process.js';

/** Who speaks in the faults of a git remote, of what, and what a person does when the token may not. */
export interface RemoteSpeaker {
  readonly source: string;
  /** `the ledger`. */
  readonly what: string;
  /** One sentence, for a token that is refused. */
  readonly refused: string;
}

/** Codes whose cause is a setting, a token or this machine. */
const SETUP: ReadonlySet<FaultCode> = new Set(['unsupported', 'not-installed', 'unauthorized', 'forbidden']);

export function remoteFault(speaker: RemoteSpeaker, code: FaultCode, message: string, more: { readonly side?: Fault['side']; readonly retryable?: boolean } = {}): Fault {
  return { code, side: more.side ?? (SETUP.has(code) ? 'setup' : 'theirs'), retryable: more.retryable ?? false, source: speaker.source, message: message.slice(0, 4000) };
}

/**
 * What to say about a git call on the remote that did not end well. git tells the answer of a server only in its words; the
 * number in them is the one part that says whose fault it is, and it stands there in every version (`LC_ALL=C`).
 */
export function fromEnding(speaker: RemoteSpeaker, verb: string, ending: GitEnding): Fault {
  const what = `${verb} ${speaker.what}`;
  switch (ending.kind) {
    case 'not-started': return remoteFault(speaker, 'not-installed', `git could not be started to ${what}: ${oneLine(ending.why)}. Install git 2.34 or later and put it on the PATH.`);
    case 'timed-out': return remoteFault(speaker, 'timed-out', `The remote did not answer in time when asked to ${what}.`, { retryable: true });
    case 'cancelled': return remoteFault(speaker, 'timed-out', `The run was stopped while it was to ${what}.`, { retryable: true });
    case 'output-exceeded': return remoteFault(speaker, 'invalid-answer', `git wrote more than is allowed when asked to ${what}.`);
    case 'ended': {
      const status = /returned error: (\d{3})/.exec(ending.stderr)?.[1];
      const said = `git could not ${what} (exit code ${String(ending.code)}): ${oneLine(ending.stderr)}`;
      if (status === '401' || status === '403') return remoteFault(speaker, status === '401' ? 'unauthorized' : 'forbidden', `${said}. ${speaker.refused}`);
      return remoteFault(speaker, 'unreachable', said, { retryable: true });
    }
  }
}

/** Words of a program, made fit for one line of a message. */
export function oneLine(text: string): string {
  return text.trim().replace(/[\p{C}\p{Z}]+/gu, ' ').slice(0, 600);
}
