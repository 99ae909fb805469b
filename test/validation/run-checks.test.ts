import { mkdtemp, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { CheckResult, type CheckDefinition } from '../../src/domain/check.js';
import { err, ok } from '../../src/kit/result.js';
import type { CheckRun } from '../../src/validation/check-run.js';
import { runChecks } from '../../src/validation/run-checks.js';
import { definition, LIMITS } from './check-fixtures.js';
import { processSandbox } from './process-sandbox.js';

let folder: string;
beforeEach(async () => { folder = await mkdtemp(join(tmpdir(), 'checks-')); });
afterEach(async () => { await rm(folder, { recursive: true, force: true }); });

interface Told { readonly runs: CheckRun[]; readonly started: string[]; readonly finished: string[]; readonly logs: Map<string, string>; readonly overlap: number }

async function check(checks: readonly CheckDefinition[], more: { readonly parallel?: number; readonly changedPaths?: readonly string[]; readonly signal?: AbortSignal; readonly noSandboxFor?: string } = {}): Promise<Told> {
  const told = { started: [] as string[], finished: [] as string[], logs: new Map<string, string>() };
  let [open, overlap] = [0, 0];
  const runs = await runChecks({
    checks, folder, limits: LIMITS, parallel: more.parallel ?? 2, changedPaths: more.changedPaths, signal: more.signal ?? new AbortController().signal,
    sandboxFor: async (one) => (one.id === more.noSandboxFor ? err({ code: 'io', side: 'ours', retryable: false, source: 'test', message: 'no sandbox' }) : ok(processSandbox(folder))),
    onStarted: (one) => {
      open += 1;
      overlap = Math.max(overlap, open);
      told.started.push(one.id);
    },
    onFinished: (result, log) => {
      CheckResult.parse(result);
      if (told.started.includes(result.check)) open -= 1;
      told.finished.push(result.check);
      told.logs.set(result.check, log.toString());
    },
  });
  return { ...told, runs, overlap };
}

const kinds = (told: Told): string[] => told.runs.map(({ check: { id }, result: { outcome } }) => `${id}: ${outcome.kind}${outcome.kind === 'skipped' ? ` ${outcome.reason}` : ''}`);

describe('runChecks', () => {
  it('runs shell text as data, in the check\'s folder, and keeps both streams', async () => {
    await mkdir(join(folder, 'sub'));
    const told = await check([definition('a', { run: 'echo "$CI" > ../ci; echo out; echo err >&2; false; echo never', workdir: 'sub' })]);
    expect(await readFile(join(folder, 'ci'), 'utf8')).toBe('true\n');
    expect(told.logs.get('a')).toMatch(/out/);
    expect(told.logs.get('a')).toMatch(/err/);
    expect(told.logs.get('a')).not.toMatch(/never/);
    expect(told.runs[0]?.result).toMatchObject({ outcome: { kind: 'failed', exitCode: 1 }, findings: 1, outputBytes: 8 });
    expect(told.runs[0]?.result.logDigest).toMatch(/^sha256:/);
  });

  it('keeps the order of needs, runs the rest side by side and never more than allowed', async () => {
    const wait = (mine: string, other: string): string => `touch ${mine}; for i in $(seq 500); do [ -e ${other} ] && exit 0; sleep 0.02; done; exit 1`;
    const told = await check([definition('last', { needs: ['b', 'c'], run: 'test -e b && test -e c' }), definition('b', { run: wait('b', 'c'), needs: ['setup'] }), definition('c', { run: wait('c', 'b'), needs: ['setup'] }), definition('setup', { role: 'setup', run: 'touch ready' })]);
    expect(kinds(told)).toEqual(['last: passed', 'b: passed', 'c: passed', 'setup: passed']);
    expect(told.started[0]).toBe('setup');
    expect(told.finished.at(-1)).toBe('last');
    expect(told.overlap).toBe(2);
    expect((await check(['a', 'b', 'c'].map((id) => definition(id)), { parallel: 1 })).overlap).toBe(1);
  });

  it('skips what a failed check holds up, and says errored where a setup broke', async () => {
    const told = await check([definition('bad', { run: 'exit 3' }), definition('after', { needs: ['bad'] }), definition('setup', { role: 'setup', run: 'exit 1' }), definition('x', { needs: ['setup'] }), definition('y', { needs: ['x'] }), definition('free')]);
    expect(kinds(told)).toEqual(['bad: failed', 'after: skipped need-failed', 'setup: errored', 'x: errored', 'y: errored', 'free: passed']);
    expect(told.finished).toHaveLength(6);
    expect(told.started).not.toContain('x');
    expect(told.runs[2]?.result.outcome).toMatchObject({ fault: { message: expect.stringContaining('Setup check setup (test) ended with exit code 1') } });
  });

  it('charges a broken setup to the candidate when it changed what is installed', async () => {
    const setup = [definition('setup', { role: 'setup', run: 'echo "lockfile does not fit"; exit 1' }), definition('x', { needs: ['setup'] })];
    const told = await check(setup, { changedPaths: ['package.json'] });
    expect(kinds(told)).toEqual(['setup: failed', 'x: skipped need-failed']);
    expect(told.runs[0]?.findings[0]?.message).toContain('lockfile does not fit');
    expect(kinds(await check(setup, { changedPaths: ['src/a.js'] }))).toEqual(['setup: errored', 'x: errored']);
  });

  it('leaves out what the changed paths do not concern, and runs what needs it', async () => {
    const checks = [definition('docs', { paths: ['docs/**'], run: 'exit 1' }), definition('next', { needs: ['docs'] })];
    expect(kinds(await check(checks, { changedPaths: ['src/a.js'] }))).toEqual(['docs: skipped no-path-matched', 'next: passed']);
    expect(kinds(await check(checks, { changedPaths: ['docs/a.md'] }))).toEqual(['docs: failed', 'next: skipped need-failed']);
    expect(kinds(await check(checks))).toEqual(['docs: failed', 'next: skipped need-failed']);
  });

  it('ends what runs too long or says too much, with a finding each', async () => {
    const told = await check([definition('slow', { run: 'sleep 600', timeoutMs: 50 }), definition('loud', { run: 'while :; do echo aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa; done' }), definition('killed', { run: 'kill -9 $$' })]);
    expect(told.runs.map(({ result }) => result.outcome)).toMatchObject([{ kind: 'timed-out', afterMs: 50 }, { kind: 'output-exceeded' }, { kind: 'failed', exitCode: 137 }]);
    expect(told.runs.map(({ findings }) => findings[0]?.rule)).toEqual(['timed-out', 'output-exceeded', 'exit']);
    expect(Buffer.byteLength(told.logs.get('loud') ?? '')).toBeLessThanOrEqual(LIMITS.checkOutputBytesMax);
  });

  it('skips what is left when the run is cancelled, and ends what runs', async () => {
    const controller = new AbortController();
    const checks = [definition('a', { run: 'touch started; sleep 600' }), definition('b', { needs: ['a'] }), definition('c')];
    const running = runChecks({ checks, folder, limits: LIMITS, parallel: 1, changedPaths: undefined, signal: controller.signal, sandboxFor: async () => ok(processSandbox(folder)), onStarted: (one) => { if (one.id === 'a') setImmediate(() => controller.abort()); }, onFinished: () => undefined });
    expect((await running).map(({ result }) => result.outcome)).toEqual([{ kind: 'skipped', reason: 'cancelled' }, { kind: 'skipped', reason: 'need-failed' }, { kind: 'skipped', reason: 'cancelled' }]);
  });

  it('says errored when there is no sandbox, and never runs without one', async () => {
    const told = await check([definition('a', { run: 'touch ran' })], { noSandboxFor: 'a' });
    expect(kinds(told)).toEqual(['a: errored']);
    await expect(readFile(join(folder, 'ran'))).rejects.toThrow();
  });

  it('does not hang on a circle', async () => {
    expect(kinds(await check([definition('a', { needs: ['b'] }), definition('b', { needs: ['a'] }), definition('c')]))).toEqual(['a: skipped need-failed', 'b: skipped need-failed', 'c: passed']);
  });
});

describe('reports', () => {
  const junit = (cases: string): string => `<testsuite name="s">${cases}</testsuite>`;
  const failing = junit('<testcase name="adds" file="a.js" line="3"><failure message="2 !== 3"/></testcase><testcase name="b"/>');
  const reports = [{ format: 'junit' as const, path: 'out/*.xml' }];
  const writes = (text: string, then = 'exit 1'): string => `mkdir -p out; cat > out/r.xml <<'END'\n${text}\nEND\n${then}`;

  it('give findings with test names and totals counted by us', async () => {
    const [one] = (await check([definition('t', { run: writes(failing), reports })])).runs;
    expect(one?.result).toMatchObject({ tests: { total: 2, failed: 1, skipped: 0 }, outcome: { kind: 'failed' } });
    expect(one?.findings).toMatchObject([{ from: 'junit', file: 'a.js', line: 3, test: 's > adds', message: '2 !== 3' }]);
  });

  it('outweigh an exit code of 0', async () => {
    expect((await check([definition('t', { run: writes(failing, 'exit 0'), reports })])).runs[0]?.result.outcome).toEqual({ kind: 'failed', exitCode: 0 });
  });

  it('come with compiler lines of the log, without the log\'s own telling of the tests', async () => {
    const [one] = (await check([definition('t', { run: writes(failing, 'echo "src/a.ts(1,2): error TS1005: bad"; echo "--- FAIL: TestX"; exit 1'), reports })])).runs;
    expect(one?.findings.map((finding) => finding.from)).toEqual(['junit', 'log']);
  });

  it('that were committed and not written now are not read', async () => {
    await mkdir(join(folder, 'out'));
    await writeFile(join(folder, 'out', 'r.xml'), junit('<testcase name="a"/>'));
    const [one] = (await check([definition('t', { run: 'true', reports })])).runs;
    expect(one?.result.tests).toBeUndefined();
    expect(one?.problems).toEqual(['the check wrote none of its reports']);
  });

  it.each([
    ['a link to a file', 'mkdir out; ln -s ../secret.xml out/r.xml', 'out/r.xml'],
    ['a linked folder', 'ln -s elsewhere out; true', 'out/r.xml'],
    ['a pipe', 'mkdir out; mkfifo out/r.xml', 'out/r.xml'],
    ['a document type', writes('<!DOCTYPE a [<!ENTITY b "c">]><testsuite/>', 'true'), 'out/r.xml'],
  ])('are refused as %s', async (_what, script, path) => {
    await writeFile(join(folder, 'secret.xml'), failing);
    await mkdir(join(folder, 'elsewhere'));
    await symlink('../secret.xml', join(folder, 'elsewhere', 'x'));
    await writeFile(join(folder, 'elsewhere', 'r.xml'), failing);
    const [one] = (await check([definition('t', { run: script, reports: [{ format: 'junit', path }] })])).runs;
    expect(one?.result.tests).toBeUndefined();
    expect(one?.findings).toEqual([]);
    expect(one?.problems).toHaveLength(1);
  });
});
