import { readInitialVariable, readOwner, readProcess, readProcessTable } from './process-table.js';
import type { ProcessFact } from './process-table.js';

/** The variable that every program of ours is started with, so that a process that left its parents can be found again. */
export const MARK_VARIABLE = 'HEDDLE_SANDBOX';

/**
 * A user that nobody else on this machine is. While `alone`, every process of it belongs to one program, whatever it did
 * to hide. `over` is told when the program itself has ended. `kill` sends SIGKILL to all of them in one call of the kernel.
 */
export interface ProcessAccount { readonly uid: number; alone(): boolean; over(): void; kill(): void }

/**
 * The processes of one started program. Without a process namespace the kernel forgets who started a daemon that forked
 * twice and made its own session; so members are remembered from scan to scan, and found by parent, process group,
 * session and the mark in the environment they were started with.
 *
 * What it cannot find: a process that leaves its parents, its session AND its environment between two scans. Only a
 * process namespace (rung `bubblewrap`) and an account of its own are exact.
 */
export class ProcessTree {
  readonly #leader: number;
  readonly #leaderStart: number;
  readonly #mark: string;
  readonly #account: ProcessAccount | undefined;
  /** pid to start time, of every member seen so far. */
  readonly #known = new Map<number, number>();

  constructor(leader: number, mark: string, account?: ProcessAccount) {
    this.#leader = leader;
    this.#mark = mark;
    this.#account = account;
    this.#leaderStart = readProcess(leader)?.startTicks ?? Number.MAX_SAFE_INTEGER;
    this.#known.set(leader, this.#leaderStart);
  }

  /** Takes a process in that the program's launcher has named as its own; false when it is gone. */
  adopt(pid: number): boolean {
    const fact = readProcess(pid);
    if (fact === undefined || fact.startTicks < this.#leaderStart) return false;
    this.#known.set(pid, fact.startTicks);
    return true;
  }

  /** One member that was adopted, as long as it lives. */
  known(pid: number): readonly ProcessFact[] {
    const fact = readProcess(pid);
    return fact !== undefined && fact.alive && this.#known.get(pid) === fact.startTicks ? [fact] : [];
  }

  /** Living members now. `byMark` also reads the environment of younger strangers, which costs one more file for each. */
  members(byMark: boolean): readonly ProcessFact[] {
    const table = readProcessTable();
    const forbidden = ownLine(table);
    const uid = this.#account?.alone() === true ? this.#account.uid : undefined;
    const starts = new Map(table.map((fact) => [fact.pid, fact.startTicks]));
    const leaderReused = starts.has(this.#leader) && starts.get(this.#leader) !== this.#leaderStart;
    const seeds = table.filter((fact) => !forbidden.has(fact.pid) && fact.startTicks >= this.#leaderStart && (
      this.#known.get(fact.pid) === fact.startTicks
      || (uid !== undefined && readOwner(fact.pid) === uid)
      || (!leaderReused && (fact.group === this.#leader || fact.session === this.#leader))
      || (byMark && marked(fact.pid, (value) => value === this.#mark))));
    const all = withDescendants(table, seeds, forbidden);
    for (const fact of all) this.#known.set(fact.pid, fact.startTicks);
    return all.filter((fact) => fact.alive);
  }
}

/**
 * Kills until none is left: what a member forked between the look and the kill is found by the next look. Settles only
 * when a look found nothing alive. There is no time limit on purpose: going on beside a living process would break the
 * promise that nothing changes the folder after the end; a process that the kernel cannot end (state D) keeps us here.
 *
 * @throws Error when only processes are left that the kernel does not let us kill: no waiting would help.
 */
export async function killUntilNone(look: () => readonly ProcessFact[]): Promise<number> {
  let killed = 0;
  for (let round = 0, refused = 0; ; round += 1) {
    const alive = look();
    if (alive.length === 0) return killed;
    const answers = alive.map(killOne);
    killed += answers.filter((answer) => answer === 'sent').length;
    refused = answers.every((answer) => answer === 'refused') ? refused + 1 : 0;
    if (refused > REFUSED_ROUNDS_MAX) throw new Error(`process ${alive.map((fact) => fact.pid).slice(0, 5).join(', ')} runs as another user and cannot be ended by us; nothing goes on beside it`);
    await pause(round);
  }
}

/** About three seconds by the pauses below. */
const REFUSED_ROUNDS_MAX = 100;

/** The kernel needs a moment to end what was killed: some turns of our own loop first, then longer and longer pauses. */
function pause(round: number): Promise<void> {
  return new Promise((resolve) => {
    if (round < 20) setImmediate(resolve);
    else setTimeout(resolve, Math.min(round - 19, 50));
  });
}

/**
 * Ends every process whose start mark is `mark` or begins with `mark.`, with all descendants: for a resumed run whose
 * orchestrator was killed, and as a last look before the agent's folder is read. Answers how many kills were sent.
 */
export async function killLeftovers(mark: string): Promise<number> {
  if (mark.length < 8) throw new RangeError('a process mark has at least 8 characters');
  return killUntilNone(() => {
    const table = readProcessTable();
    const forbidden = ownLine(table);
    const seeds = table.filter((fact) => !forbidden.has(fact.pid)
      && marked(fact.pid, (value) => value === mark || value.startsWith(`${mark}.`)));
    return withDescendants(table, seeds, forbidden).filter((fact) => fact.alive);
  });
}

/** Stops a whole process group where it stands; nothing can catch or ignore it. */
export function freezeGroup(leader: number): void {
  send(-leader, 'SIGSTOP');
}

/** Sends SIGKILL to a whole process group in one call of the kernel: nothing can fork its way out of it. */
export function killGroup(leader: number): void {
  send(-leader);
}

function killOne(fact: ProcessFact): 'sent' | 'gone' | 'refused' {
  const now = readProcess(fact.pid);
  return now?.startTicks === fact.startTicks ? send(fact.pid) : 'gone';
}

function send(target: number, signal: 'SIGKILL' | 'SIGSTOP' = 'SIGKILL'): 'sent' | 'gone' | 'refused' {
  try {
    process.kill(target, signal);
    return 'sent';
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === 'EPERM' ? 'refused' : 'gone'; // the next look decides, not this answer
  }
}

function marked(pid: number, holds: (value: string) => boolean): boolean {
  const value = readInitialVariable(pid, MARK_VARIABLE);
  return value !== undefined && holds(value);
}

/** Ourselves and those above us: never a target, even when Heddle itself runs inside somebody's sandbox with a mark. */
function ownLine(table: readonly ProcessFact[]): ReadonlySet<number> {
  const parents = new Map(table.map((fact) => [fact.pid, fact.parent]));
  const line = new Set<number>([0, 1]);
  for (let pid: number | undefined = process.pid; pid !== undefined && !line.has(pid); pid = parents.get(pid)) line.add(pid);
  return line;
}

function withDescendants(table: readonly ProcessFact[], seeds: readonly ProcessFact[], forbidden: ReadonlySet<number>): readonly ProcessFact[] {
  const children = new Map<number, ProcessFact[]>();
  for (const fact of table) {
    const list = children.get(fact.parent);
    if (list === undefined) children.set(fact.parent, [fact]);
    else list.push(fact);
  }
  const found = new Map<number, ProcessFact>();
  const open = [...seeds];
  for (let fact = open.pop(); fact !== undefined; fact = open.pop()) {
    if (found.has(fact.pid) || forbidden.has(fact.pid)) continue;
    found.set(fact.pid, fact);
    open.push(...(children.get(fact.pid) ?? []));
  }
  return [...found.values()];
}
