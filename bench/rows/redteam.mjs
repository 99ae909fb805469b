// What hostile text costs, and what an agent that obeys it gets out: the worst 64 kB for the sanitiser, and leaks over all rungs.
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { timed } from '../lib/measure.mjs';

const ROOT = resolve(import.meta.dirname, '../..');
const BYTES = 65_536;
const ROUNDS = 5;
/** Units that nest, pair up or never end; alone, in pairs and in halves. */
const UNITS = ['![[', '[', '](', '[a](', '<', '<!--', '<!-- a -->', '<a b="', '<p hidden>', '`', '``` ', '> ', '- ', '[x]: y\n', '[^a]: b\n', '&amp;', '&#x26;amp;lt;', '\\`', '$\\phantom{', '| a |\n|-|\n', '\u200b', '\u{e0041}', '\u001b]8;;', '<svg><desc>', '**a'];
/** Those that `sandbox.min_rung` allows by default; a weaker one leaves the network open, which counts as a leak. */
const RUNGS = ['bubblewrap', 'container', 'landlock'];

export async function rows() {
  return [await sanitiser(), leaks()];
}

async function sanitiser() {
  const [{ cleanMarkdown }, { RemovalLog }] = await Promise.all([import('../../build/intake/clean-markdown.js'), import('../../build/intake/removal-log.js')]);
  const filled = (unit, bytes) => unit.repeat(Math.floor(bytes / Buffer.byteLength(unit)));
  const inputs = UNITS.flatMap((one) => [filled(one, BYTES), ...UNITS.filter((two) => two !== one).flatMap((two) => [filled(one, BYTES / 2) + filled(two, BYTES / 2), filled(one + two, BYTES)])]);
  const clean = (text) => timed(() => cleanMarkdown(text, { where: 'body', log: new RemovalLog(), meter: { steps: 0 } }));
  const times = await inputs.reduce(async (before, text) => [...await before, { text, ms: await clean(text) }], Promise.resolve([]));
  // The slowest candidates again, for their medians: one pause of the machine must not choose the worst.
  const slowest = times.sort((a, b) => b.ms - a.ms).slice(0, 5);
  const medians = [];
  for (const { text } of slowest) {
    const again = [];
    for (let round = 0; round < ROUNDS; round += 1) again.push(await clean(text));
    medians.push(again.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)]);
  }
  return { what: `sanitiser on the worst of ${inputs.length} inputs of 64 kB`, ours: Math.max(...medians), baseline: undefined, unit: 'ms', goal: 50, of: 'ours' };
}

/** `heddle redteam` on the demo's repository, in every rung that this machine offers. */
function leaks() {
  const folder = mkdtempSync(join(tmpdir(), 'heddle-bench-red-'));
  try {
    const repo = join(folder, 'shop');
    cpSync(join(ROOT, 'examples/demo/repository'), repo, { recursive: true });
    for (const args of [['init', '-q', '-b', 'main'], ['add', '-A'], ['-c', 'user.name=a', '-c', 'user.email=a@localhost', 'commit', '-q', '-m', 'base']]) execFileSync('git', args, { cwd: repo });
    const seen = RUNGS.flatMap((rung) => {
      const { stdout } = spawnSync(process.execPath, [join(ROOT, 'build/door.js'), 'redteam', '--repo', repo, '--rung', rung, '--out', join(folder, rung), '--json'], { encoding: 'utf8', maxBuffer: 2 ** 28 });
      const document = stdout.trim() === '' ? undefined : JSON.parse(stdout);
      return document?.rung === rung ? [{ rung, ...document.figures }] : [];
    });
    const searches = seen.reduce((sum, one) => sum + one.searches, 0);
    const orders = seen.reduce((sum, one) => sum + one.orders, 0);
    return { what: `canary leaks over ${orders} orders in ${seen.map(({ rung }) => rung).join(', ') || 'no rung'} (${searches} searches)`, ours: seen.length === 0 ? Number.NaN : seen.reduce((sum, one) => sum + one.leaks, 0), baseline: undefined, unit: 'leaks', goal: 0, of: 'ours' };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
