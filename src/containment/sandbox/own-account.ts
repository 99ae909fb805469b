import { readFileSync, readdirSync } from 'node:fs';
import { readOwner } from '../process/process-table.js';

/** A user and a group that nobody on this machine is. */
export interface OwnAccount { readonly uid: number; readonly gid: number }

/**
 * Finds a number that is no user or group of this machine and that no process runs as: in a range far above the ones that
 * systems give out, or, where our user namespace maps 65,536 numbers only (rootless containers), in the one that systemd
 * leaves unused. Drawn at random, so that two runs on one machine do not meet. Undefined when none is free.
 */
export function findOwnAccount(hex: (bytes: number) => string, taken: ReadonlySet<number>): OwnAccount | undefined {
  const range = mapped(WIDE.from + WIDE.count) ? WIDE : mapped(NARROW.from + NARROW.count) ? NARROW : undefined;
  if (range === undefined) return undefined;
  const used = new Set([...taken, ...numbersIn('/etc/passwd'), ...numbersIn('/etc/group'), ...runningUsers()]);
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    const number = range.from + Number.parseInt(hex(4), 16) % range.count;
    if (!used.has(number)) return { uid: number, gid: number };
  }
  return undefined;
}

const WIDE = { from: 1_900_000_000, count: 100_000_000 };
/** "Unused" in systemd's list of ranges (UIDS-GIDS). */
const NARROW = { from: 60_578, count: 606 };
const TRIES_MAX = 64;

/** user_namespaces(7): a line is `inside outside count`. */
function mapped(highest: number): boolean {
  return textOf('/proc/self/uid_map').split('\n').map((line) => line.trim().split(/\s+/).map(Number))
    .some(([inside = 0, , count = 0]) => inside === 0 && count >= highest);
}

function numbersIn(file: string): readonly number[] {
  return textOf(file).split('\n').map((line) => Number(line.split(':')[2]));
}

function runningUsers(): readonly number[] {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map((name) => readOwner(Number(name)) ?? 0);
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}
