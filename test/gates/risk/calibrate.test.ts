import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { PastCommit, PastFile } from '../../../src/domain/history.js';
import { RiskWeights } from '../../../src/domain/risk-weights.js';
import { calibrate } from '../../../src/gates/risk/calibrate.js';
import { areaUnderCurve, fitLogistic, logistic } from '../../../src/gates/risk/fit-logistic.js';
import { pastSamples } from '../../../src/gates/risk/past-samples.js';

const DAY = 86_400;
const touched = (path: string, at: number, lines = 5): PastFile => ({ path, additions: lines, deletions: 1, added: false, deleted: false, removedLines: [[at, at]], addedLines: [[at, at + lines - 1]] });
let made = 0;
const past = (day: number, subject: string, files: readonly PastFile[], reverts: readonly string[] = []): PastCommit => ({ commit: (made += 1).toString(16).padStart(4, '0').padEnd(40, '0'), at: 1_700_000_000 + Math.round(day * DAY), author: `p${made % 3}`, subject, reverts, files });

describe('pastSamples', () => {
  it('counts as bad what was taken back, and what was mended soon in the same lines', () => {
    const reverted = past(0, 'Add a', [touched('src/a.ts', 10)]);
    const mended = past(1, 'Add b', [touched('src/b.ts', 10)]);
    const elsewhere = past(2, 'Add c', [touched('src/c.ts', 10)]);
    const late = past(3, 'Add d', [touched('src/d.ts', 10)]);
    const history = [
      reverted, mended, elsewhere, late,
      past(4, 'Revert "Add a"', [touched('src/a.ts', 10)], [reverted.commit.slice(0, 12)]), past(5, 'Fix b', [touched('src/b.ts', 12)]), past(6, 'Fix c', [touched('src/c.ts', 90)]), past(30, 'Fix d', [touched('src/d.ts', 10)]), past(60, 'Docs', [touched('docs/a.md', 1)]),
    ];
    const samples = pastSamples([...history].reverse());
    expect(samples.filter((sample) => sample.bad).map((sample) => sample.commit)).toEqual([reverted.commit, mended.commit]);
    // The last fourteen days: nobody knows yet.
    expect(samples.map((sample) => sample.commit)).not.toContain(history.at(-1)?.commit);
    // Each knows only what came before.
    expect(samples.find((sample) => sample.commit === mended.commit)?.features.find((one) => one.feature === 'churn')?.value).toBe(0);
  });
});

/** A made-up past in which changes of `hot.ts` without a test go wrong, and changes of the same size elsewhere do not. */
function history(count: number): readonly PastCommit[] {
  const commits: PastCommit[] = [];
  for (let index = 0; index < count; index += 1) {
    const hot = index % 4 === 0;
    const lines = 2 + ((index * 7) % 17);
    const line = 10 + (index % 50) * 20;
    commits.push(past(index, `Change ${index}`, hot ? [touched('src/hot.ts', line, lines)] : [touched(`src/calm${index % 9}.ts`, line, lines), touched(`test/calm${index % 9}.test.ts`, line, 1)]));
    if (hot && index % 8 === 0) commits.push(past(index + 0.5, 'Fix it', [touched('src/hot.ts', line + 1, 1), touched('test/hot.test.ts', 1)]));
  }
  return commits;
}

describe('calibrate', () => {
  it('finds in the newest third what the lines alone do not show', () => {
    const fitted = calibrate(history(400));
    if (fitted.kind !== 'fitted') throw new Error(JSON.stringify(fitted));
    expect(fitted.held.fitted.auc).toBeGreaterThan(0.8);
    expect(fitted.held.fitted.auc ?? 0).toBeGreaterThan((fitted.held.size.auc ?? 1) + 0.1);
    expect(RiskWeights.parse(fitted.weights)).toEqual(fitted.weights);
    expect(fitted.levels.medium <= fitted.levels.high && fitted.levels.high <= fitted.levels.critical).toBe(true);
    expect(calibrate([...history(400)])).toMatchObject({ kind: 'fitted', samples: fitted.samples, bad: fitted.bad });
  });

  it('says when there is too little to learn from, and invents nothing', () => {
    expect(calibrate([])).toMatchObject({ kind: 'too-little', samples: 0, bad: 0 });
    expect(calibrate(history(40)).kind).toBe('too-little');
    expect(calibrate(Array.from({ length: 300 }, (_, index) => past(index, 'Add', [touched(`src/${index}.ts`, 1)]))).kind).toBe('too-little');
  });
});

describe('the arithmetic', () => {
  it('finds the weights of data that was made by them', () => {
    const rows = Array.from({ length: 4_000 }, (_, index) => [(index % 41) / 40, (index % 17) / 16]);
    const labels = rows.map(([a = 0, b = 0], index) => logistic(-1 + 3 * a - 2 * b) > ((index * 7919) % 1000) / 1000);
    const fit = fitLogistic(rows, labels, 0.001);
    expect(fit.bias).toBeCloseTo(-1, 0);
    expect(fit.weights[0]).toBeCloseTo(3, 0);
    expect(fit.weights[1]).toBeCloseTo(-2, 0);
  });

  it('has an area under the curve as the pairs give it', () => {
    expect(areaUnderCurve([1, 2, 3, 4], [false, false, true, true])).toBe(1);
    expect(areaUnderCurve([1, 1, 1], [true, false, true])).toBe(0.5);
    expect(areaUnderCurve([1, 2], [true, true])).toBeUndefined();
    fc.assert(fc.property(fc.array(fc.tuple(fc.nat(5), fc.boolean()), { maxLength: 30 }), (pairs) => {
      const [bad, good] = [pairs.filter(([, is]) => is), pairs.filter(([, is]) => !is)];
      const won = bad.flatMap(([a]) => good.map(([b]): number => (a > b ? 1 : a === b ? 0.5 : 0)));
      const auc = areaUnderCurve(pairs.map(([score]) => score), pairs.map(([, is]) => is));
      if (won.length === 0) expect(auc).toBeUndefined();
      else expect(auc).toBeCloseTo(won.reduce((sum, one) => sum + one, 0) / won.length, 9);
    }));
  });
});
