import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import type { Rung } from '../../src/domain/rung.js';
import { ROOT, missingTests, readCases } from './case-table.js';
import type { Case } from './case-table.js';
import { obeyEverything } from './obey-everything.js';
import type { Aftermath } from './obey-everything.js';
import { renderMatrix } from './render-matrix.js';
import type { CaseResult } from './render-matrix.js';
import { rungsHere } from './rungs.js';
import { runStarts } from './starts.js';

const WALL_MS = 480_000;
const PAGE = join(ROOT, 'docs/security/matrix.md');
const cases = readCases();
const rungs = await rungsHere();
const probes = cases.flatMap((one) => (one.how.kind === 'probe' ? [one.how.action] : []));
const results: CaseResult[] = [];
const counted = { searches: 0, leaks: 0 };

/** What a rung does not promise is said, never counted as kept. `none` promises nothing. */
function classed(one: Case, rung: Rung, wrong: string | undefined): CaseResult {
  if (wrong === undefined) return { id: one.id, rung, status: 'passed', why: '' };
  const known = rung === 'none' ? 'nothing is promised' : one.open[rung];
  return { id: one.id, rung, status: known === undefined ? 'failed' : 'open', why: known === undefined ? wrong : `${known}: ${wrong}` };
}

const failedIn = (rung: Rung): readonly string[] => results.filter((one) => one.rung === rung && one.status === 'failed').map((one) => `${one.id}: ${one.why}`);

describe.each(rungs.map((rung) => [rung.rung, rung] as const))('the rung %s', (name, rung) => {
  if (!rung.here) {
    it(`is not here: ${rung.why}`, () => {
      for (const one of cases.filter((each) => each.how.kind === 'probe' || each.how.kind === 'start')) results.push({ id: one.id, rung: name, status: 'not run', why: rung.why });
      expect(rung.why.length).toBeGreaterThan(10);
    });
    return;
  }

  it('keeps the obedient agent from everything it does not say it lets through', async () => {
    const aftermath: Aftermath = await obeyEverything(rung, probes);
    if (name !== 'none') counted.searches += aftermath.searches;
    for (const one of cases) {
      if (one.how.kind !== 'probe') continue;
      const notTried = aftermath.notTried(one.how.action);
      results.push(notTried === undefined ? classed(one, name, aftermath.judge(one.how.action)) : { id: one.id, rung: name, status: 'not run', why: notTried });
    }
    counted.leaks += results.filter((one) => one.rung === name && one.status === 'failed' && one.why.startsWith('read: ')).length;
    expect(failedIn(name)).toEqual([]);
  }, WALL_MS);

  it.each(cases.filter((one) => one.how.kind === 'start').map((one) => [one.id, one.title, one] as const))('%s: %s', async (_id, _title, one) => {
    const wrong = one.how.kind === 'start' ? await runStarts(rung, one.how.name) : undefined;
    // The bounds are ours, not the rung's: they hold in every one.
    const result = wrong === undefined || one.open[name] !== undefined ? classed(one, name, wrong) : { id: one.id, rung: name, status: 'failed' as const, why: wrong };
    results.push(result);
    expect(result.status === 'failed' ? result.why : undefined).toBeUndefined();
  }, WALL_MS);
});

describe('the oracles', () => {
  it('find what gets out where nothing isolates', () => {
    const got = results.filter((one) => one.rung === 'none' && one.status === 'open').map((one) => one.id);
    expect(got).toEqual(expect.arrayContaining(['E01', 'E02', 'E03', 'E04', 'E05', 'E06', 'E07', 'E08', 'E12', 'N01', 'N02', 'N05']));
  });
});

describe('the table', () => {
  it('names tests that exist', () => {
    expect(missingTests(cases)).toEqual([]);
  });

  it('has every case once, and none without an oracle, a test or a reason', () => {
    expect(new Set(cases.map((one) => one.id)).size).toBe(cases.length);
    expect(cases.filter((one) => one.how.kind === 'test' && one.tests.length === 0)).toEqual([]);
    expect(cases.filter((one) => (one.how.kind === 'probe' || one.how.kind === 'start') && one.oracle === '')).toEqual([]);
  });

  it('is the committed page, which claims nothing that failed here', () => {
    if (process.env['HEDDLE_UPDATE_MATRIX'] === '1') return;
    const page = existsSync(PAGE) ? readFileSync(PAGE, 'utf8') : '';
    expect(cases.filter((one) => !page.includes(`\n| ${one.id} | ${one.level} |`)).map((one) => one.id)).toEqual([]);
    const claimed = results.filter((one) => one.status === 'failed').filter((one) => new RegExp(`^\\| ${one.id} \\|[^\\n]*\\b${one.rung}: passed`, 'm').test(page));
    expect(claimed.map((one) => `${one.id} in ${one.rung}: the page says passed, and it failed here: ${one.why}. Run node scripts/matrix.mjs`)).toEqual([]);
  });
});

afterAll(() => {
  if (process.env['HEDDLE_UPDATE_MATRIX'] !== '1') return;
  const byTest = process.env['HEDDLE_MATRIX_TESTS'];
  writeFileSync(PAGE, renderMatrix({ cases, results, rungs: rungs.map((rung) => ({ rung: rung.rung, why: rung.here ? undefined : rung.why })), counted, tests: byTest === undefined ? undefined : readFileSync(byTest, 'utf8') }));
});
