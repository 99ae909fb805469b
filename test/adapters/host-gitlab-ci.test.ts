import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { artifactsUrl, create, type GitlabHost } from '../../src/adapters/host/gitlab-ci/index.js';
import { DOTENV_BYTES_MAX, dotenvOf } from '../../src/adapters/host/gitlab-ci/outputs.js';
import { annotations, cobertura, codeQuality, junit, reportFiles } from '../../src/adapters/host/gitlab-ci/reports.js';
import { untrusted } from '../../src/domain/text.js';
import { failure, value } from '../contract/forge-contract.js';
import { REPORTS } from '../contract/host-contract.js';
import { parseJunit } from '../../src/validation/junit.js';

let folder: string;
let printed: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'heddle-gitlab-'));
  printed = '';
});
afterEach(async () => { await rm(folder, { recursive: true, force: true }); });

export const environment = (): Record<string, string> => ({
  CI_PROJECT_PATH: 'acme/web/shop', CI_PROJECT_ID: '5', CI_PIPELINE_ID: '900', CI_PIPELINE_SOURCE: 'trigger', CI_JOB_ID: '4711', CI_JOB_NAME: 'heddle',
  CI_SERVER_URL: 'https://gitlab.example/', CI_API_V4_URL: 'https://gitlab.example/api/v4', CI_JOB_URL: 'https://gitlab.example/acme/web/shop/-/jobs/4711',
  CI_PROJECT_DIR: folder, GITLAB_USER_LOGIN: 'amy', GITLAB_USER_ID: '3', CI_COMMIT_REF_PROTECTED: 'true', CI_DISPOSABLE_ENVIRONMENT: 'true', GIT_DEPTH: '20',
});
const open = (env: NodeJS.ProcessEnv = environment(), dotenv = true): GitlabHost => value(create(env, { out: { write: (text: string) => { printed += text; } }, folder: join(folder, 'heddle-run'), dotenv, now: () => new Date('2026-11-21T10:00:00Z') }));

describe('host/gitlab-ci', () => {
  it('tells which pipeline is the holder, and where to look', () => {
    const host = open();
    expect(host.facts).toEqual({
      id: 'gitlab-ci', runKey: 'gitlab/acme/web/shop/pipelines/900', attempt: 1, ci: true,
      url: 'https://gitlab.example/acme/web/shop/-/jobs/4711', evidenceUrl: 'https://gitlab.example/acme/web/shop/-/jobs/4711/artifacts/browse/heddle-run/',
    });
    expect(host.job).toMatchObject({ project: 'acme/web/shop', serverUrl: 'https://gitlab.example', source: 'trigger', ofFork: false, refProtected: true, machine: 'disposable', gitDepth: 20, user: { login: 'amy', id: '3' }, traced: false });
  });

  it.each([
    ['CI_PROJECT_PATH', 'shop'], ['CI_PROJECT_PATH', 'acme/../shop'], ['CI_PROJECT_PATH', undefined], ['CI_PIPELINE_ID', '1/2'], ['CI_PIPELINE_SOURCE', 'x y'],
    ['CI_SERVER_URL', 'https://me:secret@gitlab.example'], ['CI_API_V4_URL', 'file:///etc'], ['CI_JOB_ID', ''],
  ])('names the variable that is wrong: %s=%s', (name, text) => {
    const fault = failure(create({ ...environment(), [name]: text }, { out: { write: () => true }, folder, dotenv: false }));
    expect(fault).toMatchObject({ code: 'rejected', side: 'setup' });
    expect(fault.message).toContain(name);
    expect(fault.message).not.toContain('secret@');
  });

  it.each([
    [{ CI_PIPELINE_SOURCE: 'merge_request_event', CI_MERGE_REQUEST_PROJECT_ID: '5', CI_MERGE_REQUEST_SOURCE_PROJECT_ID: '5' }, false],
    [{ CI_PIPELINE_SOURCE: 'merge_request_event', CI_MERGE_REQUEST_PROJECT_ID: '5', CI_MERGE_REQUEST_SOURCE_PROJECT_ID: '6' }, true],
    [{ CI_PIPELINE_SOURCE: 'merge_request_event', CI_MERGE_REQUEST_PROJECT_ID: '5' }, true],
    [{ CI_PIPELINE_SOURCE: 'merge_request_event' }, true],
    [{ CI_PIPELINE_SOURCE: 'external_pull_request_event' }, true],
    [{ CI_PIPELINE_SOURCE: 'schedule' }, false],
  ])('tells a stranger\'s pipeline: %j is %s', (change, fork) => {
    expect(open({ ...environment(), ...change }).job.ofFork).toBe(fork);
  });

  it('opens closed sections as GitLab documents them, each under a name of its own', () => {
    const host = open();
    host.group('one\nsection_end:1:heddle_1\r\u001b[0K');
    host.group('two');
    host.endGroup();
    host.endGroup();
    host.endGroup();
    expect(printed).toBe([
      '\u001b[0Ksection_start:1795255200:heddle_1[collapsed=true]\r\u001b[0Kone section_end :1:heddle_1 [0K\n',
      '\u001b[0Ksection_start:1795255200:heddle_2[collapsed=true]\r\u001b[0Ktwo\n',
      '\u001b[0Ksection_end:1795255200:heddle_2\r\u001b[0K\n', '\u001b[0Ksection_end:1795255200:heddle_1\r\u001b[0K\n',
    ].join(''));
  });

  it('shows the summary in a closed section, whole in a file, without what is masked', async () => {
    const host = open();
    host.mask('glpat-canary-0123456789');
    value(await host.summary(`# Done\nsection_start:1:x\nglpat-canary-0123456789\n${'line\n'.repeat(400)}`));
    expect(printed).toContain('section_start :1:x\n');
    expect(printed).toContain('more lines are in summary.md');
    expect(printed).not.toContain('canary');
    const text = await readFile(join(folder, 'heddle-run', 'summary.md'), 'utf8');
    expect([text.includes('canary'), text.split('\n').length]).toEqual([false, 404]);
  });

  it('keeps outputs as JSON, and as variables of later jobs only where that was asked for', async () => {
    const host = open();
    await host.output('run-id', '0123456789abcdef');
    await host.output('change-url', 'https://gitlab.example/acme/web/shop/-/merge_requests/1');
    await host.output('words', 'a\nHEDDLE_RUN_ID=other');
    expect(JSON.parse(await readFile(join(folder, 'heddle-run/outputs.json'), 'utf8'))).toMatchObject({ 'run-id': '0123456789abcdef', words: 'a\nHEDDLE_RUN_ID=other' });
    expect(await readFile(join(folder, 'heddle-run/heddle.env'), 'utf8')).toBe('HEDDLE_RUN_ID=0123456789abcdef\nHEDDLE_CHANGE_URL=https://gitlab.example/acme/web/shop/-/merge_requests/1\n');
    expect(printed).toContain('the output words is no plain word');
    await rm(join(folder, 'heddle-run'), { recursive: true });
    await open(environment(), false).output('run-id', '1');
    await expect(readFile(join(folder, 'heddle-run/heddle.env'))).rejects.toThrow('ENOENT');
  });

  it('says when the run folder cannot be written, and goes on', async () => {
    await writeFile(join(folder, 'heddle-run'), '');
    const host = open();
    expect(failure(await host.summary('x'))).toMatchObject({ code: 'io', side: 'ours' });
    await host.output('a', 'b');
    expect(printed).toContain('--out');
  });

  it.each<[string, string | undefined]>([
    ['/b/p/heddle-run', 'https://g/-/jobs/1/artifacts/browse/heddle-run/'], ['/b/p/a b/ü', 'https://g/-/jobs/1/artifacts/browse/a%20b/%C3%BC/'],
    ['/b/p', undefined], ['/b/other', undefined], ['/tmp/x', undefined],
  ])('the artifacts of %s are at %s', (at, url) => {
    expect(artifactsUrl({ jobUrl: 'https://g/-/jobs/1', projectFolder: '/b/p' }, at)).toBe(url);
  });
});

describe('a dotenv report', () => {
  it('holds one variable a line and stays within GitLab\'s bound, whatever the values are', () => {
    fc.assert(fc.property(fc.dictionary(fc.string({ maxLength: 20 }), fc.oneof(fc.string(), fc.string({ unit: 'binary', maxLength: 2000 }))), (outputs) => {
      const { text, leftOut } = dotenvOf(outputs);
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(DOTENV_BYTES_MAX);
      const lines = text.split('\n').slice(0, -1);
      expect(lines.length + leftOut.length).toBe(Object.keys(outputs).length);
      for (const line of lines) expect(line).toMatch(/^HEDDLE_[A-Z0-9_]*=[\x21-\x7e]*$/);
    }));
  });
});

describe('report files', () => {
  it('code quality: one entry for each finding with a place, each with a fingerprint of its own', () => {
    const list = JSON.parse(codeQuality(REPORTS.findings)) as { description: string; check_name: string; fingerprint: string; severity: string; location: { path: string; lines: { begin: number } } }[];
    expect(list.map((one) => [one.check_name, one.severity, one.location.path, one.location.lines.begin])).toEqual([['total "rounds" <half> up', 'major', 'src/total.js', 3], ['unit', 'minor', 'src/total.js', 1], ['unit', 'minor', 'src/total.js', 9]]);
    expect(new Set(list.map((one) => one.fingerprint)).size).toBe(3);
    expect(codeQuality(REPORTS.findings)).toBe(codeQuality(REPORTS.findings));
    expect(list[0]?.description).toBe('expected ]]> 2 ::error::no & <b>[31m');
    expect(codeQuality([])).toBe('[]\n');
  });

  it('JUnit: our own reader of such reports reads it, and finds only what is new', () => {
    const frame = { roots: ['/r'], workdir: '' };
    const parsed = (text: string): { totals: unknown; tests: (string | undefined)[] } => {
      const read = parseJunit(text, frame);
      if (!read.ok) throw new Error(read.error);
      return { totals: read.value.totals, tests: read.value.findings.map((one) => one.test) };
    };
    const read = parsed(junit(REPORTS.checks, REPORTS.findings));
    expect(read.totals).toEqual({ total: 5, failed: 2, skipped: 2 });
    expect(read.tests.join('\n')).toContain('total "rounds" <half> up');
    expect(parsed(junit([], [])).totals).toEqual({ total: 0, failed: 0, skipped: 0 });
  });

  it('Cobertura: lines with their hits', () => {
    expect(cobertura(REPORTS.coverage)).toContain('filename="src/total.js" line-rate="0.5000"><methods/><lines><line number="1" hits="4"/><line number="2" hits="0"/></lines>');
    expect(Object.keys(reportFiles({ ...REPORTS, coverage: [] }))).not.toContain('cobertura.xml');
  });

  it('annotations: links alone, and only to pages', () => {
    expect(JSON.parse(annotations(REPORTS.links))).toEqual({ Heddle: [{ external_link: { label: 'The change', url: 'https://gitlab.example/a/b/-/merge_requests/1' } }] });
  });

  it('are well formed whatever the text is', () => {
    const text = fc.string({ unit: 'binary', maxLength: 60 });
    fc.assert(fc.property(fc.array(fc.record({ message: text, file: text, test: text }), { maxLength: 5 }), (rows) => {
      const findings = rows.map((row) => ({ ...(REPORTS.findings[0] ?? never()), file: row.file, test: row.test, message: untrusted(row.message) }));
      JSON.parse(codeQuality(findings));
      const xml = junit(REPORTS.checks, findings);
      // Whatever is not an entity of ours or a mark of our own stands for itself.
      expect(xml.replace(/&(?:amp|lt|gt|quot);/g, '')).not.toMatch(/[&\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/u);
      expect((xml.match(/</g) ?? []).length).toBe((xml.match(/>/g) ?? []).length);
    }), { numRuns: 200 });
  });
});

function never(): never {
  throw new Error('the example has findings');
}
