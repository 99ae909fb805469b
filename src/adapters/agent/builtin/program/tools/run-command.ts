import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { text, whole } from './tool.js';
import type { Tool, ToolAnswer } from './tool.js';
import { inWorkspace } from './workspace-path.js';

const TIME_S_DEFAULT = 120;
const TIME_S_MAX = 300;
const HEAD_CHARS = 4000;
const TAIL_CHARS = 12_000;
/** A command that leaves children behind keeps its pipes open; they get so long to end after it. */
const LINGER_MS = 300;

/** A shell command of the agent's own. It runs where the agent runs: the sandbox around both is the boundary, not this. */
export const runCommand: Tool = {
  name: 'run_command',
  needs: 'command',
  description: 'Runs a shell command (sh -c) in the working folder and shows its output and exit code. No input, no terminal; of the network only the hosts that your task names, if any.',
  properties: {
    command: { type: 'string', description: 'The shell text.' },
    path: { type: 'string', description: 'Folder to run in; the working folder when left out.' },
    seconds: { type: 'integer', description: `Time allowed, 1 to ${TIME_S_MAX}. Default ${TIME_S_DEFAULT}.` },
  },
  required: ['command'],
  async run(input, place) {
    const cwd = (await inWorkspace(input['path'] === undefined ? '.' : text(input, 'path'), place)).path;
    const seconds = Math.max(1, Math.min(TIME_S_MAX, whole(input, 'seconds', TIME_S_DEFAULT)));
    return run(text(input, 'command'), cwd, seconds);
  },
};

function run(command: string, cwd: string, seconds: number): Promise<ToolAnswer> {
  const child = spawn('sh', ['-c', command], { cwd, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const output = new Output();
  child.stdout.on('data', (chunk: Buffer) => { output.add(chunk); });
  child.stderr.on('data', (chunk: Buffer) => { output.add(chunk); });
  return new Promise((resolve) => {
    let late = false;
    const timer = setTimeout(() => { late = true; killGroup(child); }, seconds * 1000);
    const finish = (words: string, ok: boolean): void => {
      clearTimeout(timer);
      child.stdout.destroy();
      child.stderr.destroy();
      const shown = output.text();
      resolve({ ok, text: shown === '' ? words : `${shown}\n${words}` });
    };
    const ended = (code: number | null, signal: string | null): void => {
      if (late) finish(`[ended after ${seconds} s: the time was up]`, false);
      else finish(signal === null ? `[exit code ${code ?? 0}]` : `[ended by ${signal}]`, code === 0);
    };
    child.once('error', (error) => { finish(`[the command could not be started: ${error.message}]`, false); });
    child.once('close', ended);
    child.once('exit', (code, signal) => {
      setTimeout(() => { killGroup(child); ended(code, signal); }, LINGER_MS).unref();
    });
  });
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // The group is gone already.
  }
}

/** The beginning and the end of what was written: errors stand at either. */
class Output {
  private head = '';
  private tail = '';
  private dropped = 0;

  add(chunk: Buffer): void {
    let rest = chunk.toString('utf8');
    const room = HEAD_CHARS - this.head.length;
    if (room > 0) {
      this.head += rest.slice(0, room);
      rest = rest.slice(room);
    }
    this.tail += rest;
    if (this.tail.length > 2 * TAIL_CHARS) this.cut();
  }

  text(): string {
    if (this.tail.length > TAIL_CHARS) this.cut();
    const middle = this.dropped === 0 ? '' : `\n[… ${this.dropped} characters left out …]\n`;
    return `${this.head}${middle}${this.tail}`.trimEnd();
  }

  private cut(): void {
    this.dropped += this.tail.length - TAIL_CHARS;
    this.tail = this.tail.slice(-TAIL_CHARS);
  }
}
