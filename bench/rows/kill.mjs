// From the order to stop until the whole tree is proved dead: a daemon that forked twice, made its own session and ignores
// TERM. Against the bare SIGKILL of one plain child until its exit is seen.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { interleaved } from '../lib/measure.mjs';

const ROUNDS = 21;
const DAEMON = "trap '' TERM HUP INT; (setsid sh -c \"trap '' TERM HUP INT; echo up; while :; do sleep 0.2; done\" &) ; sleep 60";

export async function rows() {
  const [{ createSandboxFactory }, { ownProgram }] = await Promise.all([import('../../build/containment/sandbox/sandbox-factory.js'), import('../../build/main/own-program.js')]);
  const scene = mkdtempSync(join(tmpdir(), 'heddle-bench-kill-'));
  const [workspace, home, scratch] = ['workspace', 'home', 'scratch'].map((name) => { mkdirSync(join(scene, name)); return join(scene, name); });
  const mark = randomBytes(8).toString('hex');
  const factory = createSandboxFactory({ inside: ownProgram('__inside'), path: process.env.PATH, tools: [], scratch, mark, hex: (bytes) => randomBytes(bytes).toString('hex') });
  const { rung } = await factory.probe();
  const opened = await factory.open({ workspace, home, mounts: [], network: 'closed', readOnly: [] });
  if (!opened.ok) throw new Error(opened.error.message);
  let survivors = 0;
  const { ours, baseline } = await interleaved(ROUNDS, {
    ours: async () => {
      const ms = await killed(opened.value);
      survivors += marked(mark);
      return ms;
    },
    baseline: plain,
  });
  rmSync(scene, { recursive: true, force: true });
  if (survivors > 0) throw new Error(`${survivors} processes survived`);
  return [{ what: `kill of a TERM-immune, double-forked daemon on rung ${rung}, proved dead, ${ROUNDS + 1} of ${ROUNDS + 1} (baseline: SIGKILL of one plain child)`, ours, baseline, unit: 'ms', goal: 50, of: 'ours' }];
}

async function killed(sandbox) {
  const stop = new AbortController();
  const running = sandbox.start({ command: 'sh', args: ['-c', DAEMON], env: {}, cwd: '', stdin: undefined, relays: [] }, {
    wallMsMax: 30_000, idleMsMax: undefined, outputBytesMax: 65_536, processesMax: 100, memoryBytesMax: 2 ** 30, cpuMsMax: 60_000, writtenFileBytesMax: 2 ** 20, diskBytesMax: 2 ** 32,
  }, stop.signal);
  for await (const { bytes } of running.output) if (Buffer.from(bytes).includes('up')) break;
  const start = performance.now();
  stop.abort('cancelled');
  await running.ended;
  return performance.now() - start;
}

async function plain() {
  const child = spawn('sleep', ['60'], { stdio: 'ignore' });
  await once(child, 'spawn');
  const start = performance.now();
  child.kill('SIGKILL');
  await once(child, 'exit');
  return performance.now() - start;
}

/** Living processes that were started with our mark. */
function marked(mark) {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/environ`, 'latin1').includes(`HEDDLE_SANDBOX=${mark}`) && !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
    } catch {
      return false;
    }
  }).length;
}
