import { describe, expect, it } from '@jest/globals';
import { FileChange } from '../../../src/domain/candidate.js';
import { CheckDefinition } from '../../../src/domain/check.js';
import type { VerdictNode } from '../../../src/domain/verdict.js';
import { readHeld } from '../../../src/flow/replay/held-rules-of-verify.js';
import { onlyTests, planMixes, testChecks } from '../../../src/flow/replay/plan.js';
import { testReplay } from '../../../src/gates/tamper/replay-gate.js';
import type { GateInput } from '../../../src/gates/gate-facts.js';

const OLD = 'a'.repeat(40);
const NEW = 'b'.repeat(40);
const file = (path: string, status: FileChange['status']): FileChange => FileChange.parse({
  path, status, oldMode: status === 'added' ? '000000' : '100644', newMode: status === 'deleted' ? '000000' : '100644', additions: 1, deletions: 1, binary: false,
  ...(status === 'added' ? {} : { oldBlob: OLD }), ...(status === 'deleted' ? {} : { newBlob: NEW }),
});
const check = (id: string, run: string, more: object = {}): CheckDefinition => CheckDefinition.parse({ id, run, needs: [], workdir: '', timeoutMs: 1000, reports: [], network: false, paths: [], role: 'check', origin: 'here', ...more });

describe('which trees are tried', () => {
  it.each<[string, readonly FileChange[], readonly [string, readonly string[]][]]>([
    ['no test touched', [file('src/a.ts', 'modified')], []],
    ['a new test', [file('src/a.ts', 'modified'), file('test/a.test.ts', 'added')], [['red', ['test/a.test.ts']]]],
    ['an edited test', [file('pkg/a_test.go', 'modified')], [['replay', ['pkg/a_test.go']], ['red', ['pkg/a_test.go']]]],
    ['a deleted test', [file('tests/test_a.py', 'deleted')], [['replay', ['tests/test_a.py']]]],
    ['a snapshot and a file of cases', [file('src/__snapshots__/a.snap', 'modified'), file('tests/cases.json', 'modified')], [['replay', ['src/__snapshots__/a.snap', 'tests/cases.json']], ['red', ['src/__snapshots__/a.snap', 'tests/cases.json']]]],
  ])('%s', (_, files, expected) => {
    expect(planMixes(files).map(({ way, over }) => [way, over.map(({ path }) => path)])).toEqual(expected);
    for (const { way, over } of planMixes(files)) for (const one of over) expect(one.blob).toBe(way === 'replay' ? OLD : NEW);
  });

  it('tests and documents alone have nothing to prove', () => {
    expect(onlyTests([file('test/a.test.ts', 'added'), file('docs/a.md', 'modified')])).toBe(true);
    expect(onlyTests([file('test/a.test.ts', 'added'), file('src/a.ts', 'modified')])).toBe(false);
  });

  it.each<[string, readonly string[], readonly string[]]>([
    ['those of a runner, a report or a count', [], ['unit', 'suite', 'go', 'py', 'counted']],
    ['those that are named, and no others', ['lint'], ['lint']],
  ])('checks: %s', (_, named, expected) => {
    const checks = [check('unit', 'npm test'), check('suite', 'make all', { reports: [{ format: 'junit', path: 'j.xml' }] }), check('go', 'go test ./...'), check('py', 'python -m pytest -q'), check('counted', './run.sh'), check('lint', 'eslint .'), check('types', 'tsc -p .'), check('latest', 'echo latest attested')];
    const results = [{ check: checks[4]?.id, outcome: { kind: 'passed' }, durationMs: 1, outputBytes: 0, findings: 0, tests: { total: 1, failed: 0, skipped: 0 } }];
    expect(testChecks(checks, named, results as Parameters<typeof testChecks>[2]).map(({ id }) => id)).toEqual(expected);
  });
});

describe('what verify holds', () => {
  it.each<[string | undefined, readonly string[] | undefined]>([
    ['none', []], ['test-replay/old-test-fails', ['test-replay/old-test-fails']], ['test-replay/not-run,test-tampering/fewer-tests', ['test-replay/not-run', 'test-tampering/fewer-tests']],
    ['', undefined], [undefined, undefined], ['None', undefined], ['test-replay/old-test-fails,', undefined], ['anything else', undefined],
  ])('%j', (text, expected) => { expect(readHeld(text)).toEqual(expected); });

  const judged = async (held: readonly string[] | 'unknown'): Promise<VerdictNode> => testReplay({ replayHeld: held } as unknown as GateInput);
  it('holds in the job that delivers, and so does silence where it matters', async () => {
    expect((await judged([])).effect).toBe('allow');
    expect(await judged(['test-tampering/fewer-tests'])).toMatchObject({ effect: 'hold', liftable: true, children: [{ rule: 'test-tampering/fewer-tests', effect: 'hold' }] });
    expect(await judged('unknown')).toMatchObject({ effect: 'hold', liftable: true });
  });
});
