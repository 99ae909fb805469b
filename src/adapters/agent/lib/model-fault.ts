import type { Fault } from '../../../domain/fault.js';
import { endingWords } from './outcome.js';
import type { OwnEnding } from './outcome.js';
import type { StreamEnd } from './stream-program.js';

const WORDS_MAX = 500;

/** What an HTTP status of the model means, as an agent reports it. Foreign words are quoted, never read. */
export function statusFault(source: string, status: number, words: string): Fault {
  const said = words === '' ? '' : ` The agent said: ${JSON.stringify(words.slice(0, WORDS_MAX))}`;
  const fault = (code: Fault['code'], side: Fault['side'], retryable: boolean, message: string): Fault => ({ code, side, retryable, source, message: `${message}${said}` });
  if (status === 401 || status === 403) return fault('unauthorized', 'setup', false, `The model refused the call with status ${status}. Check the model's key and name.`);
  if (status === 429) return fault('rate-limited', 'theirs', true, 'The model refused the calls because of a rate limit.');
  if (status >= 400 && status < 500) return fault('rejected', 'theirs', false, `The model refused the call with status ${status}.`);
  return fault('service-error', 'theirs', true, `The model's service failed${status === 0 ? '' : ` with status ${status}`}.`);
}

/** The agent says that its work ended with an error, and no status tells which. */
export function agentFault(source: string, words: string): Fault {
  return { code: 'service-error', side: 'theirs', retryable: true, source, message: `The agent ended with an error. It said: ${JSON.stringify(words.slice(0, WORDS_MAX))}` };
}

/** The session of the attempt before cannot be continued; the next attempt starts over with the whole brief. */
export function sessionLost(source: string, words: string): Fault {
  return { code: 'not-found', side: 'ours', retryable: true, source, message: `The session of the attempt before could not be continued; a new one will be started. The agent said: ${JSON.stringify(words.slice(0, WORDS_MAX))}` };
}

/** The program ended without the last line of its wire: killed from inside, crashed, or never really started. */
export function endingUnexplained(source: string, end: StreamEnd): Extract<OwnEnding, { kind: 'failed' }> {
  const stderr = end.stderrEnd === '' ? '' : ` Its error output: ${JSON.stringify(end.stderrEnd.slice(-WORDS_MAX))}`;
  if (end.ending.kind === 'exited' && (end.ending.code === 126 || end.ending.code === 127)) {
    return { kind: 'failed', fault: { code: 'not-installed', side: 'setup', retryable: false, source, message: `The program could not be started in the sandbox (${endingWords(end)}).${stderr}` } };
  }
  return { kind: 'failed', fault: { code: 'invalid-answer', side: 'theirs', retryable: true, source, message: `The agent ended with ${endingWords(end)} and without a result.${stderr}` } };
}
