import { existsSync, mkdirSync, readFileSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What the kernel counts and bounds for one program with all its descendants, whatever they do to hide. */
export interface ControlGroup {
  /** Files that a process writes `0` to, to join before it becomes the program. */
  readonly joins: readonly string[];
  /** Undefined where the kernel does not count it here. */
  readonly counted: () => { readonly memoryBytes: number | undefined; readonly memoryBytesPeak: number | undefined; readonly cpuMs: number | undefined };
  /** The bound at which the kernel has ended a process or refused to make one. */
  readonly struck: () => 'memory' | 'processes' | undefined;
  /** Every process in it; empty once all are dead. */
  readonly members: () => readonly number[];
  /** Ends all of them at once where the kernel can. */
  readonly kill: () => void;
  readonly remove: () => void;
}

/**
 * A control group for one program, below or beside our own: version 2 (cgroups(7), kernel document cgroup-v2) or the
 * older hierarchies `memory`, `pids` and `cpuacct`. Undefined where this user may not make one, which is the rule for
 * plain users and for root in most containers; the watch of the process table then bounds the same, every 100 ms.
 */
export function makeControlGroup(name: string, bounds: { readonly processesMax: number; readonly memoryBytesMax: number }): ControlGroup | undefined {
  homes ??= findHomes();
  if (homes.length === 0) return undefined;
  const made: Made[] = [];
  for (const home of homes) {
    const folder = join(home.folder, `${PREFIX}${process.pid}.${name}`);
    try {
      mkdirSync(folder);
      made.push({ ...home, folder });
      for (const [file, value] of settingsOf(home.kind, bounds)) writeFileSync(join(folder, file), String(value));
    } catch {
      for (const each of made) remove(each.folder);
      homes = [];
      return undefined;
    }
  }
  return groupOf(made);
}

const PREFIX = 'heddle.';
type Kind = 'unified' | 'memory' | 'pids' | 'cpuacct';
interface Home { readonly kind: Kind; readonly folder: string }
type Made = Home;

/** Where groups can be made; empty = nowhere. A property of the machine and of our user: looked up once. */
let homes: readonly Home[] | undefined;

function settingsOf(kind: Kind, bounds: { readonly processesMax: number; readonly memoryBytesMax: number }): readonly (readonly [string, number])[] {
  switch (kind) {
    case 'unified': return [['memory.max', bounds.memoryBytesMax], ['memory.swap.max', 0], ['memory.oom.group', 1], ['pids.max', bounds.processesMax]];
    case 'memory': return [['memory.limit_in_bytes', bounds.memoryBytesMax]];
    case 'pids': return [['pids.max', bounds.processesMax]];
    case 'cpuacct': return [];
  }
}

function groupOf(made: readonly Made[]): ControlGroup {
  const folder = (...kinds: readonly Kind[]): string | undefined => made.find((each) => kinds.includes(each.kind))?.folder;
  const memory = folder('unified', 'memory');
  const pids = folder('unified', 'pids');
  const unified = folder('unified');
  const cpu = folder('cpuacct');
  return {
    joins: made.map((each) => join(each.folder, 'cgroup.procs')),
    counted: () => ({
      memoryBytes: memory === undefined ? undefined : number(join(memory, unified === undefined ? 'memory.usage_in_bytes' : 'memory.current')),
      memoryBytesPeak: memory === undefined ? undefined : number(join(memory, unified === undefined ? 'memory.max_usage_in_bytes' : 'memory.peak')),
      cpuMs: unified !== undefined ? scaled(field(join(unified, 'cpu.stat'), 'usage_usec'), 1e3) : cpu === undefined ? undefined : scaled(number(join(cpu, 'cpuacct.usage')), 1e6),
    }),
    struck: () => {
      if (memory !== undefined && (field(join(memory, unified === undefined ? 'memory.oom_control' : 'memory.events'), 'oom_kill') ?? 0) > 0) return 'memory';
      return pids !== undefined && (field(join(pids, 'pids.events'), 'max') ?? 0) > 0 ? 'processes' : undefined;
    },
    members: () => [...new Set(made.flatMap((each) => read(join(each.folder, 'cgroup.procs')).split('\n').filter((line) => line !== '').map(Number)))],
    kill: () => {
      if (unified !== undefined) write(join(unified, 'cgroup.kill'), '1');
    },
    remove: () => {
      for (const each of made) remove(each.folder);
    },
  };
}

function findHomes(): readonly Home[] {
  if (process.platform !== 'linux') return [];
  const lines = read('/proc/self/cgroup').trim().split('\n').map((line) => line.split(':'));
  const unified = unifiedHome(lines.find((parts) => parts[0] === '0')?.[2] ?? '/');
  const found = unified !== undefined ? [unified]
    : (['memory', 'pids', 'cpuacct'] as const).flatMap((kind) => oldHome(kind, lines.find((parts) => parts[1]?.split(',').includes(kind) === true)?.[2] ?? '/'));
  // All three or nothing: a bound that holds for memory alone would hide that the others are only watched.
  const usable = unified !== undefined || found.length === 3 ? found : [];
  for (const home of usable) sweep(home.folder);
  return usable;
}

const ROOT = '/sys/fs/cgroup';

/** A group may bound only when it holds no process itself, so ours is made beside our own group and not below it. */
function unifiedHome(own: string): Home | undefined {
  for (const folder of own === '/' ? [ROOT] : [join(ROOT, own, '..')]) {
    const given = read(join(folder, 'cgroup.subtree_control')).trim().split(' ');
    if (given.includes('memory') && given.includes('pids')) return { kind: 'unified', folder };
  }
  return undefined;
}

function oldHome(kind: Exclude<Kind, 'unified'>, own: string): readonly Home[] {
  const folder = [join(ROOT, kind, own), join(ROOT, kind)].find((each) => existsSync(join(each, 'cgroup.procs')));
  return folder === undefined ? [] : [{ kind, folder }];
}

/** Groups of orchestrators that were killed stay behind, empty; the name tells whose they were. */
function sweep(folder: string): void {
  for (const name of list(folder)) {
    const owner = name.startsWith(PREFIX) ? Number(name.split('.')[1]) : Number.NaN;
    if (Number.isInteger(owner) && !existsSync(`/proc/${owner}`)) remove(join(folder, name));
  }
}

function remove(folder: string): void {
  // A Heddle that ran inside, in a check of its own repository, leaves its own groups there when it is killed.
  for (const name of list(folder)) if (name.startsWith(PREFIX)) remove(join(folder, name));
  try {
    rmdirSync(folder);
  } catch {
    // Busy for a moment after the last process; the next run of this program sweeps it.
  }
}

function list(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function write(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch {
    // Kernels before 5.14 have no such file: the processes are killed one by one.
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}

function number(file: string): number | undefined {
  const text = read(file).trim();
  return /^\d+$/.test(text) ? Number(text) : undefined;
}

function field(file: string, name: string): number | undefined {
  const found = read(file).split('\n').map((line) => line.split(' ')).find((parts) => parts[0] === name)?.[1];
  return found === undefined ? undefined : Number(found);
}

function scaled(value: number | undefined, by: number): number | undefined {
  return value === undefined ? undefined : value / by;
}
