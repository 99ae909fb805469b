// The demo as anybody runs it, once more where there is no network at all, and how much is shipped for it.
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { median, mustRun, run } from '../lib/measure.mjs';
import { CHILD_ENV, DIST, NODE, TEMP } from '../lib/places.mjs';

const ROUNDS = 3;

export async function rows() {
  const folder = mkdtempSync(path.join(TEMP, 'heddle-bench-demo-'));
  try {
    const env = { ...CHILD_ENV, TMPDIR: folder };
    const seconds = [];
    for (let round = 0; round < ROUNDS; round += 1) seconds.push((await mustRun(NODE, demo(folder, `out-${round}`), { env, cwd: folder })).ms / 1000);
    return [
      { what: 'demo from end to end, two attempts, real git, sandbox and checks', ours: median(seconds), unit: 's', goal: 30, of: 'ours' },
      await fetched(folder, env), ...sizes(),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function demo(folder, out) {
  return [path.join(DIST, 'cli.js'), 'demo', '--out', path.join(folder, out)];
}

/** In a network namespace whose only interface is its own loopback nothing can be fetched: the demo ends well, so it needs nothing. */
async function fetched(folder, env) {
  const what = 'bytes fetched at run time by Heddle itself';
  const inside = ['-rn', 'sh', '-c', 'ip link set lo up 2>/dev/null; test "$(grep -c : /proc/net/dev)" = 1 && exec "$@"', 'sh'];
  const possible = await run('unshare', [...inside, 'true'], { env }).then(({ code }) => code === 0, () => false);
  if (!possible) return { what: `${what} (not measured: this machine makes no network namespaces)`, ours: Number.NaN, unit: 'bytes', goal: 0, of: 'ours' };
  await mustRun('unshare', [...inside, NODE, ...demo(folder, 'out-offline')], { env, cwd: folder });
  return { what: `${what} (the demo ends well in a namespace without a network)`, ours: 0, unit: 'bytes', goal: 0, of: 'ours' };
}

function sizes() {
  const files = readdirSync(DIST).map((name) => ({ name, bytes: statSync(path.join(DIST, name)).size }));
  const scripts = files.filter(({ name }) => name.endsWith('.js'));
  return [
    { what: `packaged JavaScript, ${scripts.length} files`, ours: scripts.reduce((sum, { bytes }) => sum + bytes, 0) / 1e6, unit: 'MB', goal: null },
    { what: 'of it, read by every start (index.js)', ours: files.find(({ name }) => name === 'index.js').bytes / 1000, unit: 'kB', goal: null },
  ];
}
