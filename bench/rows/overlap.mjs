// The check before a delivery: one candidate against 100 open branches of a repository of 10,000 files, each with a file in common
// (the worst case: without one nothing is fetched or merged). Fetching is from a folder; a forge adds its own time.
import { mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import '../lib/typescript.mjs';
import { childrenMs, interleaved, median, mustRun, now, run } from '../lib/measure.mjs';
import { makeRepository } from '../lib/repository.mjs';
import { TEMP } from '../lib/places.mjs';

const BRANCHES = 100;
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 5);

export async function rows() {
  const [{ create }, { fetchHeads }] = await Promise.all([import('../../build/adapters/workspace/git/index.js'), import('../../build/adapters/forge/lib/fetch-heads.js')]);
  const folder = mkdtempSync(path.join(TEMP, 'heddle-bench-overlap-'));
  try {
    const { folder: repository, head } = await makeRepository(path.join(folder, 'repository'), 10_000);
    const bare = path.join(folder, 'forge.git');
    await mustRun('git', ['clone', '-q', '--bare', repository, bare]);
    const heads = await branches(bare, head);
    const opened = await create().open(repository, path.join(folder, 'scratch'));
    if (!opened.ok) throw new Error(opened.error.message);
    const tree = (await mustRun('git', ['-C', bare, 'rev-parse', `${heads[0].commit}^{tree}`])).stdout.trim();
    const cpu = [];
    const check = async () => {
      const start = now();
      const used = childrenMs();
      const room = opened.value.openMergeRoom();
      try {
        const fetched = await fetchHeads({ url: bare, source: 'bench', refOf: (one) => `refs/heads/${one.branch}` }, { gitDir: room.gitDir, heads, wallMsMax: 60_000 });
        if (!fetched.ok || fetched.value.length !== BRANCHES) throw new Error('the heads did not come');
        const ours = room.commit(tree, head);
        const answers = await room.merge(heads.map((one) => ({ ours, theirs: one.commit })), { wallMsMax: 60_000 });
        const conflicts = answers.filter((one) => one.kind === 'conflict').length;
        if (conflicts !== BRANCHES / 2 || answers.some((one) => one.kind === 'unknown')) throw new Error(`${conflicts} conflicts`);
        if (used !== undefined) cpu.push(childrenMs() - used);
        return now() - start;
      } finally {
        room.close();
      }
    };
    const oneByOne = async () => {
      const start = now();
      for (const one of heads) await run('git', ['-C', bare, 'merge-tree', '--write-tree', '--name-only', heads[0].commit, one.commit]);
      return now() - start;
    };
    const { ours, baseline } = await interleaved(ROUNDS, { ours: check, baseline: oneByOne });
    return [{ what: `overlap check of one candidate against ${BRANCHES} open branches, 10,000 files (baseline: \`git merge-tree\` ${BRANCHES} times, nothing fetched)`, ours, baseline, unit: 'ms', goal: 5000, of: 'ours' },
      ...(cpu.length === 0 ? [] : [{ what: 'the same, CPU of git', ours: median(cpu), unit: 'ms', goal: null }])];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Half of them change the line that the candidate changes, half the last one of the same file; each has a file of its own. */
async function branches(bare, head) {
  const place = 'src/m0/p0/f0.ts';
  const lines = (await mustRun('git', ['-C', bare, 'show', `${head}:${place}`])).stdout.split('\n');
  const heads = [];
  let script = '';
  for (let n = 0; n < BRANCHES; n += 1) {
    const changed = [...lines];
    if (n % 2 === 0 && n > 0) changed[changed.length - 2] = `export const last = ${n};`;
    else changed[0] = `export const first = ${n};`;
    script += commit(n, head, [[place, changed.join('\n')], [`src/new/n${n}.ts`, `export const n = ${n};\n`]]);
    heads.push({ kind: 'change', number: n + 1, branch: `topic/${n}` });
  }
  await mustRun('git', ['-C', bare, 'fast-import', '--quiet', '--force'], { input: script });
  for (const one of heads) one.commit = (await mustRun('git', ['-C', bare, 'rev-parse', `refs/heads/${one.branch}`])).stdout.trim();
  return heads;
}

function commit(n, head, files) {
  const data = (text) => `data ${Buffer.byteLength(text)}\n${text}\n`;
  return `commit refs/heads/topic/${n}\ncommitter Tom <tom@example.com> 1700000000 +0000\n${data(`change ${n}`)}from ${head}\n${files.map(([name, text]) => `M 100644 inline ${name}\n${data(text)}`).join('')}\n`;
}
