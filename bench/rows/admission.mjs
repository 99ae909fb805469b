// One whole admission decision: the tracker and the forge on the fake GitHub over loopback, 500 open changes, and a ledger of 20,000
// runs on a git remote. The fake answers in this process, so that its time is in both figures.
import { mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import '../lib/typescript.mjs';
import { bigLedger } from '../lib/big-ledger.mjs';
import { childrenMs, median } from '../lib/measure.mjs';
import { makeRepository } from '../lib/repository.mjs';
import { TEMP } from '../lib/places.mjs';

const RUNS = 20_000;
const CHANGES = 500;
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 5);

export async function rows() {
  const [{ FakeGitHub }, { openChanges, prepareDecision, SLUG }] = await Promise.all([import('../../test/fakes/github/fake-github.ts'), import('../../test/scenario/admission-at-scale.ts')]);
  const folder = mkdtempSync(path.join(TEMP, 'heddle-bench-admission-'));
  const github = await FakeGitHub.start();
  try {
    const { folder: checkout, head } = await makeRepository(path.join(folder, 'repository'), 500);
    const repository = github.addRepository({ slug: SLUG, gitDir: path.join(checkout, '.git'), commit: head, roles: { amy: 'write', tom: 'write' } });
    openChanges(github, repository, CHANGES);
    const found = [];
    for (const [days, label] of [[365, 'over a year'], [20, 'all in one month']]) {
      const gitDir = path.join(folder, `ledger-${days}.git`);
      bigLedger(gitDir, { runs: RUNS, now: new Date(Date.now() - 3_600_000).toISOString(), days });
      const wall = [];
      const cpu = [];
      const gits = [];
      let calls = 0;
      for (let round = 0; round < ROUNDS; round += 1) {
        const decision = await prepareDecision({ github, repository, checkout, ledgerUrl: `file://${gitDir}`, folder: path.join(folder, `run-${days}-${round}`) });
        const before = github.requests.length;
        const used = process.cpuUsage();
        const children = childrenMs();
        const began = performance.now();
        const state = await decision.decide();
        wall.push(performance.now() - began);
        const { user, system } = process.cpuUsage(used);
        cpu.push((user + system) / 1000);
        if (children !== undefined) gits.push(childrenMs() - children);
        calls = github.requests.length - before;
        await decision.close();
        if (state !== 'admitted') throw new Error(`the decision was ${state}`);
      }
      const what = `admission decision, ${CHANGES} open changes, a ledger of ${RUNS} runs ${label}`;
      found.push(
        { what: `${what} (git and the fake GitHub included)`, ours: median(wall), unit: 'ms', goal: null },
        { what: 'the same, CPU of this process (the fake GitHub included, git not)', ours: median(cpu), unit: 'ms', goal: 1000, of: 'ours' },
        ...(gits.length === 0 ? [] : [{ what: 'the same, CPU of git (the side of the remote included)', ours: median(gits), unit: 'ms', goal: null }]),
        { what: 'the same, calls to the API', ours: calls, unit: '', goal: 12, of: 'ours' },
      );
    }
    return found;
  } finally {
    await github.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
