// Candidate capture against `git add -A` + `git write-tree`, same files, same edits, same run. Needs `npm run compile` first.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const ROUNDS = 15;
const FILES = 5000;
const IGNORED = 20_000;
const EDITED = 20;
const LIMITS = { filesMax: 1000, diffBytesMax: 4_000_000, fileBytesMax: 20_000_000 };
const ENV = {
  PATH: process.env.PATH ?? '/usr/bin:/bin', GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null',
  GIT_AUTHOR_NAME: 'Amy', GIT_AUTHOR_EMAIL: 'amy@example.com', GIT_COMMITTER_NAME: 'Amy', GIT_COMMITTER_EMAIL: 'amy@example.com',
};

/** Medians in ms. The index of the trusted tree is warm; our record is that of our own checkout. */
export async function rows() {
  const { create } = await import('../build/adapters/workspace/git/index.js');
  const root = mkdtempSync(join(tmpdir(), 'heddle-bench-'));
  try {
    const repo = makeRepository(join(root, 'repo'));
    const opened = must(await create().open(repo, join(root, 'scratch')));
    const unrecorded = must(await create({ trustStatTimes: false }).open(repo, join(root, 'scratch')));
    const base = must(await opened.resolve('HEAD'));
    const work = join(root, 'work');
    must(await opened.checkout(await opened.treeOf(base), work, { git: base }));
    for (const folder of [repo, work]) writeIgnored(folder);
    git(repo, 'status');
    const times = { ours: [], full: [], git: [] };
    for (let round = 0; round < ROUNDS; round += 1) {
      edit(repo, round);
      edit(work, round);
      times.git.push(await timed(async () => { git(repo, 'add', '-A'); git(repo, 'write-tree'); }));
      const answer = {};
      times.ours.push(await timed(async () => { answer.ours = await opened.capture(work, base, 1, LIMITS); }));
      times.full.push(await timed(async () => { answer.full = await unrecorded.capture(work, base, 1, LIMITS); }));
      const tree = git(repo, 'write-tree');
      if (must(answer.ours).candidate.tree !== tree || must(answer.full).candidate.tree !== tree) throw new Error('the captured tree is not the one that git made');
    }
    const baseline = median(times.git);
    const row = (what, list, goal) => ({ what, ours: median(list), baseline, ratio: median(list) / baseline, unit: 'ms', goal });
    const scope = `${FILES} files, ${IGNORED} ignored, ${EDITED} edited, against git add -A + git write-tree`;
    return [row(`capture: ${scope}`, times.ours, 2), row(`capture, every file read again: ${scope}`, times.full, null)];
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

function makeRepository(repo) {
  mkdirSync(repo);
  git(repo, 'init', '-q', '-b', 'main');
  writeFileSync(join(repo, '.gitignore'), 'node_modules/\n*.log\n/dist/\n.cache/\n');
  for (let n = 0; n < FILES; n += 1) {
    const folder = join(repo, 'src', `m${Math.floor(n / 250)}`, `p${Math.floor(n / 25) % 10}`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `f${n}.ts`), `export const value${n} = ${n};\n`.repeat(20 + (n % 100)));
  }
  git(repo, 'add', '-A');
  git(repo, 'commit', '-q', '-m', 'base');
  return repo;
}

function writeIgnored(folder) {
  for (let n = 0; n < IGNORED; n += 1) {
    const place = join(folder, 'node_modules', `d${Math.floor(n / 50)}`);
    if (n % 50 === 0) mkdirSync(place, { recursive: true });
    writeFileSync(join(place, `i${n}.js`), 'x\n');
  }
}

function edit(folder, round) {
  for (let n = 0; n < EDITED; n += 1) {
    const at = n * 240;
    writeFileSync(join(folder, 'src', `m${Math.floor(at / 250)}`, `p${Math.floor(at / 25) % 10}`, `f${at}.ts`), `export const changed = ${round} + ${n};\n`.repeat(30));
  }
  writeFileSync(join(folder, 'src', `new${round}.ts`), `export const fresh = ${round};\n`);
}

function git(cwd, ...args) {
  return execFileSync('git', args, { cwd, env: ENV, encoding: 'utf8', maxBuffer: 2 ** 28 }).trim();
}

async function timed(work) {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

function median(list) {
  return [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
}

function must(result) {
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  for (const row of await rows()) process.stdout.write(`${JSON.stringify(row)}\n`);
}
