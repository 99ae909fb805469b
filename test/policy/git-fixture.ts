import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

export interface CommitStep {
  readonly files?: Readonly<Record<string, string>>;
  readonly deleted?: readonly string[];
  readonly message: string;
  readonly author?: string;
  /** Made on a branch of its own and merged, as a forge does it. */
  readonly merged?: boolean;
}

/** A real repository with these commits on `main`; answers the commits of its first-parent line. */
export function temporaryGit(folder: string, steps: readonly CommitStep[]): { readonly folder: string; readonly commits: readonly string[] } {
  const git = (...args: string[]): string => execFileSync('git', ['-C', folder, '-c', 'user.name=Maria', '-c', 'user.email=maria@example.org', '-c', 'commit.gpgSign=false', ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  mkdirSync(folder, { recursive: true });
  git('init', '-q', '-b', 'main');
  const commits = steps.map((step, index) => {
    if (step.merged === true) git('checkout', '-q', '-b', `topic-${index}`);
    for (const [name, text] of Object.entries(step.files ?? {})) {
      mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
      writeFileSync(path.join(folder, name), text);
    }
    for (const name of step.deleted ?? []) rmSync(path.join(folder, name));
    git('add', '-A');
    git('commit', '-q', '--allow-empty', '-m', step.message, ...(step.author === undefined ? [] : [`--author=${step.author}`]));
    if (step.merged === true) {
      git('checkout', '-q', 'main');
      git('merge', '-q', '--no-ff', '-m', `Merge: ${step.message}`, `topic-${index}`);
    }
    return git('rev-parse', 'HEAD');
  });
  return { folder, commits };
}
