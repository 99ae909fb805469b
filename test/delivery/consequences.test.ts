import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Configuration } from '../../src/config/configuration.js';
import { consequencesOf, type JudgedChange } from '../../src/delivery/consequences.js';
import { gatesReport } from '../../src/delivery/gates-report.js';
import { lineNotes } from '../../src/delivery/line-notes.js';
import type { VerdictEffect, VerdictNode } from '../../src/domain/verdict.js';
import { JudgedFinding } from '../../src/domain/finding.js';
import { digestOf } from '../../src/domain/digest.js';
import { activeParts } from '../packet/oracle.js';

const delivery = (more: object = {}): Configuration['delivery'] => Configuration.parse({ delivery: more }).delivery;
const tree = (level: string, effect: VerdictEffect = 'allow', children: readonly VerdictNode[] = []): VerdictNode => ({ rule: 'gates', effect, words: 'w', children: [{ rule: 'risk', effect: 'allow', words: `${level} risk`, values: { level, score: 50 } }, ...children] });
const judged = (level: string, more: Partial<JudgedChange> = {}): JudgedChange => ({ verdict: { effect: 'allow', tree: tree(level) }, policy: undefined, answered: false, organisation: 'acme', takenBack: [], ...more });
const AUTO = { auto_merge: { levels: ['low'] } };

describe('consequencesOf', () => {
  it('leaves everything to people unless the team asked for more', () => {
    expect(consequencesOf(judged('low'), delivery())).toEqual({ draft: true, held: false, merge: { kind: 'by-people', why: 'delivery.auto_merge names no level' }, owners: 'codeowners', labels: ['heddle', 'risk:low'], reviewers: [] });
  });

  it('asks the people of the level, and teams with the organisation before them', () => {
    const then = consequencesOf(judged('high'), delivery({ review: { high: { users: ['maria'], teams: ['billing', 'other/core'], count: 2 } }, risk_labels: false }));
    expect(then).toMatchObject({ reviewers: ['maria', 'acme/billing', 'other/core'], labels: ['heddle'] });
    expect(consequencesOf(judged('low'), delivery({ review: { high: { users: ['maria'] } } })).reviewers).toEqual([]);
    // What only the rules of a branch can count is not merged by itself.
    const medium = delivery({ review: { medium: { users: ['maria'], count: 2 } }, auto_merge: { levels: ['low', 'medium'] } });
    expect(consequencesOf(judged('medium'), medium).merge).toEqual({ kind: 'by-people', why: 'delivery.review.medium names who must say yes, and only rules of the branch can count that' });
    expect(consequencesOf(judged('low'), medium).merge.kind).toBe('by-itself');
  });

  it('opens a held change as a draft that says so', () => {
    const then = consequencesOf(judged('low', { verdict: { effect: 'hold', tree: tree('low', 'hold') } }), delivery({ ...AUTO, draft: false }));
    expect(then).toMatchObject({ held: true, draft: true, labels: ['heddle', 'risk:low', 'heddle:held'], merge: { kind: 'by-people' } });
    expect(consequencesOf(judged('low', { verdict: { effect: 'hold', tree: tree('low', 'hold') }, answered: true }), delivery({ draft: false }))).toMatchObject({ held: false, draft: false });
  });

  it('merges by itself only when everything is in order', () => {
    expect(consequencesOf(judged('low'), delivery(AUTO))).toMatchObject({ draft: false, merge: { kind: 'by-itself', method: 'squash' } });
    const lifted: VerdictNode = { rule: 'build-files', effect: 'allow', words: 'w; lifted by amy', values: { liftedBy: 'amy (1)' } };
    const against: readonly (readonly [Partial<JudgedChange>, string])[] = [
      [{ verdict: { effect: 'allow', tree: tree('medium') } }, 'its risk is medium'],
      [{ verdict: { effect: 'allow', tree: { rule: 'gates', effect: 'allow', words: 'w', children: [] } } }, 'no level of risk'],
      [{ verdict: { effect: 'allow', tree: tree('low', 'allow', [lifted]) } }, 'a rule was lifted'],
      [{ verdict: { effect: 'hold', tree: tree('low', 'hold') }, answered: true }, 'a gate holds it'],
      [{ takenBack: undefined }, 'the history is not whole'],
      [{ takenBack: ['a'.repeat(40)] }, '1 Heddle change was taken back within 14d: aaaaaaaaaaaa'],
      [{ policy: { effect: 'hold', decidedBy: 'r', matched: [], labels: [], reviewers: { users: [], teams: [], owners: false }, approvals: [{ rule: 'r', count: 1, roles: [], teams: [], users: [], notRequester: true }], budget: {}, lifted: [], sources: [] } }, 'asks for approvals'],
    ];
    for (const [more, why] of against) {
      const { merge, draft } = consequencesOf(judged('low', more), delivery(AUTO));
      expect({ merge, draft }).toEqual({ merge: { kind: 'by-people', why: expect.stringContaining(why) }, draft: true });
    }
  });
});

describe('gatesReport', () => {
  const node: VerdictNode = { rule: 'secrets', effect: 'hold', words: 'added lines hold values that look like secrets', values: { count: 2, places: ['src/a.ts:3 (high-entropy)', 'src/b:7.ts:12'] } };
  it('fails for a held change, has a line for each rule and an annotation for each place', () => {
    const report = gatesReport({ effect: 'hold', tree: tree('low', 'hold', [node]) }, { held: true, answered: false });
    expect(report).toMatchObject({ name: 'Heddle gates', conclusion: 'failure', annotations: [{ path: 'src/a.ts', line: 3, level: 'warning' }, { path: 'src/b:7.ts', line: 12, level: 'warning' }] });
    expect(report.title).toContain('secrets holds it');
    expect(report.summary).toContain('| `secrets` | **hold** |');
    expect(gatesReport({ effect: 'hold', tree: tree('low', 'hold', [node]) }, { held: false, answered: true }).conclusion).toBe('neutral');
    expect(gatesReport({ effect: 'allow', tree: tree('low') }, { held: false, answered: false })).toMatchObject({ conclusion: 'success', annotations: [] });
  });

  it('lets no word of a rule act', () => {
    fc.assert(fc.property(fc.string(), fc.string(), (words, path) => {
      const hostile: VerdictNode = { rule: 'x', effect: 'hold', words, values: { places: [`${path}:1`] } };
      const report = gatesReport({ effect: 'hold', tree: tree('low', 'hold', [hostile]) }, { held: true, answered: false });
      expect(activeParts(report.summary, [])).toEqual([]);
      for (const { markdown } of lineNotes({ verdict: { effect: 'hold', tree: tree('low', 'hold', [hostile]) }, findings: [] }, () => new Set([1]), 10)) expect(activeParts(markdown, [])).toEqual([]);
    }));
  });
});

describe('lineNotes', () => {
  const at = (rule: string, effect: VerdictEffect, places: readonly string[]): VerdictNode => ({ rule, effect, words: `${rule} speaks`, values: { places } });
  const finding = (file: string, line: number): JudgedFinding => JudgedFinding.parse({ source: 'lint', from: 'sarif', severity: 'error', message: 'no', file, line, fingerprint: digestOf(`${file}${line}`), standing: 'new' });
  const all = (): ReadonlySet<number> => new Set(Array.from({ length: 100 }, (_, index) => index + 1));

  it('puts objections before findings before hints, one a line, three a file, and only on added lines', () => {
    const verdict = { effect: 'hold' as const, tree: tree('low', 'hold', [at('notable-calls', 'allow', ['a.ts:9 starts a program', 'b.ts:1']), at('secrets', 'hold', ['a.ts:3', 'a.ts:200'])]) };
    const notes = lineNotes({ verdict, findings: [finding('a.ts', 3), finding('a.ts', 4), finding('a.ts', 5), finding('c.ts', 1)] }, all, 10);
    expect(notes.map(({ path, line }) => `${path}:${line}`)).toEqual(['a.ts:3', 'a.ts:4', 'a.ts:5', 'c.ts:1', 'b.ts:1']);
    expect(notes[0]?.markdown).toBe('**`secrets`**: secrets speaks');
    expect(notes.at(-1)?.markdown).toContain('Only pointed out');
    expect(lineNotes({ verdict, findings: [finding('a.ts', 4)] }, all, 1)).toHaveLength(1);
    expect(lineNotes({ verdict, findings: [] }, () => new Set<number>(), 10)).toEqual([]);
  });
});
