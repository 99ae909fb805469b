import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it, jest } from '@jest/globals';
import { plainNodeArguments } from '../../src/containment/harden-process.js';

jest.setTimeout(60_000);
const PASSWORD = 'canary-proxy%21-7aa1';
const CANARY = 'canary-5f0c1a-canary-5f0c1a';
/** The door's own start, then what this machine shows of every process of ours. */
const PROGRAM = `
import { existsSync, readFileSync } from 'node:fs';
import { url } from 'node:inspector';
import { startClean } from ${JSON.stringify(pathToFileURL(join(process.cwd(), 'build/main/clean-start.js')).href)};
const start = await startClean();
if ('exit' in start) process.exitCode = start.exit;
else {
  const shown = (pid) => ['environ', 'cmdline'].map((name) => readFileSync('/proc/' + pid + '/' + name, 'latin1')).join('\\n');
  const taken = new Promise((resolve) => process.once('SIGUSR1', resolve));
  const alive = setInterval(() => undefined, 1000);
  process.kill(process.pid, 'SIGUSR1');
  await taken;
  clearInterval(alive);
  const inspector = url() !== undefined;
  process.stdout.write(JSON.stringify({
    token: start.secrets['github-token'], own: shown(process.pid), parent: shown(process.ppid), inspector, arguments: process.execArgv,
    filters: [process.pid, process.ppid].map((pid) => readFileSync('/proc/' + pid + '/coredump_filter', 'latin1').trim()), env: Object.keys(process.env), proxy: process.env['HTTPS_PROXY'],
    passwords: Object.fromEntries(Object.entries(start.secrets).filter(([name]) => name.startsWith('proxy-'))),
  }));
}
`;

/** What GitLab gives every job, and what a project gives one for us. */
const GITLAB_SECRETS = ['CI_JOB_TOKEN', 'CI_REGISTRY_PASSWORD', 'CI_DEPENDENCY_PROXY_PASSWORD', 'CI_REPOSITORY_URL', 'CI_DEPLOY_PASSWORD', 'CI_JOB_JWT', 'CI_JOB_JWT_V2', 'GITLAB_TOKEN', 'HEDDLE_MODEL_KEY', 'SONAR_TOKEN'];
const GITLAB_PLAIN = ['CI_PROJECT_PATH', 'CI_PIPELINE_ID', 'CI_API_V4_URL', 'CI_SERVER_URL', 'TRIGGER_PAYLOAD', 'GITLAB_USER_LOGIN', 'GIT_STRATEGY', 'CI_DEBUG_TRACE', 'CI_MERGE_REQUEST_SOURCE_PROJECT_ID'];
const GITLAB_PROGRAM = `
import { readFileSync } from 'node:fs';
import { startClean } from ${JSON.stringify(pathToFileURL(join(process.cwd(), 'build/main/clean-start.js')).href)};
const start = await startClean();
if ('exit' in start) process.exitCode = start.exit;
else process.stdout.write(JSON.stringify({ block: readFileSync('/proc/self/environ', 'latin1') + readFileSync('/proc/' + process.ppid + '/environ', 'latin1'), env: process.env, secrets: start.secrets }));
`;

describe('a process that holds secrets', () => {
  it('shows them nowhere, dumps no memory and opens no debugger, nor does its parent', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'heddle-cp-'));
    const program = join(folder, 'run.mjs');
    writeFileSync(program, PROGRAM);
    const child = spawn(process.execPath, ['--report-on-signal', '--heapsnapshot-signal', 'SIGUSR2', `--diagnostic-dir=${folder}`, program, 'run'], {
      env: { PATH: '/usr/bin:/bin', HOME: folder, GITHUB_TOKEN: CANARY, OTHER_TOKEN: CANARY, NODE_OPTIONS: '--report-uncaught-exception', GITHUB_ENV: join(folder, 'env'), GITHUB_ACTIONS: 'true', HTTPS_PROXY: `http://me:${PASSWORD}@proxy.example:3128`, NO_PROXY: 'x' }, cwd: folder, stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    child.stdout.on('data', (bytes) => { text += String(bytes); });
    expect(await once(child, 'close')).toEqual([0, null]);
    const seen = JSON.parse(text) as { token: string; own: string; parent: string; inspector: boolean; arguments: string[]; filters: string[]; env: string[]; proxy: string; passwords: Record<string, string> };
    expect(seen.token).toBe(CANARY);
    expect([seen.own.includes(CANARY), seen.parent.includes(CANARY)]).toEqual([false, false]);
    // A proxy with a password is no secret of ours to keep from ourselves, only from whoever looks.
    expect([seen.own.includes('canary-proxy'), seen.parent.includes('canary-proxy'), seen.proxy]).toEqual([false, false, `http://me:${PASSWORD}@proxy.example:3128`]);
    expect(Object.values(seen.passwords)).toEqual([PASSWORD, 'canary-proxy!-7aa1', 'me:canary-proxy!-7aa1']);
    expect(seen.inspector).toBe(false);
    expect(seen.arguments).toEqual([]);
    expect(seen.filters).toEqual(['00000000', '00000000']);
    expect(seen.env).not.toEqual(expect.arrayContaining(['OTHER_TOKEN']));
    expect(seen.env.filter((name) => /^(?:NODE_OPTIONS|GITHUB_ENV|OTHER_TOKEN|GITHUB_TOKEN)$/.test(name))).toEqual([]);
    for (const name of readdirSync(folder)) expect(readFileSync(join(folder, name), 'utf8')).not.toContain(CANARY);
  });

  it('of a GitLab job keeps none of the secrets that every job gets, and hands them to the redactor', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'heddle-cg-'));
    const program = join(folder, 'run.mjs');
    writeFileSync(program, GITLAB_PROGRAM);
    const jwt = `eyJ${'a'.repeat(20)}.eyJ${'b'.repeat(20)}.${'c'.repeat(20)}`;
    const secret = Object.fromEntries(GITLAB_SECRETS.map((name, at) => [name, `${CANARY}-${at}`]));
    const child = spawn(process.execPath, [program, 'run'], {
      env: { PATH: '/usr/bin:/bin', HOME: folder, GITLAB_CI: 'true', ...secret, MY_ID_TOKEN: jwt, OTHER_PAT: 'glpat-0123456789abcdefghij', CI_SERVER_TLS_CA_FILE: '/tls/ca.pem', ...Object.fromEntries(GITLAB_PLAIN.map((name) => [name, 'plain'])), CI_SOMETHING_NEW: 'x', BASH_ENV: '/evil', GIT_SSH_COMMAND: 'evil', NODE_OPTIONS: '' },
      cwd: folder, stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    child.stdout.on('data', (bytes) => { text += String(bytes); });
    expect(await once(child, 'close')).toEqual([0, null]);
    const seen = JSON.parse(text) as { block: string; env: Record<string, string>; secrets: Record<string, string> };
    for (const value of [CANARY, jwt, 'glpat-']) expect(seen.block).not.toContain(value);
    expect(Object.keys(seen.env).sort()).toEqual([...GITLAB_PLAIN, 'PATH', 'HOME', 'GITLAB_CI', 'CI_SERVER_TLS_CA_FILE', 'NODE_EXTRA_CA_CERTS', 'HEDDLE_SECRETS_BY_PIPE'].sort());
    expect(seen.env['NODE_EXTRA_CA_CERTS']).toBe('/tls/ca.pem');
    for (const value of [...Object.values(secret), jwt, 'glpat-0123456789abcdefghij']) expect(Object.values(seen.secrets)).toContain(value);
    expect(seen.secrets).toMatchObject({ 'ci-job-token': secret['CI_JOB_TOKEN'], 'gitlab-token': secret['GITLAB_TOKEN'] });
  });

  it.each<[readonly string[], readonly string[]]>([
    [['--inspect', '--inspect-brk=0.0.0.0:1', '--max-old-space-size=100'], ['--max-old-space-size=100']],
    [['--heapsnapshot-signal', 'SIGUSR2', '--import', './a.mjs', '--report-on-signal'], ['--import', './a.mjs']],
    [['--inspect-port', '0', '--cpu-prof', '--heap-prof-dir', 'x', '--conditions', 'y'], ['--conditions', 'y']],
  ])('is started with %j as %j', (given, expected) => {
    expect(plainNodeArguments(given)).toEqual(expected);
  });
});
