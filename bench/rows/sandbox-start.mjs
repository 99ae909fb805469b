// What a start in the sandbox costs over a plain spawn of the same program, through the same road of bounds and pipes: from
// the order to start until the end is proved. The row is the difference of the two medians.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { interleaved, mustRun, timed } from '../lib/measure.mjs';

const ROUNDS = 41;
const LIMITS = { wallMsMax: 30_000, idleMsMax: undefined, outputBytesMax: 65_536, processesMax: 100, memoryBytesMax: 2 ** 30, cpuMsMax: 60_000, writtenFileBytesMax: 2 ** 20, diskBytesMax: 2 ** 32 };
const PROGRAM = { command: '/bin/sh', args: ['-c', 'exit 0'], env: {}, cwd: '', stdin: undefined, relays: [] };

export async function rows() {
  const [{ createSandboxFactory }, { ownProgram }] = await Promise.all([import('../../build/containment/sandbox/sandbox-factory.js'), import('../../build/main/own-program.js')]);
  const scene = mkdtempSync(join(tmpdir(), 'heddle-bench-start-'));
  const [workspace, home, scratch] = ['workspace', 'home', 'scratch'].map((name) => { mkdirSync(join(scene, name)); return join(scene, name); });
  const options = { inside: ownProgram('__inside'), path: process.env.PATH, tools: [], scratch, mark: randomBytes(8).toString('hex'), hex: (bytes) => randomBytes(bytes).toString('hex') };
  const request = { workspace, home, mounts: [], network: 'closed', readOnly: [] };
  const best = createSandboxFactory(options);
  const { rung, form } = await best.probe();
  const [inside, outside] = [await best.open(request), await createSandboxFactory({ ...options, rungs: [] }).open(request)];
  if (!inside.ok || !outside.ok) throw new Error('a sandbox could not be opened');
  const { sandboxed, supervised, plain } = await interleaved(ROUNDS, {
    sandboxed: () => timed(() => through(inside.value)),
    supervised: () => timed(() => through(outside.value)),
    plain: () => timed(() => mustRun(PROGRAM.command, PROGRAM.args, { env: {} })),
  });
  rmSync(scene, { recursive: true, force: true });
  return [
    { what: `sandbox start on rung ${rung} (${form}), added to the same program under the same bounds without isolation (baseline: that program)`, ours: sandboxed - supervised, baseline: supervised, unit: 'ms', goal: 15, of: 'ours' },
    { what: `the same, bounds and pipes included, added to a bare spawn (baseline: the bare spawn)`, ours: sandboxed - plain, baseline: plain, unit: 'ms', goal: 15, of: 'ours' },
  ];
}

async function through(sandbox) {
  const running = sandbox.start(PROGRAM, LIMITS);
  for await (const { bytes } of running.output) if (bytes.length > 0) throw new Error('the program said something');
  const { ending } = await running.ended;
  if (ending.kind !== 'exited' || ending.code !== 0) throw new Error(`the program ended as ${JSON.stringify(ending)}`);
}
