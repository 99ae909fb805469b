import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isIgnored, parseIgnoreFile } from './ignore-rules.js';
import type { IgnoreRules } from './ignore-rules.js';

const ENTRIES_MAX = 200_000;
const DEPTH_MAX = 60;

export interface WalkEntry { readonly path: string; readonly folder: boolean }

/** Files and folders below `start` (relative to `root`, '' = all) in name order, without what is ignored. Links are named, not followed. */
export async function* walk(root: string, start: string, depthMax = DEPTH_MAX): AsyncGenerator<WalkEntry> {
  const parts = start === '' ? [] : start.split('/');
  let rules: IgnoreRules = [];
  for (let at = 0; at < parts.length; at += 1) rules = await withRules(root, parts.slice(0, at).join('/'), rules);
  const left = { entries: ENTRIES_MAX };
  yield* below({ root, folder: start, rules, depth: depthMax, left });
}

interface Place { readonly root: string; readonly folder: string; readonly rules: IgnoreRules; readonly depth: number; readonly left: { entries: number } }

async function* below({ root, folder, rules, depth, left }: Place): AsyncGenerator<WalkEntry> {
  const entries = await readdir(join(root, folder), { withFileTypes: true }).catch(() => []);
  const here = await withRules(root, folder, rules);
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    left.entries -= 1;
    if (left.entries < 0) return;
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (isIgnored(path, entry.isDirectory(), here)) continue;
    yield { path, folder: entry.isDirectory() };
    if (entry.isDirectory() && depth > 1) yield* below({ root, folder: path, rules: here, depth: depth - 1, left });
  }
}

async function withRules(root: string, folder: string, rules: IgnoreRules): Promise<IgnoreRules> {
  const text = await readFile(join(root, folder, '.gitignore'), 'utf8').catch(() => '');
  return text === '' ? rules : [...rules, { folder, rules: parseIgnoreFile(text.slice(0, 65_536)) }];
}
