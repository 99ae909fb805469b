import { statfsSync } from 'node:fs';
import type { ProgramLimits } from '../../ports/sandbox.js';
import type { ControlGroup } from './control-group.js';
import { sharedBytesOfMachine, threadsOfMachine } from './process-table.js';
import type { ProcessFact } from './process-table.js';

export type WatchedBound = 'processes' | 'memory' | 'cpu' | 'disk';

export interface Watched {
  readonly limits: ProgramLimits;
  readonly members: () => readonly ProcessFact[];
  readonly group: ControlGroup | undefined;
  /** True when nobody can leave the group, so that its figures stand for a look at all processes of the machine. */
  readonly closed: boolean;
  /** Folders the program may write. */
  readonly folders: readonly string[];
}

/**
 * Looks at a program with all its processes from outside. Where a control group counts, its figures are exact; elsewhere
 * they are sums over the process table: memory of shared pages counts more than once, and CPU time of a process that came
 * and went between two looks is seen only when its parent waited for it. Files in memory (memfd_create(2), a tmpfs) are in
 * no process at all: there the growth of the whole machine is held to the same bound, whoever caused it.
 */
export class ProgramWatch {
  readonly #watched: Watched;
  readonly #freeAtStart: readonly number[];
  readonly #sharedAtStart = sharedBytesOfMachine();
  #threadsElsewhere = threadsOfMachine();
  #memoryPeak = 0;
  #cpuMs = 0;
  #looks = 0;

  constructor(watched: Watched) {
    this.#watched = watched;
    this.#freeAtStart = watched.folders.map(freeBytes);
  }

  /** The bound that is passed, if any. Meant for every 100 ms; the disk is asked at every tenth look. */
  look(): WatchedBound | undefined {
    const { limits, group } = this.#watched;
    const sums = this.#sums();
    const struck = this.struck();
    if (struck !== undefined) return struck;
    if (sums.threads > limits.processesMax) return 'processes';
    const counted = group?.counted().memoryBytes;
    if ((counted ?? Math.max(sums.rssBytes, this.#sharedGrowth())) > limits.memoryBytesMax) return 'memory';
    if (this.#cpuMs > limits.cpuMsMax) return 'cpu';
    this.#looks += 1;
    return this.#looks % DISK_LOOKS === 0 && this.diskFilled() ? 'disk' : undefined;
  }

  /** A fork bomb makes thousands within one period of the watch: the machine's own count costs one small file. */
  manyThreads(): boolean {
    return threadsOfMachine() - this.#threadsElsewhere > this.#watched.limits.processesMax;
  }

  /** What the kernel did by itself. Asked once more at the end: it strikes between two looks, too. */
  struck(): 'memory' | 'processes' | undefined {
    return this.#watched.group?.struck();
  }

  /** A disk that others fill at the same time is stopped for as well: a full disk hurts the runner, whoever filled it. */
  diskFilled(): boolean {
    return this.#watched.folders.some((folder, index) => {
      const before = this.#freeAtStart[index] ?? Number.NaN;
      const now = freeBytes(folder);
      return before - now > this.#watched.limits.diskBytesMax || now < Math.min(FREE_BYTES_MIN, before / 2);
    });
  }

  /** Without what a working folder in memory has taken: that has a bound of its own. */
  #sharedGrowth(): number {
    const inFolders = this.#watched.folders.map((folder, index) => isInMemory(folder) ? (this.#freeAtStart[index] ?? Number.NaN) - freeBytes(folder) : 0);
    return sharedBytesOfMachine() - this.#sharedAtStart - Math.max(0, ...inFolders.filter(Number.isFinite));
  }

  get memoryBytesPeak(): number {
    return this.#watched.group?.counted().memoryBytesPeak ?? this.#memoryPeak;
  }

  #sums(): { readonly threads: number; readonly rssBytes: number } {
    let threads = 0;
    let rssBytes = 0;
    let cpuMs = 0;
    const counted = this.#watched.group?.counted();
    const whole = this.#watched.closed && counted?.memoryBytes !== undefined && counted.memoryBytesPeak !== undefined && counted.cpuMs !== undefined;
    for (const fact of whole ? [] : this.#watched.members()) {
      threads += fact.threads;
      rssBytes += fact.rssBytes;
      cpuMs += fact.cpuMs;
    }
    this.#threadsElsewhere = threadsOfMachine() - threads;
    this.#memoryPeak = Math.max(this.#memoryPeak, rssBytes);
    this.#cpuMs = Math.max(this.#cpuMs, counted?.cpuMs ?? cpuMs);
    return { threads, rssBytes };
  }
}

const DISK_LOOKS = 10;
/** The runner itself must still be able to write its log and our evidence. */
const FREE_BYTES_MIN = 256 * 1024 * 1024;

/** TMPFS_MAGIC (statfs(2)). */
const TMPFS = 0x01021994;

function isInMemory(folder: string): boolean {
  try {
    return statfsSync(folder).type === TMPFS;
  } catch {
    return false;
  }
}

function freeBytes(folder: string): number {
  try {
    const facts = statfsSync(folder);
    return facts.bavail * facts.bsize;
  } catch {
    return Number.NaN; // removed meanwhile: then there is nothing left to fill, and no comparison holds
  }
}
