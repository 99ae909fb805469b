import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { CheckDefinition } from '../../src/domain/check.js';
import { CheckId } from '../../src/domain/ids.js';
import { concerns, nextSteps, topologicalOrder, type Settled } from '../../src/validation/check-graph.js';
import { findCircle } from '../../src/validation/configured-checks.js';
import { definition } from './check-fixtures.js';

/** Graphs without circles: a check needs only checks before it; then the list is shuffled. */
const graphs = fc.array(fc.tuple(fc.array(fc.nat({ max: 11 }), { maxLength: 4 }), fc.boolean()), { minLength: 1, maxLength: 12 }).chain((rows) => {
  const checks = rows.map(([needs, setup], index) => definition(`c${index}`, { role: setup ? 'setup' : 'check', needs: [...new Set(needs.filter((need) => need < index))].map((need) => `c${need}`) }));
  return fc.shuffledSubarray(checks, { minLength: checks.length, maxLength: checks.length });
});

describe('nextSteps', () => {
  it('keeps every edge under any schedule and any failures, and settles every check', () => {
    fc.assert(fc.property(graphs, fc.infiniteStream(fc.nat()), fc.infiniteStream(fc.boolean()), (checks, picks, passes) => {
      const settled = new Map<CheckId, Settled>();
      const running = new Set<CheckId>();
      for (let step = 0; settled.size < checks.length; step += 1) {
        expect(step).toBeLessThan(200);
        const { start, blocked } = nextSteps(checks, { settled, running });
        for (const { check, need } of blocked) {
          expect(check.needs).toContain(need);
          settled.set(check.id, 'failed');
        }
        for (const check of start) {
          for (const need of check.needs) expect(settled.get(need)).toBe('passed');
          if ((picks.next().value ?? 0) % 2 === 0 || running.size === 0) running.add(check.id);
        }
        const done = [...running][(picks.next().value ?? 0) % Math.max(1, running.size)];
        if (done !== undefined) {
          running.delete(done);
          settled.set(done, passes.next().value === true ? 'passed' : 'failed');
        }
      }
    }));
  });

  it('starts setup checks first', () => {
    const checks = [definition('b'), definition('a', { role: 'setup' })];
    expect(nextSteps(checks, { settled: new Map(), running: new Set() }).start.map((check) => check.id)).toEqual(['a', 'b']);
  });

  it('blocks what needs a check that does not exist', () => {
    expect(nextSteps([definition('a', { needs: ['gone'] })], { settled: new Map(), running: new Set() })).toMatchObject({ start: [], blocked: [{ by: 'need-failed', need: 'gone' }] });
  });
});

describe('topologicalOrder and findCircle', () => {
  it('order every graph without a circle so that needs come first', () => {
    fc.assert(fc.property(graphs, (checks) => {
      const order = topologicalOrder(checks).map((check) => check.id);
      expect([...order].sort()).toEqual(checks.map((check) => check.id).sort());
      for (const check of checks) for (const need of check.needs) expect(order.indexOf(need)).toBeLessThan(order.indexOf(check.id));
      expect(findCircle(checks)).toBeUndefined();
    }));
  });

  it('find every circle that is closed on purpose', () => {
    fc.assert(fc.property(graphs, fc.nat(), (checks, pick) => {
      const first = checks[pick % checks.length] as CheckDefinition;
      const circle = [...checks.filter((check) => check.id !== first.id), { ...first, needs: [CheckId.parse('loop')] }, definition('loop', { needs: [first.id] })];
      const found = findCircle(circle) ?? [];
      expect([...found].sort()).toEqual([first.id, 'loop'].sort());
      expect(topologicalOrder(circle).map((check) => check.id)).not.toContain('loop');
    }));
  });
});

describe('concerns', () => {
  it.each([
    [[], ['a.ts'], true], [['src/**'], ['src/x/a.ts'], true], [['src/**'], ['docs/a.md'], false], [['**/*.ts'], ['.hidden/a.ts'], true], [['src/**'], undefined, true], [['src/**'], [], false],
  ])('paths %j with %j: %s', (paths, changed, expected) => {
    expect(concerns({ paths }, changed)).toBe(expected);
  });
});
