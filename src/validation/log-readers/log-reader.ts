import type { RawFinding } from '../fingerprint.js';
import type { PathFrame } from '../repository-path.js';

/** Reads one tool's way of writing, line by line. Lines are plain and at most `LINE_CHARS_MAX` long. All of it is foreign. */
export interface LogReader {
  line(line: string): void;
  /** The log is over: what is still open is told now. */
  end(): void;
}

export interface ReaderTask {
  readonly frame: PathFrame;
  emit(finding: RawFinding): void;
}

export const LINE_CHARS_MAX = 1000;
const LINES_MAX = 14;

/** Gathers the lines of a message; stops by itself after a fixed number. */
export class MessageLines {
  private readonly lines: string[] = [];
  private closed = false;

  add(line: string): void {
    if (this.closed || (this.lines.length === 0 && line.trim() === '')) return;
    if (this.lines.length >= LINES_MAX) this.closed = true;
    else this.lines.push(line);
  }

  close(): void {
    this.closed = true;
  }

  get isEmpty(): boolean {
    return this.lines.length === 0;
  }

  /** The lines without their common indentation. */
  text(): string {
    const filled = this.lines.filter((line) => line.trim() !== '');
    const indent = filled.reduce((least, line) => Math.min(least, line.length - line.trimStart().length), 80);
    return this.lines.map((line) => line.slice(Math.min(indent, line.length - line.trimStart().length)).trimEnd()).join('\n').trim();
  }
}
