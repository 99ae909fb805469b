import type { RunningProgram } from '../../../ports/sandbox.js';

/** One line of a program's output, without its end. */
export interface OutputLine {
  readonly stream: 'stdout' | 'stderr';
  readonly text: string;
  /** The line was longer than the cap: `text` is its beginning. */
  readonly cut: boolean;
}

/** Longest line that is kept, in bytes. What comes after it up to the line's end is thrown away as it arrives. */
export const LINE_BYTES_MAX = 1_048_576;

/**
 * The lines of both streams in the order they end. A line that never ends costs at most `max` bytes of memory; broken
 * UTF-8 becomes replacement characters; a last line without an end is given when the output is over.
 */
export async function* outputLines(output: RunningProgram['output'], max = LINE_BYTES_MAX): AsyncGenerator<OutputLine, void> {
  const open = { stdout: new OpenLine(max), stderr: new OpenLine(max) };
  for await (const { stream, bytes } of output) {
    for (const line of open[stream].push(bytes)) yield { stream, ...line };
  }
  for (const stream of ['stdout', 'stderr'] as const) {
    const line = open[stream].rest();
    if (line !== undefined) yield { stream, ...line };
  }
}

const NEWLINE = 10;

class OpenLine {
  private parts: Uint8Array[] = [];
  private kept = 0;
  private cut = false;

  private readonly max: number;

  constructor(max: number) {
    this.max = max;
  }

  * push(bytes: Uint8Array): Generator<{ readonly text: string; readonly cut: boolean }> {
    let from = 0;
    for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, from)) {
      this.keep(bytes.subarray(from, end));
      from = end + 1;
      yield this.take();
    }
    this.keep(bytes.subarray(from));
  }

  rest(): { readonly text: string; readonly cut: boolean } | undefined {
    return this.kept === 0 ? undefined : this.take();
  }

  private keep(bytes: Uint8Array): void {
    const room = this.max - this.kept;
    if (bytes.length > room) this.cut = true;
    if (room <= 0 || bytes.length === 0) return;
    // A copy: the chunk may be a window on a large buffer that would be held for one short line.
    this.parts.push(Uint8Array.from(bytes.subarray(0, room)));
    this.kept += Math.min(bytes.length, room);
  }

  private take(): { readonly text: string; readonly cut: boolean } {
    const text = Buffer.concat(this.parts).toString('utf8');
    const line = { text: text.endsWith('\r') ? text.slice(0, -1) : text, cut: this.cut };
    this.parts = [];
    this.kept = 0;
    this.cut = false;
    return line;
  }
}
