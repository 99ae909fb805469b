import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { AttemptFacts } from '../../src/attempt/attempt-history.js';
import { bestCandidate, planNext, type NextStep } from '../../src/attempt/plan-repair.js';
import type { FileChange } from '../../src/domain/candidate.js';
import { digestOf } from '../../src/domain/digest.js';
import type { JudgedFinding } from '../../src/domain/finding.js';
import { CheckId, CommitSha, TreeSha } from '../../src/domain/ids.js';
import { Limits } from '../../src/domain/limits.js';
import { microUsd } from '../../src/domain/money.js';
import { ExhaustionReason } from '../../src/domain/stop-reason.js';
import { untrusted } from '../../src/domain/text.js';
import { NO_USAGE, type ModelUsage } from '../../src/domain/usage.js';
import type { Verdict } from '../../src/domain/verdict.js';

const LIMITS = Limits.parse({
  attemptsMax: 5, runWallMsMax: 1000, attemptWallMsMax: 1, attemptIdleMsMax: 1, checkWallMsMax: 1, costMicroUsdMax: 1_000_000, tokensMax: 1000, modelCallsMax: 100,
  agentOutputBytesMax: 1, checkOutputBytesMax: 1, processesMax: 1, memoryBytesMax: 1, cpuMsMax: 7_200_000, writtenFileBytesMax: 2 ** 32, diskBytesMax: 10 * 2 ** 30, diffFilesMax: 1, diffBytesMax: 1, fileBytesMax: 1, ticketCharsMax: 1, openChangesMax: 1,
});
const IDLE = { elapsedMs: 0, spent: NO_USAGE };
const ALLOW: Verdict = { effect: 'allow', tree: { rule: 'gates', effect: 'allow', words: '' } };
const deny = (rule: string): Verdict => ({ effect: 'deny', tree: { rule: 'gates', effect: 'deny', words: '', children: [{ rule, effect: 'deny', words: '' }, { rule: 'other', effect: 'allow', words: '' }] } });

interface Shape {
  readonly tree?: string | 'empty' | 'refused';
  readonly lines?: number;
  readonly findings?: readonly string[];
  readonly old?: readonly string[];
  readonly verdict?: Verdict;
  readonly ending?: AttemptFacts['ending'];
  readonly why?: string;
}

function attempt(number: number, shape: Shape): AttemptFacts {
  const finding = (standing: 'new' | 'pre-existing') => (name: string): JudgedFinding => ({ fingerprint: digestOf(name), source: CheckId.parse('t'), from: 'log', severity: 'error', message: untrusted(name), standing });
  const findings = [...(shape.findings ?? []).map(finding('new')), ...(shape.old ?? []).map(finding('pre-existing'))];
  const ending = shape.ending ?? { kind: 'completed' };
  const base = { attempt: number, ending, findings };
  if (shape.tree === 'empty') return { ...base, captured: { kind: 'empty' }, proof: undefined, verdict: undefined };
  if (shape.tree === 'refused') return { ...base, captured: { kind: 'refused', refusals: [{ code: 'git-path', path: 'x', message: 'm' }] }, proof: undefined, verdict: undefined };
  const why = shape.why ?? ((shape.findings ?? []).length > 0 ? 'new-findings' : 'proven');
  const tree = TreeSha.parse(digestOf(shape.tree ?? `tree ${number}`).slice(7, 47));
  const stats = { files: 1, additions: shape.lines ?? 10, deletions: 0, bytes: 1 };
  const files: FileChange[] = [];
  return { ...base, captured: { kind: 'captured', candidate: { attempt: number, base: CommitSha.parse('0'.repeat(40)), tree, files, stats, patchDigest: digestOf('') } }, proof: { ok: why === 'proven', why, words: why }, verdict: shape.verdict ?? ALLOW };
}

const history = (...shapes: readonly Shape[]) => ({ attempts: shapes.map((shape, index) => attempt(index + 1, shape)) });
const plan = (...shapes: readonly Shape[]): NextStep => planNext(history(...shapes), LIMITS, IDLE);
const told = (step: NextStep): string => (step.kind === 'stop' ? `stop ${step.reason}` : step.kind === 'repair' ? `repair ${step.because}${step.soft ? ' soft' : ''}` : `accept ${step.attempt}`);
const failed = (retryable: boolean): AttemptFacts['ending'] => ({ kind: 'failed', fault: { code: 'io', side: 'theirs', retryable, source: 't', message: 'm' } });
const stopped = (reason: 'cancelled' | 'wall' | 'cost' | 'tokens' | 'model-calls' | 'idle'): AttemptFacts['ending'] => ({ kind: 'stopped', reason });

describe('planNext', () => {
  it.each<readonly [string, readonly Shape[], string]>([
    ['a proven candidate', [{}], 'accept 1'],
    ['a proven candidate that a person must allow', [{ verdict: { ...ALLOW, effect: 'hold' } }], 'accept 1'],
    ['a proven candidate of an agent that was stopped', [{ ending: stopped('cost') }], 'accept 1'],
    ['a proven candidate in the last attempt', [{ findings: ['a'] }, { findings: ['b'] }, { findings: ['c'] }, { findings: ['d'] }, {}], 'accept 5'],
    ['findings', [{ findings: ['a'] }], 'repair findings'],
    ['other findings', [{ findings: ['a'] }, { findings: ['b'] }], 'repair findings'],
    ['fewer findings', [{ findings: ['a', 'b'] }, { findings: ['a'] }], 'repair findings'],
    ['a stopped agent without a change', [{ tree: 'empty', ending: stopped('idle') }], 'repair agent-stopped'],
    ['no change', [{ tree: 'empty' }], 'repair empty-change'],
    ['a refused capture', [{ tree: 'refused' }], 'repair capture-refused'],
    ['a gate that refuses', [{ verdict: deny('scope') }], 'repair gate-denied'],
    ['a gate that broke', [{ verdict: { ...ALLOW, effect: 'error' } }], 'repair gate-denied'],
    ['another gate that refuses', [{ verdict: deny('scope') }, { verdict: deny('size') }], 'repair gate-denied'],
    ['a check that fails without findings', [{ why: 'check-failed' }], 'repair findings'],
    ['an agent that failed and may be tried again', [{ tree: 'empty', ending: failed(true) }], 'repair agent-stopped'],
    ['the last attempt', [{ findings: ['a'] }, { findings: ['b'] }, { findings: ['c'] }, { findings: ['d'] }].slice(0, 4), 'repair findings soft'],
    ['all attempts used', [{ findings: ['a'] }, { findings: ['b'] }, { findings: ['c'] }, { findings: ['d'] }, { findings: ['e'] }], 'stop attempts'],
    ['the same findings again', [{ findings: ['a', 'b'] }, { findings: ['b', 'a'] }], 'stop repeated-findings'],
    ['the findings of an earlier attempt', [{ findings: ['a'] }, { findings: ['b'] }, { findings: ['a'] }], 'stop repeated-findings'],
    ['the same failure without findings', [{ why: 'check-failed' }, { why: 'check-failed' }], 'stop repeated-findings'],
    ['an earlier tree again', [{ tree: 'x', findings: ['a'] }, { tree: 'y', findings: ['b'] }, { tree: 'x', findings: ['c'] }], 'stop oscillating-tree'],
    ['a diff over twice the smallest', [{ lines: 50, findings: ['a'] }, { lines: 101, findings: ['b'] }], 'stop growing-diff'],
    ['a diff twice the smallest', [{ lines: 50, findings: ['a'] }, { lines: 100, findings: ['b'] }], 'repair findings'],
    ['a larger diff with fewer findings', [{ lines: 50, findings: ['a', 'b'] }, { lines: 500, findings: ['c'] }], 'repair findings'],
    ['a small diff that doubled', [{ lines: 3, findings: ['a'] }, { lines: 9, findings: ['b'] }], 'repair findings'],
    ['nothing changed twice', [{ tree: 'empty' }, { findings: ['a'] }, { tree: 'empty' }], 'stop empty-change'],
    ['the same refusal twice', [{ tree: 'refused' }, { tree: 'refused' }], 'stop capture-refused'],
    ['the same gate twice for the very same tree', [{ tree: 'x', verdict: deny('scope') }, { tree: 'x', verdict: deny('scope') }], 'stop gate-denied'],
    ['a session that was cut off and left the tree before it', [{ tree: 'x', findings: ['a'] }, { tree: 'x', findings: ['a'], ending: stopped('cancelled') }], 'repair findings'],
    ['no change after a session that was cut off', [{ tree: 'empty', ending: stopped('cancelled') }, { tree: 'empty' }], 'repair empty-change'],
    ['the same gate twice', [{ verdict: deny('scope') }, { verdict: deny('scope') }], 'stop gate-denied'],
    ['an agent that failed', [{ tree: 'empty', ending: failed(false) }], 'stop agent-failed'],
    ['an agent that failed twice', [{ tree: 'empty', ending: failed(true) }, { tree: 'empty', ending: failed(true) }], 'stop agent-failed'],
    ['an agent that failed and left the tree before it', [{ tree: 'x', findings: ['a'] }, { tree: 'x', findings: ['a'], ending: failed(false) }], 'stop agent-failed'],
    ['an agent that failed, left the tree before it and may be tried again', [{ tree: 'x', findings: ['a'] }, { tree: 'x', findings: ['a'], ending: failed(true) }], 'repair findings'],
    ['money that is used up', [{ findings: ['a'], ending: stopped('cost') }], 'stop cost'],
    ['tokens that are used up', [{ findings: ['a'], ending: stopped('tokens') }], 'stop tokens'],
    ['model calls that are used up', [{ tree: 'empty', ending: stopped('model-calls') }], 'stop tokens'],
    ['the time of an attempt', [{ findings: ['a'], ending: stopped('wall') }], 'repair findings'],
    ['checks without an answer', [{ why: 'checks-errored' }], 'stop checks-errored'],
    ['no checks', [{ why: 'no-checks' }], 'stop no-checks'],
  ])('%s: %s', (_what, shapes, expected) => {
    expect(told(plan(...shapes))).toBe(expected);
  });

  const spent = (more: Partial<ModelUsage>): ModelUsage => ({ ...NO_USAGE, ...more });
  it.each([
    ['money', { elapsedMs: 0, spent: spent({ cost: microUsd(0.79) }) }, 'repair findings'],
    ['money at 80 %', { elapsedMs: 0, spent: spent({ cost: microUsd(0.8) }) }, 'repair findings soft'],
    ['all money', { elapsedMs: 0, spent: spent({ cost: microUsd(1) }) }, 'stop cost'],
    ['tokens of all kinds at 80 %', { elapsedMs: 0, spent: spent({ inputTokens: 200, cacheReadTokens: 200, cacheWriteTokens: 200, outputTokens: 200 }) }, 'repair findings soft'],
    ['all tokens', { elapsedMs: 0, spent: spent({ outputTokens: 1000 }) }, 'stop tokens'],
    ['model calls at 80 %', { elapsedMs: 0, spent: spent({ calls: 80 }) }, 'repair findings soft'],
    ['all model calls', { elapsedMs: 0, spent: spent({ calls: 100 }) }, 'stop tokens'],
    ['time at 80 %', { elapsedMs: 800, spent: NO_USAGE }, 'repair findings soft'],
    ['all time', { elapsedMs: 1000, spent: NO_USAGE }, 'stop wall'],
  ])('with %s: %s', (_what, used, expected) => {
    expect(told(planNext(history({ findings: ['a'] }), LIMITS, used))).toBe(expected);
  });

  it('hands on the new findings only, each once', () => {
    expect(plan({ findings: ['a', 'a'], old: ['b'] })).toMatchObject({ findings: [digestOf('a')] });
  });

  it('names both attempts in its words', () => {
    expect(plan({ findings: ['a'] }, { findings: ['a'] })).toMatchObject({ words: 'Attempts 1 and 2 ended with the same finding.' });
  });

  it('refuses to plan before the first attempt', () => {
    expect(() => plan()).toThrow(TypeError);
  });
});

const shapes = fc.record({
  tree: fc.constantFrom('x', 'y', 'z', 'u', 'v', 'empty', 'refused'), lines: fc.nat({ max: 300 }), findings: fc.subarray(['a', 'b', 'c', 'd']),
  verdict: fc.constantFrom(ALLOW, ALLOW, deny('scope'), deny('size')), ending: fc.constantFrom<AttemptFacts['ending']>({ kind: 'completed' }, { kind: 'completed' }, stopped('wall'), stopped('cost'), failed(true), failed(false)),
  why: fc.constantFrom(undefined, undefined, undefined, 'check-failed', 'checks-errored'),
}).map(({ why, ...shape }): Shape => (why === undefined ? shape : { ...shape, why }));

describe('the loop', () => {
  it('ends within attemptsMax, whatever the agent does, and never repairs after an acceptable attempt', () => {
    fc.assert(fc.property(fc.array(shapes, { minLength: 6, maxLength: 6 }), fc.integer({ min: 1, max: 6 }), (all, attemptsMax) => {
      const limits = { ...LIMITS, attemptsMax };
      for (let count = 1; ; count += 1) {
        expect(count).toBeLessThanOrEqual(attemptsMax);
        const facts = history(...all.slice(0, count));
        const acceptable = facts.attempts.some((one) => one.proof?.ok === true && one.verdict?.effect === 'allow');
        const step = planNext(facts, limits, IDLE);
        expect(step.kind === 'accept').toBe(acceptable);
        if (step.kind === 'stop') {
          ExhaustionReason.parse(step.reason);
          expect(step.words).not.toBe('');
        }
        if (step.kind === 'repair') expect(step.soft).toBe(count + 1 >= attemptsMax);
        else break;
      }
    }));
  });

  it('answers the same for the same history', () => {
    fc.assert(fc.property(fc.array(shapes, { minLength: 1, maxLength: 5 }), (all) => {
      expect(planNext(history(...all), LIMITS, IDLE)).toEqual(planNext(history(...all), LIMITS, IDLE));
    }));
  });
});

describe('bestCandidate', () => {
  it.each<readonly [string, readonly Shape[], number | undefined]>([
    ['nothing captured', [{ tree: 'empty' }, { tree: 'refused' }], undefined],
    ['proven before few findings', [{ findings: ['a'] }, { verdict: deny('x'), lines: 900 }], 2],
    ['allowed before refused', [{ verdict: deny('x'), lines: 1 }, { lines: 9 }], 2],
    ['fewer findings before a smaller change', [{ findings: ['a', 'b'], lines: 1 }, { findings: ['c'], lines: 90 }], 2],
    ['the smaller change', [{ findings: ['a'], lines: 90 }, { findings: ['b'], lines: 80 }], 2],
    ['the earlier of equals', [{ findings: ['a'] }, { findings: ['b'] }], 1],
    ['old findings do not count', [{ old: ['a', 'b'], why: 'check-failed' }, { findings: ['c'] }], 1],
  ])('%s', (_what, all, expected) => {
    expect(bestCandidate(history(...all))?.attempt).toBe(expected);
  });

  it('is one of the captured, and no other captured one is better by findings and proof', () => {
    fc.assert(fc.property(fc.array(shapes, { maxLength: 5 }), (all) => {
      const { attempts } = history(...all);
      const best = bestCandidate({ attempts });
      const captured = attempts.filter((one) => one.captured.kind === 'captured');
      expect(best !== undefined).toBe(captured.length > 0);
      const kept = attempts.find((one) => one.attempt === best?.attempt);
      if (kept !== undefined && captured.some((one) => one.proof?.ok === true)) expect(kept.proof?.ok).toBe(true);
    }));
  });
});
