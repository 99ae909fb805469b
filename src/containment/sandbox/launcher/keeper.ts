import type { SandboxArch } from '../system-calls.js';
import { callNumber } from './call-numbers.js';
import { STATUS_FILE } from './machine-code.js';
import type { Block, Row } from './table.js';

/**
 * A process that ends all others of the launch: what hides, as our own user, and what is left when we are killed.
 * Landlock's scope of signals makes a fence: the keeper stands within a first one, the program within a second one below
 * it. So `kill(-1)` of the keeper reaches every process of the program and none outside, in one call of the kernel, and
 * nothing of the program reaches the keeper (landlock(7), version 6). It waits on the status file, whose other end is
 * ours: when we close it, or are dead, it kills and ends.
 *
 * `fence` and `part` run in the launcher, before the program's own rules are in force; `keeper` in the keeper.
 */
export function keeper(arch: SandboxArch): { readonly part: readonly Row[]; readonly keeper: readonly Row[]; readonly blocks: readonly Block[] } {
  const call = (name: Parameters<typeof callNumber>[1]): number => callNumber(arch, name);
  const fence = new Uint8Array(24);
  new DataView(fence.buffer).setBigUint64(16, BigInt(SCOPE_SIGNAL), true);
  return {
    part: [
      { name: 'make fence', call: call('landlock_create_ruleset'), args: [{ block: 'fence' }, fence.length, 0], out: { row: 'fence', argument: 0 } },
      { name: 'fence', call: call('landlock_restrict_self'), args: [0, 0] },
      // Without a signal at its end: the program never hears of this child, nor does its wait(2).
      { name: 'clone keeper', call: call('clone'), args: [0, 0, 0, 0, 0], out: { row: 'set keeper apart', argument: 0 }, zero: 'keeper' },
      // By the parent, so that it is done before the program begins: the program's group is stopped and killed from outside.
      { name: 'set keeper apart', call: call('setpgid'), args: [0, 0] },
    ],
    keeper: [
      { name: 'keeper', call: call('close_range'), args: [0, STATUS_FILE - 1, 0] },
      { name: 'close other files', call: call('close_range'), args: [STATUS_FILE + 1, ALL_FILES, 0] },
      { name: 'await end', call: call('read'), args: [STATUS_FILE, { block: 'order' }, 8], failed: 'await end' },
      { name: 'kill all', call: call('kill'), args: [-1, SIGKILL], failed: 'keeper ends' },
      { name: 'keeper ends', call: call('exit_group'), args: [0], then: 'keeper ends' },
    ],
    blocks: [{ name: 'fence', bytes: fence }, { name: 'order', bytes: new Uint8Array(8) }],
  };
}

/** The version of Landlock that a keeper needs: below it, its `kill(-1)` would reach everything of our user. */
export const KEEPER_ABI = 6;
/** LANDLOCK_SCOPE_SIGNAL, in the third word of `struct landlock_ruleset_attr`. */
const SCOPE_SIGNAL = 2;
const ALL_FILES = 0xffffffff;
const SIGKILL = 9;
