import { spawn } from 'node:child_process';
import { closeSync, fstatSync, openSync, readFileSync, writeSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Writable } from 'node:stream';
import { z } from 'zod';

/** What to start again, and with what. Nothing is read from the environment here: `main` gives it. */
export interface CleanStart {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Names the new process keeps. */
  readonly allowed: (name: string) => boolean;
  /** Names whose values are handed over by pipe; they are never in the new environment, even when allowed. */
  readonly secret: (name: string) => boolean;
  /** Node and its arguments; as a rule `process.execPath` and `[...process.execArgv, ...process.argv.slice(1)]`. */
  readonly program: string;
  readonly args: readonly string[];
}

export type CleanEnding = { readonly kind: 'exited'; readonly code: number } | { readonly kind: 'signalled'; readonly signal: NodeJS.Signals };

/** Is set for the new process, so that it starts no third one. */
export const HANDED_VARIABLE = 'HEDDLE_SECRETS_BY_PIPE';
const SECRETS_FILE = 3;
const LIFELINE_FILE = 4;

/**
 * Runs the same program again with an allow-listed environment, and hands the secrets over as JSON through a pipe. Needed
 * because deleting a variable does not take it out of `/proc/self/environ`: the kernel shows the block a process was
 * started with. Files 0, 1 and 2 are shared; signals are passed on; the ending is the child's.
 *
 * What it protects against: any code that reads the environment of the working process or inherits it, and a look into
 * `/proc/PID/environ`. This waiting parent wipes its own block too, where the kernel allows it.
 * What it does not: a process of the same user that may trace us or read our memory (only a sandbox rung keeps that
 * out), the runner's own processes above us, and copies of the values that the runner keeps in files.
 */
export async function reexecWithCleanEnvironment(start: CleanStart): Promise<CleanEnding> {
  const { clean, secrets } = partition(start);
  const child = spawn(start.program, [...start.args], {
    env: { ...clean, [HANDED_VARIABLE]: '1' }, stdio: ['inherit', 'inherit', 'inherit', 'pipe', 'pipe'],
  });
  const pipe = child.stdio[SECRETS_FILE] as Writable;
  for (const stream of child.stdio.slice(SECRETS_FILE)) stream?.on('error', () => undefined); // the child may die early; its ending says so
  pipe.end(secrets);
  wipeOwnEnvironment();
  const forward = (signal: NodeJS.Signals): void => { child.kill(signal); };
  for (const signal of FORWARDED) process.on(signal, forward);
  try {
    return await new Promise<CleanEnding>((resolve, reject) => {
      child.once('error', (cause) => { reject(new Error('the program could not be started again with a clean environment', { cause })); });
      child.once('exit', (code, signal) => { resolve(signal === null ? { kind: 'exited', code: code ?? 0 } : { kind: 'signalled', signal }); });
    });
  } finally {
    for (const signal of FORWARDED) process.off(signal, forward);
    child.stdio[LIFELINE_FILE]?.destroy();
  }
}

const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2'] as const;

/**
 * In the new process: the secrets, read once; the pipe is closed. Call it first, before anything is started.
 *
 * @throws Error when the pipe is not there or does not hold what the parent writes: then nothing may go on.
 */
export function takeHandedSecrets(): Readonly<Record<string, string>> {
  const wrong = `${HANDED_VARIABLE} is set, but no secrets came by pipe: unset it, it is Heddle's own`;
  if (!isPipe(SECRETS_FILE)) throw new Error(wrong);
  try {
    return z.record(z.string(), z.string()).parse(JSON.parse(readFileSync(SECRETS_FILE, 'utf8')));
  } catch (cause) {
    throw new Error(wrong, { cause });
  } finally {
    closeQuietly(SECRETS_FILE);
  }
}

/** Without a parent of ours the number may be a file of Node's own, which must not be read or closed. */
function isPipe(file: number): boolean {
  try {
    const facts = fstatSync(file);
    return facts.isSocket() || facts.isFIFO();
  } catch {
    return false;
  }
}

/**
 * In the new process: calls `gone` when the parent has died, however it died. A parent that was killed can pass no signal
 * on; without this the work would go on unseen. Does not keep the process alive.
 */
export function watchParent(gone: () => void): void {
  const lifeline = new Socket({ fd: LIFELINE_FILE, readable: true, writable: false });
  lifeline.on('error', gone).on('end', gone).resume().unref();
}

/**
 * Overwrites the block that `/proc/self/environ` shows with zeros, through our own memory file (proc(5): env_start is
 * field 50 of stat, env_end field 51). Variables read later are empty. Answers whether the kernel let us.
 */
export function wipeOwnEnvironment(): boolean {
  let memory: number | undefined;
  try {
    const stat = readFileSync('/proc/self/stat', 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const from = Number(fields[50 - 3]);
    const to = Number(fields[51 - 3]);
    if (!Number.isSafeInteger(from) || !(from > 0 && to > from)) return false;
    memory = openSync('/proc/self/mem', 'r+');
    return writeSync(memory, new Uint8Array(to - from), 0, to - from, from) === to - from;
  } catch {
    return false; // no /proc, or memory is closed to us: the values stay visible to our own user in this process only
  } finally {
    if (memory !== undefined) closeQuietly(memory);
  }
}

function partition(start: CleanStart): { readonly clean: Readonly<Record<string, string>>; readonly secrets: string } {
  const entries = Object.entries(start.environment).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return {
    clean: Object.fromEntries(entries.filter(([name]) => start.allowed(name) && !start.secret(name))),
    secrets: JSON.stringify(Object.fromEntries(entries.filter(([name]) => start.secret(name)))),
  };
}

function closeQuietly(file: number): void {
  try {
    closeSync(file);
  } catch {
    return; // was never open
  }
}
