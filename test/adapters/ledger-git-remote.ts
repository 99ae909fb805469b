import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { create as createBranch, type BranchLedger, type GitBranchOptions } from '../../src/adapters/ledger-store/git-branch/index.js';
import { temporaryFolder } from '../temporary-folder.js';
import type { LedgerHarness } from '../contract/ledger-contract.js';

export const BRANCH = 'heddle/ledger';

/** A real bare repository, and connections to it as separate machines would have them. */
export interface GitRemote extends LedgerHarness {
  readonly folder: string;
  readonly gitDir: string;
  open(options?: Partial<GitBranchOptions>): BranchLedger;
  git(...args: readonly string[]): string;
}

/** @param filter whether the remote can leave files out of a fetch, as forges can and plain repositories do not */
export function gitRemote(filter: boolean): GitRemote {
  const folder = temporaryFolder('heddle-ledger-');
  const gitDir = join(folder, 'remote.git');
  const git = (...args: readonly string[]): string => execFileSync('git', ['-C', gitDir, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], env: { PATH: process.env['PATH'] ?? '', HOME: folder, GIT_AUTHOR_NAME: 'x', GIT_AUTHOR_EMAIL: 'x@example.com', GIT_COMMITTER_NAME: 'x', GIT_COMMITTER_EMAIL: 'x@example.com' } }).trim();
  mkdirSync(gitDir);
  git('init', '--quiet', '--bare', '.');
  git('config', 'receive.autogc', 'false');
  git('config', 'uploadpack.allowFilter', String(filter));
  const open = (options: Partial<GitBranchOptions> = {}): BranchLedger => {
    const made = createBranch({ url: `file://${gitDir}`, branch: BRANCH, writable: true, scratch: mkdtempSync(join(folder, 'scratch-')), ...options }, { pause, random: Math.random });
    if (!made.ok) throw new Error(made.error.message);
    return made.value;
  };
  return {
    folder, gitDir, open, git,
    connect: () => Promise.resolve(open()),
    file: (path) => {
      try {
        return Promise.resolve(execFileSync('git', ['-C', gitDir, 'show', `${BRANCH}:${path}`], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
      } catch {
        return Promise.resolve(undefined);
      }
    },
    tamper: (path, content) => {
      const work = join(folder, 'somebody');
      if (!existsSync(work)) git('clone', '--quiet', '--branch', BRANCH, gitDir, work);
      mkdirSync(dirname(join(work, path)), { recursive: true });
      writeFileSync(join(work, path), content);
      for (const args of [['add', '.'], ['commit', '--quiet', '-m', 'by hand'], ['push', '--quiet']]) git('-C', work, ...args);
      return Promise.resolve();
    },
    close: () => {
      rmSync(folder, { recursive: true, force: true, maxRetries: 2 });
      return Promise.resolve();
    },
  };
}

async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => { setTimeout(resolve, ms); });
}
