import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, jest } from '@jest/globals';
import { DOOR } from './rig.js';

jest.setTimeout(120_000);
const TOKEN = 'ghs_Canary5f0c1aCanary5f0c1aCanary';

it('work refuses a checkout with a credential, by file and line and without its value, and starts without it', () => {
  const root = mkdtempSync(join(tmpdir(), 'heddle-sc-'));
  const env = { PATH: process.env['PATH'], HOME: join(root, 'home') };
  const repo = join(root, 'repo');
  mkdirSync(join(root, 'home'));
  mkdirSync(repo);
  const git = (...args: string[]): void => { execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.test', ...args], { cwd: repo, env, stdio: 'ignore' }); };
  git('init', '-b', 'main');
  writeFileSync(join(repo, '.heddle.yml'), 'agent: {id: command, command: [touch, made.txt]}\nsandbox: {min_rung: none}\nchecks:\n  unit: {run: "true"}\n');
  writeFileSync(join(root, 'ticket.md'), '---\ntitle: Add a file\n---\nAdd made.txt.\n');
  git('add', '-A');
  git('commit', '-m', 'base');
  git('config', 'http.https://github.com/.extraheader', `AUTHORIZATION: basic ${Buffer.from(`x-access-token:${TOKEN}`).toString('base64')}`);
  const heddle = (...args: string[]): { readonly status: number | null; readonly stderr: string } => spawnSync(process.execPath, [DOOR, ...args], { cwd: root, env, encoding: 'utf8' });
  expect(heddle('admit', 'ticket.md', '--repo', 'repo', '--out', 'plan', '--forge', 'local').status).toBe(0);
  const plan = join(root, 'plan', 'plan.json');
  const work = (out: string): ReturnType<typeof heddle> => heddle('work', '--repo', 'repo', '--plan', plan, '--plan-digest', createHash('sha256').update(readFileSync(plan)).digest('hex'), '--out', out);
  const refused = work('one');
  expect(refused.status).toBe(2);
  expect(refused.stderr).toMatch(/repo\/\.git\/config:\d+: an authorization header/);
  expect(refused.stderr).toContain('persist-credentials: false');
  expect(refused.stderr).not.toContain(TOKEN);
  expect(existsSync(join(root, 'one', 'events.jsonl'))).toBe(false);
  git('config', '--unset', 'http.https://github.com/.extraheader');
  expect(work('two').status).toBe(0);
});
