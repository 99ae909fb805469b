import { closeSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';

/** One process as the kernel shows it in `/proc/PID/stat` (proc_pid_stat(5)). */
export interface ProcessFact {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  readonly threads: number;
  /** Clock ticks since boot. With the pid it names a process for good: a reused pid has another start. */
  readonly startTicks: number;
  readonly rssBytes: number;
  /** Of itself and of the children it has waited for. */
  readonly cpuMs: number;
  /** A zombie or a dead entry runs no code any more and holds no file. */
  readonly alive: boolean;
}

/** Every process that this one can see. Processes that end while the table is read are left out. Empty where there is no /proc. */
export function readProcessTable(): readonly ProcessFact[] {
  const table: ProcessFact[] = [];
  for (const name of listed('/proc')) {
    const first = name.charCodeAt(0);
    if (first < 48 || first > 57) continue;
    const fact = readProcess(Number(name));
    if (fact !== undefined) table.push(fact);
  }
  return table;
}

/** One process, or undefined when it is gone. */
export function readProcess(pid: number): ProcessFact | undefined {
  const text = readShort(`/proc/${pid}/stat`);
  return text === undefined ? undefined : parseStat(pid, text);
}

/** Threads on the whole machine, as far as it shows them: field 4 of /proc/loadavg (proc_loadavg(5)); 0 where there is none. */
export function threadsOfMachine(): number {
  const total = readShort('/proc/loadavg')?.split(' ')[3]?.split('/')[1];
  return total === undefined ? 0 : Number(total);
}

/** Memory of the machine that belongs to files in memory (proc_meminfo(5), `Shmem`); 0 where it is not shown. */
export function sharedBytesOfMachine(): number {
  return 1024 * Number(/^Shmem:\s+(\d+) kB$/m.exec(readOrUndefined('/proc/meminfo') ?? '')?.[1] ?? 0);
}

/** The user that a process runs as (its real uid), readable for everybody; undefined when it is gone. */
export function readOwner(pid: number): number | undefined {
  const found = /^Uid:\s+(\d+)/m.exec(readOrUndefined(`/proc/${pid}/status`) ?? '')?.[1];
  return found === undefined ? undefined : Number(found);
}

/** The value of one variable in the environment a process was started with; undefined when unset or not ours to read. */
export function readInitialVariable(pid: number, name: string): string | undefined {
  const text = readOrUndefined(`/proc/${pid}/environ`);
  if (text === undefined) return undefined;
  const entry = text.split('\0').find((each) => each.startsWith(`${name}=`));
  return entry?.slice(name.length + 1);
}

/**
 * The program's name in field 2 is the program's own choice and may hold blanks and brackets: the other fields are
 * counted from the LAST bracket.
 */
export function parseStat(pid: number, text: string): ProcessFact | undefined {
  const end = text.lastIndexOf(')');
  if (end < 0) return undefined;
  const fields = text.slice(end + 2).split(' ');
  const at = (field: number): number => Number(fields[field - 3]);
  const state = fields[0];
  return {
    pid, parent: at(4), group: at(5), session: at(6), threads: at(20), startTicks: at(22),
    rssBytes: at(24) * pageBytes(), cpuMs: (at(14) + at(15) + at(16) + at(17)) * TICK_MS, alive: state !== 'Z' && state !== 'X' && state !== 'x',
  };
}

/** Linux shows times in hundredths of a second, whatever its own clock is (USER_HZ, time(7)). */
const TICK_MS = 10;

let pageBytesKnown: number | undefined;

/** The page size differs between arm64 kernels; the auxiliary vector names it (getauxval(3), AT_PAGESZ = 6). A constant of the machine. */
function pageBytes(): number {
  pageBytesKnown ??= pageBytesFromVector() ?? 4096;
  return pageBytesKnown;
}

function pageBytesFromVector(): number | undefined {
  try {
    const vector = readFileSync('/proc/self/auxv');
    for (let offset = 0; offset + 16 <= vector.length; offset += 16) {
      if (vector.readBigUInt64LE(offset) === 6n) return Number(vector.readBigUInt64LE(offset + 8));
    }
  } catch {
    return undefined;
  }
  return undefined;
}

function listed(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Files of one page at most, whole in one read: a look at all processes reads hundreds, and asking each for its size first costs as much again. */
function readShort(path: string): string | undefined {
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    return page.toString('latin1', 0, readSync(file, page, 0, page.length, null));
  } catch {
    return undefined;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** Only ever used between two lines of `readShort`. */
const page = Buffer.allocUnsafe(4096);

function readOrUndefined(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
}
