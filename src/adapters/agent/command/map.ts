import type { Fault } from '../../../domain/fault.js';
import { untrusted } from '../../../domain/text.js';
import { endingWords } from '../lib/outcome.js';
import type { OwnEnding } from '../lib/outcome.js';
import type { StreamEnd } from '../lib/stream-program.js';

const SUMMARY_MAX = 4000;

/** What the end of a free program means: exit code 0 is an end by itself, anything else a failure. Neither says anything about the work. */
export function endingOf(end: StreamEnd, lastLines: readonly string[]): OwnEnding {
  if (end.ending.kind === 'exited' && end.ending.code === 0) {
    return { kind: 'completed', summary: untrusted(lastLines.join('\n').trim().slice(-SUMMARY_MAX)) };
  }
  return { kind: 'failed', fault: faultOf(end) };
}

function faultOf(end: StreamEnd): Fault {
  const stderr = end.stderrEnd === '' ? '' : ` The end of its error output: ${JSON.stringify(end.stderrEnd.slice(-500))}`;
  if (end.ending.kind === 'exited' && (end.ending.code === 126 || end.ending.code === 127)) {
    return {
      code: 'not-installed', side: 'setup', retryable: false, source: 'agent/command',
      message: `The program of agent.command could not be started in the sandbox (${endingWords(end)}). Give an absolute path, or a program on the runner's PATH.${stderr}`,
    };
  }
  return { code: 'service-error', side: 'theirs', retryable: true, source: 'agent/command', message: `The program of agent.command ended with ${endingWords(end)}.${stderr}` };
}
