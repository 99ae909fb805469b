import { mkdtempSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, describe, expect, it, jest } from '@jest/globals';
import { findLandlock } from '../../../src/containment/sandbox/landlock.js';
import { callNumber } from '../../../src/containment/sandbox/launcher/call-numbers.js';
import type { LauncherCall } from '../../../src/containment/sandbox/launcher/call-numbers.js';
import type { Block, Row } from '../../../src/containment/sandbox/launcher/table.js';
import type { Relay } from '../../../src/ports/sandbox.js';
import { ARCH, callProgram, formOf, placeOf, removePlaces } from '../fixtures/rung-place.js';

/** Real processes on a machine that may be busy. */
jest.setTimeout(60_000);

const form = await formOf('landlock', findLandlock);
const call = (name: LauncherCall): number => callNumber(ARCH, name);

afterAll(removePlaces);

(form === undefined ? describe.skip : describe)('a hostile program in the rung landlock', () => {
  it('cannot take the place of the supervisor that it has killed', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
    const relay: Relay = { socket: join(mkdtempSync('/tmp/heddle-relay-'), 's'), port: (server.address() as AddressInfo).port };
    const step = (op: number, then: number, otherwise: number, value: number): readonly number[] => [op, 0, then, otherwise, value & 255, (value >>> 8) & 255, (value >>> 16) & 255, value >>> 24];
    // A filter of its own that asks a listener of its own about socket(2): the newest of equal answers would win, and could let the call through.
    const steps = [step(0x20, 0, 0, 0), step(0x15, 0, 1, call('socket')), step(0x06, 0, 0, 0x7fc00000), step(0x06, 0, 0, 0x7fff0000)].flat();
    const blocks: readonly Block[] = [
      { name: 'steps', bytes: Uint8Array.from(steps) },
      { name: 'program', bytes: Uint8Array.of(4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), pointers: [{ at: 8, to: { block: 'steps' } }] },
      { name: 'moment', bytes: Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0x2d, 0x31, 1, 0, 0, 0, 0) },
    ];
    const rows: readonly Row[] = [
      { name: 'kill all', call: call('kill'), args: [-1, 9], failed: 'wait' },
      { name: 'wait', call: ARCH === 'x64' ? 35 : 101, args: [{ block: 'moment' }, 0] },
      { name: 'listen', call: call('seccomp'), args: [1, 8, { block: 'program' }] },
    ];
    const at = placeOf(form);
    callProgram(join(at.workspace, 'attack'), rows, blocks);
    try {
      expect((await at.run(['./attack'], { relays: [relay] })).ending).toEqual({ kind: 'exited', code: 1 });
    } finally {
      server.close();
    }
  });

  it('cannot set the bounds of a process outside', async () => {
    const at = placeOf(form);
    const prlimit = (pid: number): readonly Row[] => [{ name: 'prlimit', call: call('prlimit64'), args: [pid, 0, 0, { block: 'old' }] }];
    const old: Block = { name: 'old', bytes: new Uint8Array(16) };
    callProgram(join(at.workspace, 'own'), prlimit(0), [old]);
    callProgram(join(at.workspace, 'ours'), prlimit(process.pid), [old]);
    const ends = [await at.run(['./own']), await at.run(['./ours'])].map(({ ending }) => ending);
    expect(ends).toEqual([{ kind: 'exited', code: 0 }, { kind: 'exited', code: 1 }]);
  });
});
