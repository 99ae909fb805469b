import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Configuration } from '../../src/config/configuration.js';
import { parse } from 'yaml';

const DAY = 86_400;
let folder: string;

/** A past written by git itself: files that break and are mended in the same lines, and files that do not. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'heddle-calibrate-'));
  const commits: string[] = [];
  const text = (file: string, index: number): string => Array.from({ length: 30 }, (_, line) => `const ${file}${line} = ${line === index % 30 ? index : 0};`).join('\n');
  const commit = (at: number, subject: string, files: Readonly<Record<string, string>>): void => {
    const blobs = Object.entries(files).map(([path, content]) => `M 100644 inline ${path}\ndata ${Buffer.byteLength(content)}\n${content}\n`).join('');
    commits.push(`commit refs/heads/main\ncommitter ann <ann@acme.example> ${1_700_000_000 + Math.round(at * DAY)} +0000\ndata ${Buffer.byteLength(subject)}\n${subject}\n${blobs}`);
  };
  for (let index = 0; index < 240; index += 1) {
    const hot = index % 4 === 0;
    commit(index, `Change ${index}`, hot ? { 'src/hot.ts': text('hot', index) } : { [`src/calm${index % 9}.ts`]: text('calm', index), [`test/calm${index % 9}.test.ts`]: text('t', index) });
    if (hot && index % 8 === 0) commit(index + 0.5, 'Fix it', { 'src/hot.ts': text('hot', index + 30) });
  }
  const git = (...args: string[]): void => {
    const ended = spawnSync('git', ['-C', folder, ...args], { input: args[0] === 'fast-import' ? commits.join('') : '' });
    if (ended.status !== 0) throw new Error(String(ended.stderr));
  };
  git('init', '-q', '-b', 'main');
  git('fast-import', '--quiet');
  git('reset', '-q', '--hard');
});
afterAll(() => { rmSync(folder, { recursive: true, force: true }); });

function calibrate(...args: string[]): { readonly status: number | null; readonly stdout: string; readonly stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [resolve('build/door.js'), 'policy', 'calibrate', '--repo', folder, ...args], { encoding: 'utf8' });
  return { status, stdout, stderr };
}

describe('heddle policy calibrate', () => {
  it('prints weights that the configuration takes, and what they are worth', () => {
    const ended = calibrate();
    expect({ status: ended.status, stderr: ended.stderr }).toEqual({ status: 0, stderr: '' });
    expect(ended.stdout).toContain('which the fit had not seen');
    const block = ended.stdout.slice(ended.stdout.indexOf('gates:'));
    const { gates } = Configuration.parse(parse(block));
    expect(gates.risk.weights.features.untested).not.toBe(Configuration.parse({}).gates.risk.weights.features.untested);
    // 30 were mended; how the last one turns out counts as unknown, since it is younger than 14 days.
    const json = JSON.parse(calibrate('--json').stdout) as { kind: string; bad: number; held: { fitted: { auc: number }; size: { auc: number } } };
    expect(json).toMatchObject({ kind: 'fitted', bad: 29 });
    expect(json.held.fitted.auc).toBeGreaterThan(json.held.size.auc);
  });

  it('says when there is too little, and what is wrong with a number', () => {
    expect(calibrate('--last', '20').stdout).toContain('too little to learn from');
    expect(calibrate('--last', '0')).toMatchObject({ status: 2, stderr: expect.stringContaining('--last is a whole number from 1 to 20000') });
  });
});
