import type { SandboxArch } from '../system-calls.js';
import { callNumber } from './call-numbers.js';
import { KEEPER_ABI, keeper } from './keeper.js';
import { enforceRow, rulesetRows } from './landlock-rules.js';
import type { LandlockPlan } from './landlock-rules.js';
import { loopbackSupervisor } from './loopback-supervisor.js';
import { STATUS_FILE } from './machine-code.js';
import type { Block, Row, Table } from './table.js';

/** Everything that a launcher does before it becomes the program, as data. */
export interface LaunchPlan {
  readonly arch: SandboxArch;
  /** An absolute path: nothing is looked for. */
  readonly command: string;
  /** Without the command's own name. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** The account to become, without any group but its own; undefined = stay who we are. */
  readonly account: { readonly uid: number; readonly gid: number } | undefined;
  readonly landlock: LandlockPlan | undefined;
  /** A classic BPF program; with `supervised` it notifies of TCP sockets. */
  readonly filter: Uint8Array;
  readonly supervised: boolean;
  /** Processes and threads of the account, counted by the kernel; undefined = not bounded here. */
  readonly processesMax: number | undefined;
}

/** Written to the status file by the last row before the program: what comes after it is not ours. */
export const BEGUN = '\n';

/**
 * The rows: no new privileges, the ruleset, the account, its end with ours, the folder, the keeper, the rules in force, the
 * filter, the program. Files above the status file are closed at the start and again at the end.
 */
export function confinedLaunch(plan: LaunchPlan): Table {
  const { arch } = plan;
  const call = (name: Parameters<typeof callNumber>[1]): number => callNumber(arch, name);
  const ruleset = plan.landlock === undefined ? { rows: [], blocks: [] } : rulesetRows(arch, plan.landlock);
  const supervision = plan.supervised ? loopbackSupervisor(arch) : undefined;
  const watch = hasKeeper(plan) ? keeper(arch) : undefined;
  const program = programBlocks(plan);
  return {
    rows: [
      { name: 'status file', call: call('fcntl'), args: [STATUS_FILE, F_SETFD, FD_CLOEXEC] },
      { name: 'close inherited files', call: call('close_range'), args: [STATUS_FILE + 1, ALL_FILES, 0] },
      { name: 'no new privileges', call: call('prctl'), args: [PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0] },
      ...ruleset.rows,
      ...supervision?.share ?? [],
      ...plan.processesMax === undefined ? [] : [{ name: 'bound processes', call: call('prlimit64'), args: [0, RLIMIT_NPROC, { block: 'processes' }, 0] }],
      ...accountRows(plan),
      // Set after the account: a change of the account takes it back.
      { name: 'end with parent', call: call('prctl'), args: [PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0] },
      { name: `enter ${plan.cwd}`, call: call('chdir'), args: [{ block: 'cwd' }] },
      ...watch?.part ?? [],
      ...plan.landlock === undefined ? [] : [enforceRow(arch)],
      ...supervision?.part ?? [],
      ...filterRows(plan, supervision?.hand),
      { name: 'begun', call: call('write'), args: [STATUS_FILE, { block: 'begun' }, BEGUN.length] },
      { name: 'execve', call: call('execve'), args: [{ block: 'text 0' }, { block: 'argv' }, { block: 'envp' }], then: 'execve' },
      ...supervision?.supervisor ?? [],
      ...watch?.keeper ?? [],
    ],
    blocks: [...ruleset.blocks, ...watch?.blocks ?? [], ...supervision?.blocks ?? [], ...program],
  };
}

/** Where the kernel can fence it in. An account of its own has its sweep besides, which is lost when Heddle itself is killed. */
export function hasKeeper(plan: Pick<LaunchPlan, 'landlock'>): boolean {
  return plan.landlock !== undefined && plan.landlock.abi >= KEEPER_ABI;
}

/** Becomes the account and sends SIGKILL to every process of it but itself, in one call of the kernel: nothing can fork its way out. */
export function killAccount(arch: SandboxArch, account: { readonly uid: number; readonly gid: number }): Table {
  return {
    rows: [
      ...accountRows({ arch, account }),
      { name: 'kill', call: callNumber(arch, 'kill'), args: [-1, SIGKILL], failed: 'done' },
      { name: 'done', call: callNumber(arch, 'exit_group'), args: [0], then: 'done' },
    ],
    blocks: [],
  };
}

/** The row that `askLandlock` reports where there is no Landlock. */
export const ASK_ROW = 'landlock_create_ruleset';

/**
 * Says `BEGUN` and ends with the version of Landlock as its exit code; reports its row where there is none. Anything else
 * was not this program: a system that cannot start it may try it as a shell's script.
 */
export function askLandlock(arch: SandboxArch): Table {
  return {
    rows: [
      { name: ASK_ROW, call: callNumber(arch, 'landlock_create_ruleset'), args: [0, 0, 1], out: { row: 'answer', argument: 0 } },
      { name: 'begun', call: callNumber(arch, 'write'), args: [STATUS_FILE, { block: 'begun' }, BEGUN.length] },
      { name: 'answer', call: callNumber(arch, 'exit_group'), args: [0], then: 'answer' },
    ],
    blocks: [{ name: 'begun', bytes: new TextEncoder().encode(BEGUN) }],
  };
}

function accountRows({ arch, account }: Pick<LaunchPlan, 'arch' | 'account'>): readonly Row[] {
  if (account === undefined) return [];
  const { uid, gid } = account;
  return [
    { name: 'setgroups', call: callNumber(arch, 'setgroups'), args: [0, 0] },
    { name: 'setresgid', call: callNumber(arch, 'setresgid'), args: [gid, gid, gid] },
    { name: 'setresuid', call: callNumber(arch, 'setresuid'), args: [uid, uid, uid] },
  ];
}

function filterRows({ arch }: LaunchPlan, hand: readonly Row[] | undefined): readonly Row[] {
  const install = { name: 'filter', call: callNumber(arch, 'seccomp') };
  const first = hand?.[0];
  if (hand === undefined || first === undefined) {
    return [
      { ...install, args: [SECCOMP_SET_MODE_FILTER, 0, { block: 'filter' }] },
      { name: 'close own files', call: callNumber(arch, 'close_range'), args: [STATUS_FILE + 1, ALL_FILES, 0] },
    ];
  }
  return [{ ...install, args: [SECCOMP_SET_MODE_FILTER, SECCOMP_NEW_LISTENER, { block: 'filter' }], out: { row: first.name, argument: 0 } }, ...hand];
}

/** The program's strings, the two lists that point to them, and what else the rows point to. */
function programBlocks(plan: LaunchPlan): readonly Block[] {
  const encoder = new TextEncoder();
  const argv = [plan.command, ...plan.args];
  const envp = Object.entries(plan.env).map(([name, value]) => `${name}=${value}`);
  const texts = [...argv, ...envp].map((text, index): Block => ({ name: `text ${index}`, bytes: encoder.encode(`${text}\0`) }));
  const list = (name: string, first: number, length: number): Block => ({
    name, bytes: new Uint8Array((length + 1) * 8), pointers: Array.from({ length }, (_, index) => ({ at: index * 8, to: { block: `text ${first + index}` } })),
  });
  const heading = new Uint8Array(16);
  new DataView(heading.buffer).setUint16(0, plan.filter.length / 8, true);
  const processes = new Uint8Array(16);
  for (const at of [0, 8]) new DataView(processes.buffer).setBigUint64(at, BigInt(plan.processesMax ?? 0), true);
  return [
    ...texts, list('argv', 0, argv.length), list('envp', argv.length, envp.length),
    { name: 'cwd', bytes: encoder.encode(`${plan.cwd}\0`) },
    { name: 'begun', bytes: encoder.encode(BEGUN) },
    { name: 'processes', bytes: processes },
    // struct sock_fprog: the number of steps, then where they are.
    { name: 'filter', bytes: heading, pointers: [{ at: 8, to: { block: 'steps' } }] },
    { name: 'steps', bytes: plan.filter },
  ];
}

const F_SETFD = 2;
const FD_CLOEXEC = 1;
const ALL_FILES = 0xffffffff;
const PR_SET_PDEATHSIG = 1;
const PR_SET_NO_NEW_PRIVS = 38;
const SIGKILL = 9;
const RLIMIT_NPROC = 6;
const SECCOMP_SET_MODE_FILTER = 1;
const SECCOMP_NEW_LISTENER = 8;
