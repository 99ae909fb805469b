import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { pathToFileURL } from 'node:url';
import { temporaryFolder } from '../temporary-folder.js';

const BUILD = join(process.cwd(), 'build');
const at = (file: string): string => JSON.stringify(pathToFileURL(join(BUILD, file)).href);

/** One run of a real process: it asks for files by the rules of admission, inside one booking of the real ledger. */
const WORKER = `
const [{ create }, { coordinationRules }, { OverlapConfig }] = await Promise.all([import(${at('adapters/ledger-store/ledger-folder/index.js')}), import(${at('admission/coordination-rules.js')}), import(${at('config/overlap-config.js')})]);
const { folder, n, scope } = JSON.parse(process.argv[1]);
const ledger = create({ folder }, { pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)), random: Math.random });
const now = '2026-03-01T12:00:00.000Z';
const run = String(n).padStart(8, '0');
const ticket = { tracker: 'github', key: 'acme/shop#' + n };
const facts = { run, ticket, repository: 'acme/shop', now, scope, certainty: 'likely', likeness: undefined, owners: [], reviewers: [], changes: [], changesCut: false, grants: [], overlap: OverlapConfig.parse({ heddle: 'hold' }), caps: {} };
const booked = await ledger.book({ since: now, ticket }, (view) => {
  const through = coordinationRules(view, facts).every((rule) => rule.node.effect === 'allow');
  const row = { version: 1, run, ticket, repository: 'acme/shop', target: '', at: now, changedAt: now, requestedBy: { login: 'mila', id: '1', kind: 'human' }, labels: [], owners: [], holder: 'ci', state: 'running',
    reserved: { cost: 1, tokens: 1, minutes: 1 }, spent: { cost: 0, tokens: 0, minutes: 0 }, expiresAt: '2026-03-01T15:00:00.000Z', scope };
  return { rows: through ? [row] : [], answer: through };
});
process.stdout.write(JSON.stringify(booked));
`;

function ask(order: { readonly folder: string; readonly n: number; readonly scope: readonly string[] }): Promise<{ readonly ok: boolean; readonly value: boolean }> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, ['--input-type=module', '-e', WORKER, JSON.stringify(order)], { timeout: 50_000 }, (error, stdout, stderr) => {
      if (stdout === '') reject(new Error(stderr, { cause: error }));
      else resolve(JSON.parse(stdout) as { ok: boolean; value: boolean });
    });
  });
}

describe('leases taken by real processes on a real ledger', () => {
  it('of eight that start at once for files in common, exactly one gets them; those with files of their own all do', async () => {
    if (!existsSync(join(BUILD, 'admission/coordination-rules.js'))) throw new Error('compile first: npx tsc');
    const folder = join(temporaryFolder('heddle-leases-'), 'ledger');
    const rivals = [1, 2, 3, 4, 5, 6].map((n) => ({ folder, n, scope: ['src/shared.ts', `src/${String(n)}.ts`] }));
    const apart = [7, 8].map((n) => ({ folder, n, scope: [`lib/${String(n)}.ts`] }));
    const answers = await Promise.all([...rivals, ...apart].map(ask));
    expect(answers.every((answer) => answer.ok)).toBe(true);
    expect(answers.slice(0, 6).filter((answer) => answer.value)).toHaveLength(1);
    expect(answers.slice(6).map((answer) => answer.value)).toEqual([true, true]);
  }, 240_000);
});
