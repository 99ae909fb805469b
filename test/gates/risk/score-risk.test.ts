import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Configuration } from '../../../src/config/configuration.js';
import { DEFAULT_WEIGHTS, FEATURES } from '../../../src/domain/risk-weights.js';
import type { FileFact } from '../../../src/policy/facts.js';
import { fileKinds } from '../../../src/policy/file-kinds.js';
import { featuresOf } from '../../../src/gates/risk/features.js';
import { riskNode } from '../../../src/gates/risk/risk-gate.js';
import type { RiskFacts } from '../../../src/gates/risk/risk-facts.js';
import { scoreRisk, type Risk } from '../../../src/gates/risk/score-risk.js';

const NOW = 1_800_000_000;
const DAY = 86_400;
const file = (path: string, lines = 10, changes: FileFact['changes'] = ['modified']): FileFact => ({
  path, changes, kinds: fileKinds(path), additions: lines, deletions: 0, oldMode: '100644', newMode: '100644', services: [], tiers: [], data: [], owners: [],
});
const commit = (subject: string, daysAgo: number, author = 'ann'): NonNullable<RiskFacts['history']>['commits'][number] => ({ commit: 'a'.repeat(40), at: NOW - daysAgo * DAY, author, subject, reverts: subject.startsWith('Revert') ? ['b'.repeat(40)] : [], files: [] });
const facts = (more: Partial<RiskFacts> = {}): RiskFacts => ({
  files: [file('src/cart.ts'), file('test/cart.test.ts')], now: NOW, history: { commits: [commit('Add a cart', 100)], whole: true }, dependents: { direct: [], further: 0 }, services: [], incidents: [], regulated: [], attempts: 1, stops: 0, waiting: 0, speaking: [], ...more,
});
const rules = { weights: DEFAULT_WEIGHTS, levels: Configuration.parse({}).gates.risk.levels };
const score = (more: Partial<RiskFacts> = {}): Risk => scoreRisk(facts(more), rules);
const top = { name: 'payments', tier: 'critical', lifecycle: 'production', dependents: [] };

describe('scoreRisk', () => {
  it.each([
    ['a small change of code with its test', {}, 'low'],
    ['a document', { files: [file('docs/guide.md', 40)] }, 'low'],
    ['a document of a critical service', { files: [file('docs/guide.md', 40)], services: [top] }, 'low'],
    ['many files without a test', { files: Array.from({ length: 12 }, (_, index) => file(`src/m${index}/a.ts`, 40)) }, 'high'],
    ['a few lines of a critical service', { services: [top] }, 'high'],
    ['a few lines of a regulated path', { regulated: ['src/cart.ts'] }, 'high'],
    ['both', { services: [top], regulated: ['src/cart.ts'] }, 'critical'],
    ['files that break often', { history: { commits: Array.from({ length: 30 }, (_, index) => commit(index % 2 === 0 ? 'Fix rounding again' : 'Revert "x"', index, `p${index % 7}`)), whole: true }, incidents: [{ name: 'INC-7', paths: 1, at: NOW - 5 * DAY, severity: 'high' as const }] }, 'high'],
    ['a migration over a large tree of importers', { files: [file('db/migrate/20250101000000_x.rb', 200), file('src/a.rb', 200), file('lib/b.rb', 100)], dependents: { direct: Array.from({ length: 60 }, (_, index) => `f${index}.rb`), further: 200 } }, 'critical'],
  ])('%s: %s', (_name, more, level) => {
    expect(score(more).level).toBe(level);
  });

  it('says what each part saw and added, so that a person can add it up', () => {
    const risk = score({ services: [top], incidents: [{ name: 'INC-7', paths: 2, at: NOW, severity: 'high' }] });
    const sum = DEFAULT_WEIGHTS.bias + risk.parts.reduce((total, part) => total + part.points, 0);
    expect(Math.round(100 / (1 + Math.exp(-sum)))).toBe(risk.score);
    expect(risk.parts.find(({ feature }) => feature === 'tier')).toMatchObject({ value: 1, words: 'touches payments (tier critical)' });
    expect(risk.parts.find(({ feature }) => feature === 'incidents')?.words).toContain('INC-7');
    expect(new Set(risk.parts.map(({ feature }) => feature))).toEqual(new Set(FEATURES));
    const node = riskNode(risk, Configuration.parse({}).gates.risk.actions);
    expect(node.words).toMatch(/^\w+ risk, \d+ of 100: payments is of the top tier$|^\w+ risk, \d+ of 100: /);
    expect(node.children?.every((child) => child.effect === 'allow' && child.values?.['points'] !== undefined)).toBe(true);
  });

  it('says what is not known, and counts it neither as nothing nor as everything', () => {
    const unknown = score({ history: { commits: [], whole: false, why: 'the checkout is shallow' }, dependents: undefined, waiting: undefined, attempts: undefined });
    expect(unknown.unknown).toBe(6);
    expect(riskNode(unknown, Configuration.parse({}).gates.risk.actions).words).toContain('6 facts are not known');
    expect(unknown.parts.find(({ feature }) => feature === 'churn')?.words).toContain('the checkout is shallow');
    const worst = score({ history: { commits: Array.from({ length: 200 }, (_, index) => commit('Fix', 1, `p${index}`)), whole: true }, dependents: { direct: Array.from({ length: 200 }, (_, index) => `f${index}`), further: 0 }, waiting: 50, attempts: 4 });
    expect(unknown.score).toBeGreaterThan(score().score);
    expect(unknown.score).toBeLessThan(worst.score);
  });

  it('holds by its level as the configuration says', () => {
    const risk = score({ services: [top], regulated: ['a'] });
    expect(riskNode(risk, { low: 'allow', medium: 'allow', high: 'allow', critical: 'hold' }).effect).toBe('hold');
    expect(riskNode(risk, { low: 'allow', medium: 'allow', high: 'allow', critical: 'deny' }).effect).toBe('deny');
  });

  const arbitrary = fc.record({
    lines: fc.nat(3_000), files: fc.integer({ min: 1, max: 40 }), direct: fc.nat(80), attempts: fc.integer({ min: 1, max: 5 }), stops: fc.nat(3), waiting: fc.nat(40), speaking: fc.nat(5), regulated: fc.nat(2), critical: fc.boolean(),
  });
  const build = (of: { lines: number; files: number; direct: number; attempts: number; stops: number; waiting: number; speaking: number; regulated: number; critical: boolean }): Partial<RiskFacts> => ({
    files: Array.from({ length: of.files }, (_, index) => file(`src/f${index}.ts`, of.lines)), dependents: { direct: Array.from({ length: of.direct }, (_, index) => `d${index}.ts`), further: 0 }, attempts: of.attempts, stops: of.stops, waiting: of.waiting,
    speaking: Array.from({ length: of.speaking }, (_, index) => `g${index}`), regulated: Array.from({ length: of.regulated }, (_, index) => `src/f${index}.ts`), services: of.critical ? [top] : [],
  });

  it('never falls when any fact of danger grows, is total, and always says the same', () => {
    fc.assert(fc.property(arbitrary, fc.constantFrom('lines', 'files', 'direct', 'attempts', 'stops', 'waiting', 'speaking', 'regulated'), fc.integer({ min: 1, max: 30 }), (of, key, more) => {
      const [less, greater] = [score(build(of)), score(build({ ...of, [key]: of[key] + more }))];
      expect(greater.score).toBeGreaterThanOrEqual(less.score);
      expect(score(build(of))).toEqual(less);
      expect(less.score).toBeGreaterThanOrEqual(0);
      expect(less.score).toBeLessThanOrEqual(100);
      for (const { value } of featuresOf(facts(build(of)))) if (value !== undefined) expect(value >= 0 && value <= 1).toBe(true);
    }));
  });
});
