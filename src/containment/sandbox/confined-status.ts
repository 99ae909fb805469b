import type { ProgramEnding } from '../../ports/sandbox.js';
import type { LauncherStatus } from '../process/start-process.js';
import { BEGUN } from './launcher/confined-launch.js';

/**
 * What the launcher says: `BEGUN` right before it becomes the program, or the name of the row that failed, with the error
 * number as its exit code. Without `BEGUN` no program ran, whatever the exit code is.
 */
export const CONFINED_STATUS: LauncherStatus = {
  childOf: () => undefined,
  endingOf: ({ code, signal, text }): ProgramEnding => {
    if (text === BEGUN) return signal === null ? { kind: 'exited', code: code ?? 0 } : { kind: 'signalled', signal };
    const row = text.startsWith(BEGUN) ? text.slice(BEGUN.length) : text;
    return {
      kind: 'not-started',
      fault: {
        code: 'io', side: 'setup', retryable: false, source: 'containment/launcher',
        message: row === '' ? `The launcher of the sandbox ended (${signal ?? code ?? 'no code'}) before it began.`
          : `The sandbox could not be set up: ${JSON.stringify(row.slice(0, 300))} failed with error number ${code ?? 'unknown'} of the system. \`heddle doctor\` tries each part.`,
      },
    };
  },
};
