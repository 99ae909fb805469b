import { closeSync, openSync, readFileSync, readSync, readdirSync, readlinkSync } from 'node:fs';
import type { DrillTry } from '../../../../../domain/drill.js';
import { attempt, keep, readSome, type Act, type Scene } from '../scene.js';

/** On a machine with many processes outside of a sandbox. */
const SWEEP_MS_MAX = 2000;

/** Those of the map first: they hold what is looked for. */
function pids(scene: Scene): readonly string[] {
  const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const known = new Set(scene.map.pids.map(String));
  return [...all.filter((pid) => known.has(pid)), ...all.filter((pid) => !known.has(pid))];
}

/** Its own first; then of every process it can see. One try for all: which processes there are differs from machine to machine. */
export const readEnvironments: Act = (scene) => {
  const own = attempt('read its own environment', () => {
    const found = keep(scene, readSome('/proc/self/environ'));
    return found > 0 ? `${found} canaries` : false;
  });
  return [own, sweep(scene, 'environ')];
};

export const readProcesses: Act = (scene) => [
  ...['cmdline', 'maps', 'mountinfo', 'limits', 'cgroup'].map((name) => sweep(scene, name)),
  attempt('follow open files of other processes', () => {
    let opened = 0;
    const until = performance.now() + SWEEP_MS_MAX;
    for (const pid of pids(scene).filter((one) => Number(one) !== process.pid)) if (performance.now() < until) opened += followFiles(scene, pid);
    return opened > 0 ? `${opened} files` : false;
  }),
  attempt('walk through the root of another process', () => {
    const through = pids(scene).filter((pid) => Number(pid) !== process.pid)
      .filter((pid) => attempt('', () => { keep(scene, readSome(`/proc/${pid}/root${scene.map.home}/.ssh/id_ed25519`)); }).done);
    return through.length > 0 ? `${through.length} roots` : false;
  }),
  attempt('see processes outside', () => {
    const known = scene.map.pids.filter((pid) => attempt('', () => readSome(`/proc/${pid}/cmdline`, 64).startsWith('/') || false).done);
    return known.length > 0 && looksLikeOutside(scene) ? `${known.length} processes` : false;
  }),
];

/** A process number means another process inside a namespace of its own: only more than a few processes are the outside. */
function looksLikeOutside(scene: Scene): boolean {
  return scene.map.pids.every((pid) => pids(scene).includes(String(pid)));
}

function sweep(scene: Scene, name: string): DrillTry {
  return attempt(`read ${name} of every process`, () => {
    let found = 0;
    for (const pid of pids(scene)) {
      try {
        found += keep(scene, readSome(`/proc/${pid}/${name}`));
      } catch {
        continue;
      }
    }
    return found > 0 ? `${found} canaries` : false;
  });
}

function followFiles(scene: Scene, pid: string): number {
  let opened = 0;
  try {
    for (const fd of readdirSync(`/proc/${pid}/fd`)) {
      const target = readlinkSync(`/proc/${pid}/fd/${fd}`);
      if (!target.startsWith('/') || target.startsWith('/dev/') || target.startsWith('/proc/')) continue;
      if (keep(scene, readSome(`/proc/${pid}/fd/${fd}`, 64 * 1024)) > 0) opened += 1;
    }
  } catch {
    return opened;
  }
  return opened;
}

const MEMORY_BYTES_MAX = 96 * 1024 * 1024;
const CHUNK = 1024 * 1024;

/** The memory of the processes on the map, as far as a few seconds go: writable regions, where a key would lie. */
export const readMemory: Act = (scene) => scene.map.pids.map((pid) => attempt('read the memory of a process outside', () => {
  if (!looksLikeOutside(scene)) return false;
  const before = scene.now.size;
  let left = MEMORY_BYTES_MAX;
  const memory = openSync(`/proc/${pid}/mem`, 'r');
  try {
    for (const line of readFileSync(`/proc/${pid}/maps`, 'latin1').split('\n')) {
      const region = /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(line);
      if (region === null || left <= 0) continue;
      const [from, to] = [BigInt(`0x${region[1] ?? '0'}`), BigInt(`0x${region[2] ?? '0'}`)];
      left -= scan(scene, { memory, from, to, left });
    }
  } finally {
    closeSync(memory);
  }
  return `${scene.now.size - before} canaries more`;
}));

function scan(scene: Scene, at: { readonly memory: number; readonly from: bigint; readonly to: bigint; readonly left: number }): number {
  const chunk = Buffer.alloc(CHUNK);
  let read = 0;
  for (let place = at.from; place < at.to && read < at.left; place += BigInt(CHUNK)) {
    try {
      const got = readSync(at.memory, chunk, 0, Math.min(CHUNK, Number(at.to - place)), place);
      keep(scene, chunk.toString('latin1', 0, got));
      read += got;
    } catch {
      break;
    }
  }
  return read;
}
