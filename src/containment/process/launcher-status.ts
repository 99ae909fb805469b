import type { Readable } from 'node:stream';
import type { ProgramEnding } from '../../ports/sandbox.js';

/** What a launcher that stands before the program says of itself and of the program. */
export interface LauncherStatus {
  /** A process that the launcher says it has made, as soon as that is written. */
  childOf(text: string): number | undefined;
  /** How the program ended, from the launcher's words and its own exit. */
  endingOf(exit: { readonly code: number | null; readonly signal: string | null; readonly text: string }): ProgramEnding;
  /** True when the launcher leaves a process that holds its file: it kills all others once we end the file, and ends then itself. */
  readonly keeper?: boolean;
  /** For a launcher that runs as another user: it inherits no file beyond 2, and we may not send it signals. */
  readonly foreign?: ForeignLauncher;
}

export interface ForeignLauncher {
  /** Its words, instead of a file that it would inherit. */
  readonly words: Readable;
  /** Asks it to kill the program with all its processes and to end. */
  end(): void;
  /** It has ended: lets go of what was held open for it, so that `words` ends. */
  release(): void;
}
