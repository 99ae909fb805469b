import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, jest } from '@jest/globals';
import { MARK_VARIABLE, killLeftovers } from '../../../src/containment/process/process-tree.js';
import { readInitialVariable, readProcessTable } from '../../../src/containment/process/process-table.js';
import { findLandlock } from '../../../src/containment/sandbox/landlock.js';
import { createSandboxFactory } from '../../../src/containment/sandbox/sandbox-factory.js';
import type { Rung } from '../../../src/domain/rung.js';
import { compiled } from '../fixtures/compiled.js';
import { LIMITS, sandboxOptions } from '../fixtures/sandbox-options.js';

/** Real processes on a machine that may be busy. */
jest.setTimeout(60_000);

/** An orchestrator of its own: starts a program that daemonises, says when it beats, and waits for its own death. */
const ORCHESTRATOR = `
import { randomBytes } from 'node:crypto';
import { createSandboxFactory } from './containment/sandbox/sandbox-factory.js';
const { options, request, program, limits } = JSON.parse(process.argv[2]);
const factory = createSandboxFactory({ ...options, hex: (bytes) => randomBytes(bytes).toString('hex') });
const opened = await factory.open(request);
const running = opened.value.start({ ...program, stdin: undefined, relays: [] }, limits);
for await (const chunk of running.output) process.stdout.write(chunk.bytes);
`;
const SCRIPT = `trap '' TERM HUP; ( setsid sh -c 'trap "" TERM HUP; while :; do echo beat >> heartbeat; done' </dev/null >/dev/null 2>&1 & ) ; while [ ! -s heartbeat ]; do :; done; echo up; sleep 60`;

async function killedOrchestrator(rungs: readonly Rung[], form?: string, script = SCRIPT): Promise<{ readonly mark: string; readonly heartbeat: string }> {
  const root = mkdtempSync(join(tmpdir(), 'heddle-orchestrator-'));
  for (const name of ['ws', 'home']) mkdirSync(join(root, name));
  const options = sandboxOptions({ rungs, ...(form === undefined ? {} : { forms: [form] }) });
  const task = {
    options, limits: LIMITS, request: { workspace: join(root, 'ws'), home: join(root, 'home'), mounts: [], network: 'closed', readOnly: [] },
    program: { command: '/bin/sh', args: ['-c', script], env: {}, cwd: '' },
  };
  const child = spawn(process.execPath, [compiled('orchestrator', ORCHESTRATOR), JSON.stringify(task)], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  expect(marked(options.mark).length).toBeGreaterThan(0);
  child.kill('SIGKILL');
  await once(child, 'exit');
  return { mark: options.mark, heartbeat: join(root, 'ws/heartbeat') };
}

function marked(mark: string): readonly number[] {
  return readProcessTable().filter((fact) => fact.alive && readInitialVariable(fact.pid, MARK_VARIABLE)?.startsWith(mark) === true).map((fact) => fact.pid);
}

async function expectSilence(heartbeat: string): Promise<void> {
  const size = statSync(heartbeat).size;
  for (let turn = 0; turn < 2000; turn += 1) await new Promise((resolve) => { setImmediate(resolve); });
  expect([size > 0, statSync(heartbeat).size]).toEqual([true, size]);
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
  } catch {
    return '';
  }
}

const found = await findLandlock(sandboxOptions());
/** Its keeper came with version 6. */
const landlock = found.some((each) => each.ok && Number(/version (\d+)$/.exec(each.value.form)?.[1]) >= 6);
const FORMS = ['user namespace', 'own uid', 'sudo, own uid'];
const available: string[] = [];
for (const form of FORMS) if ((await createSandboxFactory(sandboxOptions({ rungs: ['bubblewrap'], forms: [form] })).probe()).rung === 'bubblewrap') available.push(form);
const missing = FORMS.filter((form) => !available.includes(form));

describe('an orchestrator that is killed', () => {
  if (missing.length > 0) it.skip(`bubblewrap by ${missing.join(', ')}: does not hold on this machine`, () => undefined);

  it.each(available)('takes its sandbox along: bubblewrap by %s', async (form) => {
    const { mark, heartbeat } = await killedOrchestrator(['bubblewrap'], form);
    while (marked(mark).length > 0) await new Promise((resolve) => { setImmediate(resolve); });
    await expectSilence(heartbeat);
  });

  (landlock ? it : it.skip)('takes along what left its parents, its session and its environment: landlock', async () => {
    const words = `beat-${process.pid}`;
    const { mark, heartbeat } = await killedOrchestrator(['landlock'], undefined, SCRIPT.replace('setsid', 'env -i setsid').replaceAll('echo beat', `echo ${words}`));
    const running = (): number => readProcessTable().filter((fact) => fact.alive && commandLine(fact.pid).includes(words)).length;
    while (marked(mark).length + running() > 0) await new Promise((resolve) => { setImmediate(resolve); });
    await expectSilence(heartbeat);
  });

  it('without a sandbox leaves a daemon behind, which the next run finds by its mark', async () => {
    const { mark, heartbeat } = await killedOrchestrator([]);
    expect(marked(mark).length).toBeGreaterThan(0);
    expect(await killLeftovers(mark)).toBeGreaterThan(0);
    expect(marked(mark)).toEqual([]);
    await expectSilence(heartbeat);
  });
});
