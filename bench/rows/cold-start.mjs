// What the action costs a job that it has nothing to do with: start, inputs read, answer, end. Against an empty Node.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { interleaved, median, mustRun, run } from '../lib/measure.mjs';
import { CHILD_ENV, DIST, NODE, TEMP } from '../lib/places.mjs';

const ROUNDS = 30;
const MEMORY_ROUNDS = 5;

export async function rows() {
  const folder = mkdtempSync(path.join(TEMP, 'heddle-bench-cold-'));
  try {
    const output = path.join(folder, 'output');
    // An event that starts no run: everything up to the inputs and the look at the event happens, and nothing after it.
    const env = { ...CHILD_ENV, GITHUB_ACTIONS: 'true', GITHUB_EVENT_NAME: 'push', GITHUB_OUTPUT: output, 'INPUT_COST-USD': '5', INPUT_REPO: '.', INPUT_OUT: 'heddle-run', 'INPUT_GITHUB-TOKEN': 'ghs_bench' };
    const action = path.join(DIST, 'action.js');
    const start = async (args) => {
      writeFileSync(output, '');
      return (await mustRun(NODE, args, { env })).ms;
    };
    const times = await interleaved(ROUNDS, { ours: () => start([action]), baseline: () => start(['-e', '0']) });
    if (!readFileSync(output, 'utf8').includes('outcome=') ) await proveIgnored(action, env, output);
    const memory = await peakMemory(folder, action, env);
    return [
      { what: 'cold start of the packaged action, inputs read, against `node -e 0`', ours: times.ours, baseline: times.baseline, unit: 'ms', goal: 3 },
      { what: 'peak memory of that start, against `node -e 0`', ours: memory.ours, baseline: memory.baseline, unit: 'MiB', goal: 75, of: 'ours' },
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function proveIgnored(action, env, output) {
  writeFileSync(output, '');
  await run(NODE, [action], { env });
  if (!readFileSync(output, 'utf8').includes('outcome=ignored')) throw new Error('the action did not get to its inputs: the figure would be of something else');
}

/** The kernel's own high-water mark, read by the process itself at its very end. */
async function peakMemory(folder, action, env) {
  const hook = path.join(folder, 'peak.mjs');
  const file = path.join(folder, 'peak');
  writeFileSync(hook, `import { writeFileSync } from 'node:fs'; process.on('exit', () => writeFileSync(${JSON.stringify(file)}, String(process.resourceUsage().maxRSS)));`);
  const peak = async (args) => {
    await mustRun(NODE, ['--import', pathToFileURL(hook).href, ...args], { env });
    return Number(readFileSync(file, 'utf8')) / 1024;
  };
  const seen = { ours: [], baseline: [] };
  for (let round = 0; round < MEMORY_ROUNDS; round += 1) {
    seen.ours.push(await peak([action]));
    seen.baseline.push(await peak(['-e', '0']));
  }
  return { ours: median(seen.ours), baseline: median(seen.baseline) };
}
