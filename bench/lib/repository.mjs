import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { mustRun } from './measure.mjs';

const ENV = {
  PATH: process.env.PATH ?? '/usr/bin:/bin', GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null',
  GIT_AUTHOR_NAME: 'Amy', GIT_AUTHOR_EMAIL: 'amy@example.com', GIT_COMMITTER_NAME: 'Amy', GIT_COMMITTER_EMAIL: 'amy@example.com',
};

/** A repository of small source files in folders of 25, with one commit on `main`. */
export async function makeRepository(folder, files, more = {}) {
  mkdirSync(path.join(folder, 'src'), { recursive: true });
  for (const [name, text] of Object.entries(more)) writeFileSync(path.join(folder, name), text);
  for (let n = 0; n < files - Object.keys(more).length; n += 1) {
    const place = path.join(folder, 'src', `m${Math.floor(n / 250)}`, `p${Math.floor(n / 25) % 10}`);
    if (n % 25 === 0) mkdirSync(place, { recursive: true });
    writeFileSync(path.join(place, `f${n}.ts`), `export const value${n} = ${n};\n`.repeat(20 + (n % 100)));
  }
  const git = async (...args) => (await mustRun('git', ['-C', folder, ...args], { env: ENV })).stdout.trim();
  await git('init', '-q', '-b', 'main');
  await git('add', '-A');
  await git('-c', 'gc.auto=0', 'commit', '-q', '-m', 'base');
  await git('repack', '-q', '-a', '-d');
  return { folder, head: await git('rev-parse', 'HEAD') };
}
