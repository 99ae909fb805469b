import { afterAll, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryGit } from '../policy/git-fixture.js';
import { DOOR, heddle, type Ending, type Scene } from '../scenario/rig.js';

const root = mkdtempSync(path.join(tmpdir(), 'heddle-policy-cli-'));
afterAll(() => { rmSync(root, { recursive: true, force: true }); });
const lines = (count: number): string => Array.from({ length: count }, (_, index) => `line ${index}\n`).join('');
const { folder: repo, commits } = temporaryGit(path.join(root, 'repo'), [
  { files: { 'src/a.ts': 'a\n', 'README.md': 'x\n', CODEOWNERS: '/src/ @acme/core\n' }, message: 'base' },
  { files: { '.heddle.yml': 'policy:\n  rules:\n    - {id: big, effect: hold, match: {size: {lines: {over: 100}}}}\n' }, message: 'rules' },
  { files: { 'README.md': 'docs\n' }, message: 'words ::error::x', merged: true },
  { files: { 'src/a.ts': lines(120) }, message: 'much code', merged: true },
  { files: { 'package.json': '{}\n' }, message: 'Bump dependencies', merged: true, author: 'renovate[bot] <29139614+renovate[bot]@users.noreply.github.com>' },
  { files: { 'src/b.ts': 'b\n' }, message: 'pushed without review' },
]);
const edited = 'policy:\n  extends: [heddle:node-service]\n  rules:\n    - {id: big, effect: deny, match: {size: {lines: {over: 100}}}, message: split it}\n    - {id: bots, effect: allow, match: {source: {requester_kind: [bot]}}, labels: [bot]}\n';

const ask = (args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ending> => heddle({ root: repo, env: { PATH: process.env['PATH'] ?? '', HOME: root, TMPDIR: tmpdir(), ...env } } as unknown as Scene, ['policy', ...args], DOOR);
const put = (name: string, text: string): void => {
  mkdirSync(path.dirname(path.join(repo, name)), { recursive: true });
  writeFileSync(path.join(repo, name), text);
};

describe('heddle policy', () => {
  it('names its words', async () => {
    const ending = await ask(['expain']);
    expect([ending.code, ending.stderr]).toEqual([2, '`heddle policy` needs a word: check, explain, test, simulate, calibrate. Did you mean explain?\n']);
    expect((await ask([])).code).toBe(2);
  });

  it('check says what a policy is made of, or what is wrong where', async () => {
    put('new.yml', edited);
    const good = await ask(['check', 'new.yml']);
    expect([good.code, good.stdout.split('\n').slice(0, 2)]).toEqual([0, ['new.yml: the policy is valid', '  policy: 12 rules, default allow']]);
    put('preset.yml', 'rules:\n  - {id: a, effect: hold}\n');
    expect((await ask(['check', 'preset.yml'])).stdout).toContain('policy: 1 rule, default allow');
    put('wrong.yml', 'policy:\n  rules:\n    - {id: a, efect: hold}\n');
    const wrong = await ask(['check', 'wrong.yml', '--json']);
    expect([wrong.code, wrong.stderr.split('\n')[0]]).toEqual([2, 'wrong.yml:3:15: policy.rules.0.efect: unknown setting; allowed here: id, description, match, when, effect, message, require, lifts, overridable, labels, reviewers, budget, workflow. Did you mean effect?']);
    expect(JSON.parse(wrong.stdout)).toMatchObject({ ok: false });
    expect((await ask(['check', 'none.yml'])).code).toBe(2);
    const floored = await ask(['check'], { HEDDLE_POLICY_FLOOR: 'heddle:regulated ./preset.yml' });
    expect(floored.stdout).toMatch(/floor heddle:regulated: \d+ rules, default hold\n {2}floor preset\.yml: 1 rule, default allow\n {2}policy: 1 rule/);
  });

  it('test runs the cases beside the policy, like a test runner', async () => {
    put('.heddle/policy-tests/size.yml', 'tests:\n  - name: small passes\n    facts: {files: [src/a.ts]}\n    expect: {effect: allow}\n  - name: large is held\n    facts: {files: [{path: src/a.ts, additions: 101}]}\n    expect: {effect: hold, rule: policy/big, approvals: 1}\n');
    const good = await ask(['test']);
    expect([good.code, good.stdout]).toEqual([0, 'ok    small passes\nok    large is held\n\n2 cases, 2 passed, 0 failed\n']);
    put('more.yml', 'tests:\n  - name: hope\n    facts: {files: [{path: src/a.ts, additions: 101}], owners: {"*": [acme/core]}}\n    expect: {effect: allow, labels: [x], reviewers: [kim]}\n');
    const bad = await ask(['test', 'more.yml']);
    expect([bad.code, bad.stdout.split('\n').slice(0, 5)]).toEqual([5, ['FAIL  hope  (more.yml:2)', '        effect: expected allow, got hold', '        labels: x not among none', '        reviewers: kim not among none', '        the policy said hold: policy/big: lines 101 (over 100)']]);
    put('odd.yml', 'tests:\n  - name: a\n    facts: {}\n    expect: {efect: allow}\n');
    expect((await ask(['test', 'odd.yml'])).stderr).toContain('odd.yml:4:14: tests.0.expect.efect: unknown setting');
  });

  it('explain prints the rule that decided and the values it saw, for commits as for runs', async () => {
    const one = await ask(['explain', commits[3] ?? '']);
    expect(one.stdout).toBe([
      `${(commits[2] ?? '').slice(0, 12)}..${(commits[3] ?? '').slice(0, 12)} by the policy of main:.heddle.yml; the gates were not asked`, '', 'Verdict: hold, decided by policy/big', '',
      'hold        policy: policy/big: lines 121 (over 100)', '  hold        policy/big: lines 121 (over 100)', '', 'approvals: 1 approval (policy/big)', '',
    ].join('\n'));
    const range = await ask(['explain', `${commits[1] ?? ''}..main`, '--config', 'new.yml', '--json']);
    const answer = JSON.parse(range.stdout) as { verdict: { effect: string; tree: { children: { rule: string; status: string; children?: unknown[] }[] } }; policy: { decidedBy: string; labels: string[] } };
    expect([answer.verdict.effect, answer.policy.decidedBy, answer.policy.labels]).toEqual(['deny', 'policy/big', ['dependencies']]);
    expect(answer.verdict.tree.children.every(({ children }) => children !== undefined)).toBe(true);
    expect((await ask(['explain', 'nothing-like-it'])).code).toBe(2);
    expect((await ask(['explain'])).stderr).toContain('There is no run in heddle-run');
  });

  it('simulate judges the merged changes of a real history by both policies and shows what changed', async () => {
    const ending = await ask(['simulate', '--config', 'new.yml', '--json']);
    const answer = JSON.parse(ending.stdout) as { rows: { title: string; before: { effect: string }; after: { effect: string; by: string; labels: string[] }; changed: boolean }[]; before: unknown; after: unknown; stricter: number; looser: number };
    expect(answer.rows.map(({ title, before, after, changed }) => `${title}: ${before.effect} ${after.effect} ${after.by} ${changed}`)).toEqual([
      'pushed without review: allow allow default false', 'Merge: Bump dependencies: allow hold heddle:node-service/dependencies true', 'Merge: much code: hold deny policy/big true', 'Merge: words ::error::x: allow allow heddle:node-service/docs false', 'rules: allow allow default false',
    ]);
    expect([answer.before, answer.after, answer.stricter, answer.looser]).toEqual([{ allow: 4, hold: 1, deny: 0, error: 0 }, { allow: 3, hold: 1, deny: 1, error: 0 }, 2, 0]);
    const text = await ask(['simulate', '--config', 'new.yml', '--last', '3']);
    expect(text.stdout).toContain('3 merged changes\n  in force (main:.heddle.yml): allowed 2, held 1, denied 0\n  with new.yml: allowed 1, held 1, denied 1\n  2 changed: 2 stricter, 0 looser\n');
    expect(text.stdout).toMatch(/^\* [0-9a-f]{12} \d{4}-\d\d-\d\d +1f 121l {2}hold -> deny {6}policy\/big {2}Merge: much code$/m);
    // A title is foreign text: it cannot give orders to the runner that prints it.
    put('all.yml', 'policy:\n  default: hold\n');
    expect((await ask(['simulate', '--config', 'all.yml'])).stdout).not.toMatch(/^.*words ::error::/m);
  });

  it('simulates over this repository\'s own last merged changes', async () => {
    const own = fileURLToPath(new URL('../..', import.meta.url));
    const there = Number(execFileSync('git', ['-C', own, 'rev-list', '--first-parent', '--count', '--max-count=201', 'HEAD'], { encoding: 'utf8' }).trim());
    if (there < 201) {
      process.stderr.write(`skipped: the history of this clone holds ${there} commits, 201 are needed\n`);
      return;
    }
    put('strict.yml', 'policy:\n  extends: [heddle:library]\n  rules:\n    - {id: gates, effect: hold, match: {paths: [src/gates/**, src/policy/**]}, require: {count: 2}}\n');
    const ending = await ask(['simulate', '--repo', own, '--config', 'strict.yml', '--last', '200', '--json']);
    const answer = JSON.parse(ending.stdout) as { rows: { after: { effect: string } }[]; after: Readonly<Record<string, number>>; notes: string[] };
    expect([ending.code, answer.rows.length]).toEqual([0, 200]);
    expect((answer.after['allow'] ?? 0) + (answer.after['hold'] ?? 0) + (answer.after['deny'] ?? 0)).toBe(200);
    expect(answer.after['hold']).toBeGreaterThan(0);
    expect(answer.after['error']).toBe(0);
  });
});
