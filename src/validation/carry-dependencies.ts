import { constants } from 'node:fs';
import { cp, lstat, mkdir, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Fault } from '../domain/fault.js';
import { err, ok, type Result } from '../kit/result.js';

/** What to do about installed packages on a candidate's fresh checkout. */
export type CarryPlan =
  | { readonly kind: 'carry'; readonly folders: readonly string[]; readonly why: string }
  | { readonly kind: 'install'; readonly why: string };

const MANIFEST = /^(?:package\.json|package-lock\.json|npm-shrinkwrap\.json|pnpm-lock\.yaml|pnpm-workspace\.yaml|yarn\.lock|bun\.lockb?|\.npmrc|\.yarnrc(?:\.yml)?|\.pnpmfile\.cjs|bunfig\.toml|pyproject\.toml|setup\.(?:py|cfg)|[\w.-]{0,60}requirements[\w.-]{0,60}\.(?:txt|in)|constraints\.txt|poetry\.lock|uv\.lock|pdm\.lock|Pipfile(?:\.lock)?|Gemfile(?:\.lock)?|[\w.-]{1,80}\.gemspec|go\.(?:mod|sum|work|work\.sum)|Cargo\.(?:toml|lock)|composer\.(?:json|lock)|mix\.(?:exs|lock)|pom\.xml|(?:build|settings)\.gradle(?:\.kts)?|gradle\.lockfile|libs\.versions\.toml|\.(?:nvmrc|node-version|python-version|ruby-version|tool-versions))$/i;

/** True when a path is a manifest, a lockfile, or decides how packages are installed: then setup must run again. */
export function changesDependencies(changedPaths: readonly string[]): boolean {
  return changedPaths.some((path) => MANIFEST.test(path.split('/').at(-1) ?? '') || /(?:^|\/)(?:patches|\.yarn|vendor\/cache)\//.test(path));
}

/**
 * Whether the packages installed for the base may serve the candidate. Only when no manifest or lockfile changed, and
 * only folders that the repository does not track. `target` and other build output is never carried: it holds what
 * was built from the base's sources.
 */
export function carryPlan(changedPaths: readonly string[], baseFiles: readonly string[]): CarryPlan {
  const changed = changedPaths.find((path) => changesDependencies([path]));
  if (changed !== undefined) return { kind: 'install', why: `${changed} changed, so packages are installed again` };
  const folders = new Set<string>();
  for (const file of baseFiles) {
    const parts = file.split('/');
    const name = parts.pop() ?? '';
    const at = (folder: string): string => [...parts, folder].join('/');
    if (name === 'package.json') folders.add(at('node_modules'));
    else if (/^(?:pyproject\.toml|setup\.py|.{0,60}requirements.{0,60}\.txt|Pipfile)$/.test(name)) folders.add(at('.venv'));
    else if (name === 'Gemfile') folders.add(at('vendor/bundle'));
    else if (name === 'composer.json') folders.add(at('vendor'));
    if (folders.size > 500) break;
  }
  if (baseFiles.includes('.gitlab-ci.yml') || baseFiles.some((file) => file.startsWith('.github/workflows/'))) folders.add('.venv');
  const all = [...baseFiles, ...changedPaths];
  // A folder that the tree itself holds is the candidate's own and must be exactly what was captured.
  const untracked = [...folders].filter((folder) => !all.some((file) => file === folder || file.startsWith(`${folder}/`))).sort();
  return { kind: 'carry', folders: untracked, why: 'no manifest or lockfile changed' };
}

export interface CarryReport { readonly carried: readonly string[]; readonly way: 'copied' | 'moved' }

/**
 * Gives the prepared folders of `from` to the fresh checkout `to`. `copy` makes files of its own (shared blocks where the
 * file system can, never hard links: a write through a hard link would reach the base's copy). `move` hands the
 * folder over for good, for a checkout that is not needed any more. Folders that are not there are left out; a link in
 * the place of a folder is not carried.
 */
export async function carryDependencies(input: { readonly folders: readonly string[]; readonly from: string; readonly to: string; readonly mode: 'copy' | 'move' }): Promise<Result<CarryReport, Fault>> {
  const carried: string[] = [];
  try {
    for (const folder of input.folders) {
      const source = join(input.from, folder);
      const target = join(input.to, folder);
      if (!(await isRealFolder(source)) || !(await realParents(input.to, folder)) || (await exists(target))) continue;
      await mkdir(dirname(target), { recursive: true });
      if (input.mode === 'move') await rename(source, target);
      else await cp(source, target, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true, errorOnExist: true, force: false, mode: constants.COPYFILE_FICLONE });
      carried.push(folder);
    }
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown';
    return err({ code: 'io', side: 'ours', retryable: true, source: 'validation/carry', message: `Installed packages could not be carried over (${code}). The checks can still run after a full setup.` });
  }
  return ok({ carried, way: input.mode === 'move' ? 'moved' : 'copied' });
}

async function isRealFolder(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined))?.isDirectory() === true;
}

async function exists(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined)) !== undefined;
}

/** No part above the folder may be a link of the candidate: writing through it would leave the checkout. */
async function realParents(root: string, folder: string): Promise<boolean> {
  const parts = folder.split('/').slice(0, -1);
  for (let index = 1; index <= parts.length; index += 1) {
    const stats = await lstat(join(root, ...parts.slice(0, index))).catch(() => undefined);
    if (stats !== undefined && !stats.isDirectory()) return false;
  }
  return true;
}
