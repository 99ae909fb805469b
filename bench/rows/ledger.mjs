// What admission needs of a ledger of 20,000 runs on a git remote: the rows of the ticket, then the booking with budgets of the month.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { median } from '../lib/measure.mjs';
import { bigLedger, rowOf } from '../lib/big-ledger.mjs';

const RUNS = 20_000;
const ROUNDS = 5;
const NOW = '2026-11-21T12:00:00.000Z';

export async function rows() {
  const [{ create }, { judgeBudgets }, { judgeBreakers }, { BudgetConfig, BreakerConfig }] = await Promise.all([
    import('../../build/adapters/ledger-store/git-branch/index.js'), import('../../build/admission/budgets.js'), import('../../build/admission/breakers.js'), import('../../build/config/budget-config.js'),
  ]);
  const budgets = ['repository', 'person', 'label', 'ticket'].map((per) => BudgetConfig.parse({ per, every: 'month', cost_usd: 900_000, runs: 900_000 }));
  const breakers = [BreakerConfig.parse({ failures: 1000 })];
  const folder = mkdtempSync(join(tmpdir(), 'heddle-bench-ledger-'));
  try {
    const found = [];
    for (const [days, label] of [[365, 'over a year'], [20, 'all in one month']]) {
      const gitDir = join(folder, `remote-${days}.git`);
      bigLedger(gitDir, { runs: RUNS, now: NOW, days });
      const times = [];
      let trips = 0;
      for (let round = 0; round < ROUNDS; round += 1) {
        const made = create({ url: `file://${gitDir}`, branch: 'heddle/ledger', writable: true, scratch: join(folder, `scratch-${days}-${round}`) }, { pause: async () => undefined, random: Math.random });
        const ledger = made.value;
        const row = rowOf(900_000 + round, NOW, { state: 'running', reserved: { cost: 5_000_000, tokens: 5_000_000, minutes: 120 }, spent: { cost: 0, tokens: 0, minutes: 0 } });
        const began = performance.now();
        must(await ledger.read({ since: '2026-11-21T11:00:00.000Z', ticket: row.ticket }));
        const answer = must(await ledger.book({ since: '2026-11-01T00:00:00.000Z', ticket: row.ticket }, (view) => {
          const verdicts = [judgeBudgets({ row, budgets, now: NOW }, view), judgeBreakers({ row, breakers, now: NOW }, view)];
          return { rows: verdicts.every(({ node }) => node.effect === 'allow') ? [row] : [], answer: view.rows.length };
        }));
        times.push(performance.now() - began);
        if (answer < RUNS / 20) throw new Error('the bench did not see the rows');
        trips = ledger.roundTrips;
      }
      found.push({ what: `admission's reading and booking in a ledger of ${RUNS} runs ${label}, git included (${trips} round trips)`, ours: median(times), unit: 'ms', goal: 1000, of: 'ours' });
    }
    return found;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function must(result) {
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}
