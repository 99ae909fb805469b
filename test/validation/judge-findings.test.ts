import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { JudgedFinding } from '../../src/domain/finding.js';
import { checkRunsOf, type CheckRun } from '../../src/validation/check-run.js';
import { baselineFindings, judgeFindings, shouldRerun } from '../../src/validation/judge-findings.js';
import { proven } from '../../src/validation/proven.js';
import { FAILED, PASSED, run } from './check-fixtures.js';

const judge = (baseline: readonly CheckRun[], candidate: readonly CheckRun[], rerun?: readonly CheckRun[]): string[] => judgeFindings({ baseline, candidate, rerun }).findings.map((finding) => `${finding.message}: ${finding.standing}`);
const prove = (baseline: readonly CheckRun[], candidate: readonly CheckRun[], rerun?: readonly CheckRun[]): string => proven({ baseline, candidate, judged: judgeFindings({ baseline, candidate, rerun }).findings }).why;

describe('judgeFindings', () => {
  it('tells old findings from new ones, whatever their lines', () => {
    const baseline = [run('t', FAILED, [{ message: 'old', file: 'a', line: 1 }])];
    expect(judge(baseline, [run('t', FAILED, [{ message: 'old', file: 'a', line: 40 }, { message: 'mine', file: 'a', line: 2 }])])).toEqual(['old: pre-existing', 'mine: new']);
  });

  it('charges the second of two equal mistakes to the candidate', () => {
    expect(judge([run('t', FAILED, [{ file: 'a', line: 1 }])], [run('t', FAILED, [{ file: 'a', line: 1 }, { file: 'a', line: 9 }])])).toEqual(['bad: pre-existing', 'bad: new']);
  });

  it('keeps a test that failed on the base the base\'s, also with another message', () => {
    expect(judge([run('t', FAILED, [{ test: 'x', message: 'got 1' }])], [run('t', FAILED, [{ test: 'x', message: 'got 2' }])])).toEqual(['got 2: pre-existing']);
  });

  it('does not let one check answer for another', () => {
    expect(judge([run('a', FAILED, [{ message: 'm' }])], [run('b', FAILED, [{ message: 'm' }])])).toEqual(['m: new']);
  });

  it('calls flaky what a second run of the same tree does not show', () => {
    const candidate = [run('t', FAILED, [{ message: 'one', test: 'x' }, { message: 'two', test: 'y' }])];
    expect(judge([run('t', PASSED)], candidate, [run('t', PASSED)])).toEqual(['one: flaky', 'two: flaky']);
    expect(judge([run('t', PASSED)], candidate, [run('t', FAILED, [{ message: 'two', test: 'y' }])])).toEqual(['one: flaky', 'two: new']);
    expect(judge([run('t', PASSED)], candidate, [run('t', { kind: 'timed-out', afterMs: 1 })])).toEqual(['one: new', 'two: new']);
  });

  it('says what was fixed, and only where the check ran to an end', () => {
    const baseline = [run('t', FAILED, [{ message: 'old' }]), run('u', FAILED, [{ message: 'other' }])];
    const fixed = judgeFindings({ baseline, candidate: [run('t', PASSED), run('u', { kind: 'timed-out', afterMs: 1 })] }).fixed;
    expect(fixed).toEqual([baseline[0]?.findings[0]?.fingerprint]);
  });

  it('charges nothing to a candidate that is as the base, and fixes nothing', () => {
    const raws = fc.array(fc.record({ message: fc.string(), file: fc.string(), test: fc.option(fc.string(), { nil: undefined }) }), { maxLength: 10 });
    fc.assert(fc.property(raws, (findings) => {
      const runs = [run('t', FAILED, findings)];
      const judged = judgeFindings({ baseline: runs, candidate: runs });
      expect(judged.findings.every((finding) => finding.standing === 'pre-existing')).toBe(true);
      expect(judged.fixed).toEqual([]);
      expect(baselineFindings(runs)).toHaveLength(judged.findings.length);
    }));
  });

  it('judges the same after the runs were read back from their events', () => {
    const runs = [run('t', FAILED, [{ message: 'a' }], { truncated: 3 }), run('u', PASSED)];
    expect(checkRunsOf({ checks: runs.map((one) => one.check), results: runs.map((one) => one.result), findings: runs.flatMap((one) => one.findings) })).toEqual(runs);
  });
});

describe('shouldRerun', () => {
  it.each([
    ['a failure far from the change', run('t', FAILED, [{ file: 'far.js' }]), true],
    ['a failure in a touched file', run('t', FAILED, [{ file: 'near.js' }]), false],
    ['a message that names a touched file', run('t', FAILED, [{ file: 'far.js', message: 'at near.js:3' }]), false],
    ['a failure without a place', run('t', FAILED, [{}]), false],
    ['a pass', run('t', PASSED), false],
    ['a time-out', run('t', { kind: 'timed-out', afterMs: 1 }, [{ file: 'far.js' }]), false],
    ['more findings than were kept', run('t', FAILED, [{ file: 'far.js' }], { truncated: 1 }), false],
    ['a check that is new', run('other', FAILED, [{ file: 'far.js' }]), false],
  ])('%s', (_what, one, expected) => {
    expect(shouldRerun(one, [run('t', PASSED)], ['near.js'])).toBe(expected);
  });

  it('not for a check that failed on the base', () => {
    expect(shouldRerun(run('t', FAILED, [{ file: 'far.js' }]), [run('t', FAILED)], [])).toBe(false);
  });
});

describe('proven', () => {
  const old = [{ message: 'old', test: 'x' }];
  const errored = { kind: 'errored' as const, fault: { code: 'io' as const, side: 'ours' as const, retryable: false, source: 't', message: 'm' } };
  const skipped = (reason: 'need-failed' | 'no-path-matched' | 'cancelled') => ({ kind: 'skipped' as const, reason });
  it.each([
    ['all pass', [run('t', PASSED)], [run('t', PASSED)], 'proven'],
    ['the base failed and it passes now', [run('t', FAILED, old)], [run('t', PASSED)], 'proven'],
    ['the base failed the same way', [run('t', FAILED, old)], [run('t', FAILED, old)], 'proven'],
    ['the base failed in more ways', [run('t', FAILED, [...old, { message: 'more' }])], [run('t', FAILED, old)], 'proven'],
    ['the base failed and there is more now', [run('t', FAILED, old)], [run('t', FAILED, [...old, { message: 'mine' }])], 'new-findings'],
    ['it passed and fails now', [run('t', PASSED)], [run('t', FAILED, [{}])], 'new-findings'],
    ['it fails without a finding', [run('t', PASSED)], [run('t', FAILED)], 'check-failed'],
    ['the base failed and it runs out of time now', [run('t', FAILED, old)], [run('t', { kind: 'timed-out', afterMs: 1 }, old)], 'check-failed'],
    ['both run out of time', [run('t', { kind: 'timed-out', afterMs: 1 }, old)], [run('t', { kind: 'timed-out', afterMs: 1 }, old)], 'proven'],
    ['a check could not be run', [run('t', PASSED)], [run('t', errored)], 'checks-errored'],
    ['the base could not be run and it fails', [run('t', errored)], [run('t', FAILED, [{}])], 'new-findings'],
    ['a new check passes', [], [run('t', PASSED)], 'proven'],
    ['there is no check', [], [], 'no-checks'],
    ['only a setup ran', [run('s', PASSED, [], { role: 'setup' })], [run('s', PASSED, [], { role: 'setup' })], 'no-checks'],
    ['no path matched any check', [run('t', PASSED)], [run('t', skipped('no-path-matched'))], 'no-checks'],
    ['no path matched one check', [run('t', PASSED), run('u', PASSED)], [run('t', skipped('no-path-matched')), run('u', PASSED)], 'proven'],
    ['a check was held up by a failure', [run('t', PASSED), run('u', PASSED)], [run('t', FAILED, [{}]), run('u', skipped('need-failed'))], 'new-findings'],
    ['it was held up on the base too', [run('t', FAILED, old), run('u', skipped('need-failed'))], [run('t', FAILED, old), run('u', skipped('need-failed'))], 'proven'],
    ['the checks were cancelled', [run('t', PASSED)], [run('t', skipped('cancelled'))], 'cancelled'],
    ['more findings than are kept', [run('t', FAILED, old)], [run('t', FAILED, old, { truncated: 1 })], 'too-many-findings'],
    ['all its tests are gone', [run('t', PASSED, [], { tests: 9 })], [run('t', PASSED, [], { tests: 0 })], 'tests-vanished'],
    ['it has fewer tests', [run('t', PASSED, [], { tests: 9 })], [run('t', PASSED, [], { tests: 8 })], 'proven'],
  ])('%s: %s', (_what, baseline, candidate, why) => {
    expect(prove(baseline, candidate)).toBe(why);
  });

  it('a failure that is flaky as a whole', () => {
    const candidate = [run('t', FAILED, [{ file: 'far.js' }])];
    expect(prove([run('t', PASSED)], candidate, [run('t', PASSED)])).toBe('proven');
    expect(prove([run('t', PASSED)], candidate, [run('t', FAILED, [{ file: 'far.js' }])])).toBe('new-findings');
  });

  it('never says proven while a finding is new', () => {
    const outcome = fc.constantFrom(PASSED, FAILED, errored, skipped('need-failed'), skipped('no-path-matched'), { kind: 'timed-out' as const, afterMs: 1 });
    const runs = fc.array(fc.tuple(outcome, fc.subarray([{ message: 'a' }, { message: 'b', test: 'x' }, { message: 'c', file: 'f' }])), { maxLength: 4 }).map((rows) => rows.map(([kind, findings], index) => run(`c${index}`, kind, findings)));
    fc.assert(fc.property(runs, runs, (baseline, candidate) => {
      const judged = judgeFindings({ baseline, candidate }).findings;
      const proof = proven({ baseline, candidate, judged });
      for (const finding of judged) JudgedFinding.parse(finding);
      expect(proof.ok).toBe(proof.why === 'proven');
      if (proof.ok) {
        expect(judged.some((finding) => finding.standing === 'new')).toBe(false);
        for (const before of baseline) if (before.result.outcome.kind === 'passed') expect(['passed', 'skipped', undefined]).toContain(candidate.find((one) => one.check.id === before.check.id)?.result.outcome.kind);
      }
    }));
  });
});
