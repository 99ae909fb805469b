import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import type { Git } from './git.js';

/** What `cat-file --batch` says about one object; undefined = the repository does not have it. */
export interface GitObject { readonly type: string; readonly bytes: Buffer }

/** Reads objects through one git process that stays. It holds nothing open: the process does not keep us alive. */
export interface ObjectReader { read(name: string): Promise<GitObject | undefined> }

interface Waiting { resolve(object: GitObject | undefined): void; reject(error: Error): void }

/** @param gitDir our own bare clone; names are full object names, checked here because a line break would be a second request */
export function createObjectReader(git: Git, gitDir: string): ObjectReader {
  let session: Session | undefined;
  return {
    read(name) {
      if (!/^[0-9a-f]{40}([0-9a-f]{24})?$/.test(name)) throw new TypeError('a full object name is asked for');
      if (session === undefined || session.ended) session = new Session(git.start({ gitDir, args: ['cat-file', '--batch'] }));
      return session.ask(name);
    },
  };
}

class Session {
  ended = false;
  private readonly waiting: Waiting[] = [];
  private readonly questions: string[] = [];
  private chunks: Buffer[] = [];
  private held = 0;
  /** The header of the object whose bytes are coming. */
  private header: { readonly type: string; readonly size: number } | undefined;

  private readonly child: ChildProcessWithoutNullStreams;

  constructor(child: ChildProcessWithoutNullStreams) {
    this.child = child;
    child.stdout.on('data', (chunk: Buffer) => { this.take(chunk); });
    child.stderr.resume();
    child.stdin.on('error', () => undefined);
    child.on('error', (error) => { this.end(error); });
    child.on('close', (code) => { this.end(new Error(`git cat-file ended with code ${String(code)}`)); });
    this.keepAlive(false);
  }

  ask(name: string): Promise<GitObject | undefined> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ resolve, reject });
      this.keepAlive(true);
      this.questions.push(name);
      // What is asked for in one turn goes out as one write: thousands of small ones cost more than the reading.
      if (this.questions.length === 1) queueMicrotask(() => { this.child.stdin.write(`${this.questions.splice(0).join('\n')}\n`); });
    });
  }

  private take(chunk: Buffer): void {
    this.chunks.push(chunk);
    this.held += chunk.length;
    while (this.answer());
  }

  /** Answers the oldest question if all of its bytes are here. */
  private answer(): boolean {
    if (this.header === undefined) {
      const text = this.joined();
      const end = text.indexOf(10);
      if (end < 0) return false;
      const [, type, size] = text.toString('latin1', 0, end).split(' ');
      this.keep(text.subarray(end + 1));
      if (size === undefined || type === undefined) return this.settle(undefined);
      this.header = { type, size: Number(size) };
    }
    if (this.held < this.header.size + 1) return false;
    const all = this.joined();
    const object = { type: this.header.type, bytes: Buffer.from(all.subarray(0, this.header.size)) };
    this.keep(all.subarray(this.header.size + 1));
    this.header = undefined;
    return this.settle(object);
  }

  private settle(object: GitObject | undefined): true {
    this.waiting.shift()?.resolve(object);
    if (this.waiting.length === 0) this.keepAlive(false);
    return true;
  }

  private joined(): Buffer {
    const only = this.chunks[0];
    if (this.chunks.length === 1 && only !== undefined) return only;
    const all = Buffer.concat(this.chunks);
    this.chunks = [all];
    return all;
  }

  private keep(rest: Buffer): void {
    this.chunks = [rest];
    this.held = rest.length;
  }

  private end(error: Error): void {
    this.ended = true;
    for (const one of this.waiting.splice(0)) one.reject(error);
  }

  private keepAlive(wanted: boolean): void {
    for (const handle of [this.child, this.child.stdin, this.child.stdout, this.child.stderr]) {
      const switchable = handle as { ref?(): void; unref?(): void };
      if (wanted) switchable.ref?.();
      else switchable.unref?.();
    }
  }
}
