import { existsSync, lstatSync, mkdirSync, mkdtempSync, realpathSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MARK_VARIABLE } from '../../src/containment/process/process-tree.js';
import { readInitialVariable, readProcessTable } from '../../src/containment/process/process-table.js';
import type { ProgramEnding, ProgramLimits } from '../../src/ports/sandbox.js';
import { LIMITS, finished } from '../containment/fixtures/sandbox-options.js';
import type { RungHere } from './rungs.js';
import { filesBelow } from './scene.js';

interface Start {
  readonly program: string;
  readonly limits: Partial<ProgramLimits>;
  /** What is wrong with how it ended; survivors are looked for in any case. */
  judge(end: Ending): string | undefined;
}

interface Ending { readonly ending: ProgramEnding; readonly bytes: number; readonly workspace: string }

const MEGABYTE = 2 ** 20;
const stopped = (...reasons: readonly string[]) => ({ ending }: Ending): string | undefined => {
  const words = ending.kind === 'stopped' ? ending.reason : ending.kind === 'exited' ? `exit ${ending.code}` : ending.kind;
  return reasons.includes(words) ? undefined : `it ended by ${words}, not by ${reasons.join(' or ')}`;
};

/** Programs that use up what they can. Each is bounded by itself as well, so that a failure of ours does not take the machine down. */
export const STARTS: Readonly<Record<string, readonly Start[]>> = {
  'fork-bomb': [{ program: `exec sh -c 'f() { sleep 63 & if [ "$1" -gt 0 ]; then f $(($1-1)) & f $(($1-1)) & fi; wait; }; f 9'`, limits: { processesMax: 60 }, judge: stopped('processes') }],
  'memory-hog': [
    { program: `exec node -e 'const all = []; const more = () => { all.push(Buffer.alloc(16e6, 1)); if (all.length < 100) setTimeout(more, 5); }; more(); setTimeout(() => {}, 20000)'`, limits: { memoryBytesMax: 400 * MEGABYTE }, judge: stopped('memory') },
    { program: `for i in 1 2 3 4; do node -e 'const all = []; const more = () => { all.push(Buffer.alloc(16e6, 1)); if (all.length < 30) setTimeout(more, 5); }; more(); setTimeout(() => {}, 20000)' & done; wait`, limits: { memoryBytesMax: 500 * MEGABYTE }, judge: stopped('memory') },
  ],
  'disk-hog': [
    {
      program: 'exec head -c 80000000 /dev/zero > huge', limits: { writtenFileBytesMax: 10 * MEGABYTE, wallMsMax: 25_000 },
      judge: (end) => (existsSync(join(end.workspace, 'huge')) && statSync(join(end.workspace, 'huge')).size > 12 * MEGABYTE ? 'a file beyond its bound was written' : stopped('file-size')(end)),
    },
    {
      program: 'i=0; while [ $i -lt 400 ]; do head -c 1000000 /dev/zero > f$i; i=$((i+1)); done; sleep 20', limits: { diskBytesMax: 60 * MEGABYTE, wallMsMax: 25_000 },
      judge: stopped('disk'),
    },
  ],
  'log-flood': [
    { program: 'exec yes a line', limits: { outputBytesMax: MEGABYTE }, judge: (end) => (end.bytes > 1.2 * MEGABYTE ? `${end.bytes} bytes came` : stopped('output')(end)) },
    { program: 'exec tr "\\0" x < /dev/zero', limits: { outputBytesMax: MEGABYTE }, judge: (end) => (end.bytes > 1.2 * MEGABYTE ? `${end.bytes} bytes came` : stopped('output')(end)) },
  ],
  daemon: [{
    program: `trap '' TERM HUP; ( setsid sh -c 'trap "" TERM HUP; while :; do echo beat >> heartbeat; done' </dev/null >/dev/null 2>&1 & ); while [ ! -s heartbeat ]; do :; done`, limits: {},
    judge: (end) => (existsSync(join(end.workspace, 'heartbeat')) ? stopped('exit 0')(end) : 'the daemon never beat'),
  }],
  idler: [
    { program: 'cat; sleep 20', limits: { idleMsMax: 400 }, judge: stopped('idle') },
    { program: 'while :; do echo alive; sleep 0.1; done', limits: { wallMsMax: 1200 }, judge: stopped('wall') },
    { program: 'if read line; then exit 3; else exit 0; fi', limits: { wallMsMax: 10_000 }, judge: stopped('exit 0') },
  ],
  'cpu-hog': [{ program: `node -e 'for(;;);' & node -e 'for(;;);' & wait`, limits: { cpuMsMax: 1000, wallMsMax: 25_000 }, judge: stopped('cpu') }],
};

/** Runs the starts of one name; the first thing that is wrong, or `undefined`. */
export async function runStarts(rung: Extract<RungHere, { here: true }>, name: string): Promise<string | undefined> {
  const starts = STARTS[name];
  if (starts === undefined) return `there is no start called ${name}`;
  for (const start of starts) {
    const wrong = await runStart(rung, start);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

async function runStart(rung: Extract<RungHere, { here: true }>, start: Start): Promise<string | undefined> {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'heddle-start-')));
  const [workspace, home] = [join(root, 'ws'), join(root, 'home')];
  for (const folder of [workspace, home]) mkdirSync(folder);
  try {
    const sandbox = await rung.open({ workspace, home, mounts: [], network: 'closed', readOnly: [] });
    const { ending, stdout, stderr } = await finished(sandbox.start({ command: 'sh', args: ['-c', start.program], env: {}, cwd: '', stdin: undefined, relays: [] }, { ...LIMITS, processesMax: 512, memoryBytesMax: 2 * 2 ** 30, ...start.limits }));
    const survivors = readProcessTable().filter((fact) => fact.alive && readInitialVariable(fact.pid, MARK_VARIABLE)?.startsWith(rung.mark) === true);
    if (survivors.length > 0) return `${survivors.length} processes survived`;
    const sizes = sizesBelow(workspace);
    for (let turn = 0; turn < 500; turn += 1) await new Promise((resolve) => { setImmediate(resolve); });
    if (sizesBelow(workspace) !== sizes) return 'something still writes to the folder';
    const wrong = start.judge({ ending, bytes: Buffer.byteLength(stdout) + Buffer.byteLength(stderr), workspace });
    return wrong === undefined ? undefined : `${wrong}${stderr === '' ? '' : `: ${stderr.slice(0, 200)}`}`;
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

function sizesBelow(folder: string): string {
  return filesBelow(folder).map((file) => `${file} ${lstatSync(file).size}`).join('\n');
}
