// All gates as a run judges: the flow's own step over a real clone, with its patch, blobs, risk, policy and quality. CPU time of this process
// (git's own is not in it), since a busy machine says nothing about walls.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { cpuTimed, interleaved, mustRun } from '../lib/measure.mjs';
import { TEMP } from '../lib/places.mjs';

const TREE = 2000;
const ENV = { PATH: process.env.PATH ?? '/usr/bin:/bin', GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null', GIT_AUTHOR_NAME: 'Amy', GIT_AUTHOR_EMAIL: 'amy@example.com', GIT_COMMITTER_NAME: 'Amy', GIT_COMMITTER_EMAIL: 'amy@example.com' };

export async function rows() {
  const folder = mkdtempSync(path.join(TEMP, 'heddle-bench-'));
  try {
    const commits = await repository(folder);
    const large = await judging(folder, commits.base, commits.large);
    const small = await judging(folder, commits.base, commits.small);
    await small();
    const { ours } = await interleaved(5, { ours: () => small() });
    const many = await interleaved(2, { ours: () => large() });
    return [
      { what: `all gates on a change of 10 files and 500 lines in a tree of ${TREE} files, programs warm (CPU time)`, ours, baseline: undefined, unit: 'ms', goal: 150, of: 'ours' },
      { what: 'all gates on a change of 1,000 files and 50,000 lines (CPU time)', ours: many.ours / 1000, baseline: undefined, unit: 's', goal: 3, of: 'ours' },
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** One commit as it was, one with 10 and one with 1,000 changed files. */
async function repository(folder) {
  const git = async (...args) => (await mustRun('git', ['-C', folder, ...args], { env: ENV })).stdout.trim();
  const write = (changed) => {
    for (let at = 0; at < TREE; at += 1) {
      const [name, text] = fileAt(at, at < changed);
      mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
      writeFileSync(path.join(folder, name), text);
    }
  };
  const commit = async (changed) => {
    write(changed);
    await git('add', '-A');
    await git('-c', 'gc.auto=0', 'commit', '-q', '-m', 'change');
    return git('rev-parse', 'HEAD');
  };
  await git('init', '-q', '-b', 'main');
  const base = await commit(0);
  const small = await commit(10);
  const large = await commit(1000);
  await git('reset', '-q', '--soft', base);
  await git('repack', '-q', '-a', '-d');
  return { base, small, large };
}

const KINDS = [
  { name: (at) => `src/part${at % 25}/module${at}.ts`, one: (at, n) => `export function step${n}(value: number): number {\n  if (value > ${n + at}) return scale(value, ${n});\n  return value + ${n};\n}\n\n` },
  { name: (at) => `test/part${at % 25}/module${at}.test.ts`, one: (at, n) => `it('takes step ${n}', () => {\n  const got = step${n}(${at});\n  expect(got).toBe(${n + at});\n});\n\n` },
  { name: (at) => `app/part${at % 25}/module_${at}.py`, one: (at, n) => `def step_${n}(value):\n    if value > ${n + at}:\n        return scale(value, ${n})\n    return value + ${n}\n\n` },
  { name: (at) => `tests/part${at % 25}/test_module_${at}.py`, one: (at, n) => `def test_step_${n}(place):\n    got = step_${n}(${at})\n    assert got == ${n + at}\n\n\n` },
  { name: (at) => `docs/part${at % 25}/page${at}.md`, one: (at, n) => `## Step ${n} of ${at}\n\nIt adds ${n} to what it is given.\n\n` },
];

/** Fifteen pieces; a changed file has another line in the middle and ten pieces more at its end. */
function fileAt(at, changed) {
  const kind = KINDS[at % KINDS.length];
  const pieces = Array.from({ length: 15 }, (_, n) => kind.one(at, n));
  if (changed) {
    if (at % KINDS.length !== 1 && at % KINDS.length !== 3) pieces[7] = pieces[7].replace('value + 7', 'value + 7 + rest').replace('7 to', '7 or more to');
    pieces.push(...Array.from({ length: 10 }, (_, n) => kind.one(at, 100 + n)));
  }
  return [kind.name(at), pieces.join('')];
}

/** The flow's own step over a state with nothing else in it; gives the CPU milliseconds of one judging. */
async function judging(folder, base, head) {
  const [{ judge }, { create }, { changeBetween }, { Configuration }] = await Promise.all([
    import('../../build/flow/commands/judge.js'), import('../../build/adapters/workspace/git/index.js'), import('../../build/adapters/workspace/git/past-changes.js'), import('../../build/config/configuration.js'),
  ]);
  const opened = await create().open(folder, path.join(folder, '.git', 'heddle-bench'));
  if (!opened.ok) throw new Error(opened.error.message);
  const workspace = opened.value;
  const change = await changeBetween(path.join(folder, '.git'), base, head);
  if (!change.ok) throw new Error(change.error.message);
  const { files, bytes } = change.value;
  const stats = { files: files.length, additions: files.reduce((sum, file) => sum + file.additions, 0), deletions: files.reduce((sum, file) => sum + file.deletions, 0), bytes };
  const person = { login: 'maria', id: '1', kind: 'human' };
  const config = Configuration.parse({ policy: { rules: [{ id: 'docs', effect: 'allow', match: { kinds: ['docs'] } }] } });
  const state = {
    kind: 'validated', attempt: 1, candidate: { attempt: 1, base, tree: await workspace.treeOf(head), files, stats, patchDigest: '' }, grants: [], checks: [], baseline: { results: [], findings: [] },
    attempts: [{ attempt: 1, usage: { calls: 1 }, judged: { results: [], findings: [] } }], briefed: { owners: [{ pattern: '/src/', owners: ['@acme/web'] }], likelyFiles: ['src/part1/module5.ts'] },
    order: { limits: { files: 5000, lines: 100_000, bytes: 50_000_000 }, ticket: { tracker: 'github', key: 'acme/shop#1' }, requestedBy: person, approvedBy: [], agent: { id: 'builtin', model: 'm' } }, snapshot: { labels: [], author: person },
  };
  let verdict;
  const context = {
    ports: { workspace, reader: {}, clock: { now: () => '2026-01-01T00:00:00.000Z' }, evidence: { folder, readText: async () => '[]' } }, settings: { config, phase: 'run' },
    trail: { events: [], append: async (fact) => { verdict = fact.verdict; } }, signal: new AbortController().signal,
  };
  return async () => {
    let judged;
    const ms = await cpuTimed(async () => { judged = await judge(context, state); });
    if (!judged.ok || verdict === undefined) throw new Error(JSON.stringify(judged));
    const failed = verdict.tree.children.find((child) => child.effect === 'error');
    if (failed !== undefined) throw new Error(JSON.stringify(failed).slice(0, 500));
    return ms;
  };
}
