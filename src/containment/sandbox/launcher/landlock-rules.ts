import type { SandboxArch } from '../system-calls.js';
import { callNumber } from './call-numbers.js';
import type { Block, Row } from './table.js';

/** One path of the allow-list. A rule for a folder holds for all below; Landlock has no way to take a part out again. */
export interface PathRule { readonly path: string; readonly folder: boolean; readonly may: 'read' | 'write' | 'device' }

export interface LandlockPlan {
  /** The version that the kernel speaks; at least 1. */
  readonly abi: number;
  readonly paths: readonly PathRule[];
  /** `open` leaves TCP alone; otherwise no port may be bound and only these may be connected to, at any address. Needs version 4. */
  readonly network: 'open' | { readonly ports: readonly number[] };
}

/** The file number that holds the ruleset between its making and its use. */
const RULESET_FILE = 60;

/** include/uapi/linux/landlock.h: bits of `handled_access_fs`; the version that brought each. */
const ACCESS = { execute: 0, writeFile: 1, readFile: 2, readDir: 3, removeDir: 4, removeFile: 5, makeChar: 6, makeDir: 7, makeReg: 8, makeSock: 9, makeFifo: 10, makeBlock: 11, makeSym: 12, refer: 13, truncate: 14, ioctlDev: 15 } as const;
type Access = keyof typeof ACCESS;
const SINCE: Partial<Record<Access, number>> = { refer: 2, truncate: 3, ioctlDev: 5 };

const READ: readonly Access[] = ['execute', 'readFile', 'readDir'];
const WRITE: readonly Access[] = [...READ, 'writeFile', 'removeDir', 'removeFile', 'makeDir', 'makeReg', 'makeSock', 'makeFifo', 'makeSym', 'refer', 'truncate'];
const DEVICE: readonly Access[] = ['readFile', 'readDir', 'writeFile', 'truncate', 'ioctlDev'];
/** What a rule for a single file may grant. */
const OF_FILES: readonly Access[] = ['execute', 'writeFile', 'readFile', 'truncate', 'ioctlDev'];

const BIND_TCP = 1;
const CONNECT_TCP = 2;
/** Abstract unix sockets and signals stay within the sandbox (version 6). */
const SCOPES = 3;
const RULE_PATH_BENEATH = 1;
const RULE_NET_PORT = 2;
const O_PATH_CLOEXEC = 0o12000000;
const O_CLOEXEC = 0o2000000;
const AT_FDCWD = -100;

/** Rows that make the ruleset; they run before the identity changes, so that every path can be opened. `enforceRow` puts it in force. */
export function rulesetRows(arch: SandboxArch, plan: LandlockPlan): { readonly rows: readonly Row[]; readonly blocks: readonly Block[] } {
  const call = (name: Parameters<typeof callNumber>[1]): number => callNumber(arch, name);
  const text = new TextEncoder();
  const closed = plan.network === 'open' ? undefined : plan.network;
  const attribute = words([
    bits(Object.keys(ACCESS) as Access[], plan.abi), ...(plan.abi >= 4 ? [closed === undefined ? 0 : BIND_TCP | CONNECT_TCP] : []), ...(plan.abi >= 6 ? [SCOPES] : []),
  ]);
  const rows: Row[] = [
    { name: 'landlock_create_ruleset', call: call('landlock_create_ruleset'), args: [{ block: 'ruleset' }, attribute.length, 0], out: { row: 'keep ruleset', argument: 0 } },
    { name: 'keep ruleset', call: call('dup3'), args: [0, RULESET_FILE, O_CLOEXEC] },
  ];
  const blocks: Block[] = [{ name: 'ruleset', bytes: attribute }];
  plan.paths.forEach((rule, index) => {
    const granted = granting(rule).filter((access) => rule.folder || OF_FILES.includes(access));
    blocks.push({ name: `path ${index}`, bytes: text.encode(`${rule.path}\0`) }, { name: `rule ${index}`, bytes: words([bits(granted, plan.abi), 0]) });
    rows.push(
      { name: `open ${index} ${rule.path}`, call: call('openat'), args: [AT_FDCWD, { block: `path ${index}` }, O_PATH_CLOEXEC, 0], out: { block: `rule ${index}`, offset: 8 } },
      { name: `allow ${index} ${rule.path}`, call: call('landlock_add_rule'), args: [RULESET_FILE, RULE_PATH_BENEATH, { block: `rule ${index}` }, 0] },
    );
  });
  for (const port of closed?.ports ?? []) {
    blocks.push({ name: `port ${port}`, bytes: words([CONNECT_TCP, port]) });
    rows.push({ name: `allow port ${port}`, call: call('landlock_add_rule'), args: [RULESET_FILE, RULE_NET_PORT, { block: `port ${port}` }, 0] });
  }
  return { rows, blocks };
}

export function enforceRow(arch: SandboxArch): Row {
  return { name: 'landlock_restrict_self', call: callNumber(arch, 'landlock_restrict_self'), args: [RULESET_FILE, 0] };
}

function granting(rule: PathRule): readonly Access[] {
  return rule.may === 'read' ? READ : rule.may === 'write' ? WRITE : DEVICE;
}

function bits(accesses: readonly Access[], abi: number): number {
  return accesses.filter((access) => abi >= (SINCE[access] ?? 1)).reduce((sum, access) => sum | (1 << ACCESS[access]), 0);
}

function words(values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(values.length * 8);
  const view = new DataView(bytes.buffer);
  values.forEach((value, index) => { view.setBigUint64(index * 8, BigInt(value), true); });
  return bytes;
}
