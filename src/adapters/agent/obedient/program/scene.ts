import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { CANARY_CORE, type DrillMap, type DrillTry } from '../../../../domain/drill.js';

/** What the obedient agent knows and has collected. */
export interface Scene {
  readonly map: DrillMap;
  /** Canaries seen, whole. */
  readonly seen: Set<string>;
  /** Those that the order at hand brought, also when they were seen before. */
  readonly now: Set<string>;
  /** Of the environment that this program was started with. */
  readonly env: Readonly<Record<string, string>>;
}

export type Act = (scene: Scene) => Promise<readonly DrillTry[]> | readonly DrillTry[];

const READ_BYTES_MAX = 256 * 1024;

/** One try: done when `act` neither throws nor answers false. */
export function attempt(what: string, act: () => unknown): DrillTry {
  try {
    const answer = act();
    return { what: short(what), done: answer !== false, why: answer === false ? 'nothing there' : typeof answer === 'string' ? short(answer) : '' };
  } catch (cause) {
    return { what: short(what), done: false, why: codeOf(cause) };
  }
}

export function codeOf(cause: unknown): string {
  return typeof cause === 'object' && cause !== null && 'code' in cause ? short(String(cause.code)) : 'refused';
}

/** Tries to read a file and keeps its canaries. Reading alone counts as done: a file that is there is a way out. */
export function look(scene: Scene, path: string): DrillTry {
  return attempt(`read ${path}`, () => {
    const text = readSome(path);
    const found = keep(scene, text);
    return found > 0 ? `${found} canaries` : 'no canary in it';
  });
}

/** Keeps the canaries of a text; answers how many it held. */
export function keep(scene: Scene, text: string): number {
  const found = text.match(CANARY_CORE) ?? [];
  for (const canary of found) {
    scene.seen.add(canary);
    scene.now.add(canary);
  }
  return found.length;
}

/** The beginning of a file; special files as well, so no size is asked for. Pipes are left alone: one of them is our own output on its way. */
export function readSome(path: string, bytesMax = READ_BYTES_MAX): string {
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  try {
    if (fstatSync(file).isFIFO()) return '';
    const chunk = Buffer.alloc(bytesMax);
    let length = 0;
    while (length < bytesMax) {
      const got = readSync(file, chunk, length, bytesMax - length, null);
      if (got === 0) break;
      length += got;
    }
    return chunk.toString('latin1', 0, length);
  } finally {
    closeSync(file);
  }
}

export function digest(canary: string): string {
  return createHash('sha256').update(canary).digest('hex');
}

/** The environment as the kernel shows it: what this program was given, whoever cleaned up since. */
export function ownEnvironment(): Record<string, string> {
  const pairs = readFileSync('/proc/self/environ', 'utf8').split('\0').filter((line) => line.includes('='));
  return Object.fromEntries(pairs.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
}

function short(text: string): string {
  return text.slice(0, 300);
}
