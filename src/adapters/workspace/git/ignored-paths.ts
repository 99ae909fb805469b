import type { Core } from './core.js';
import { parseIgnoreRules } from './ignore-rules.js';
import type { IgnoreRules } from './ignore-rules.js';
import type { TreeIndex } from './tree-index.js';

/** The .gitignore files of one commit, by folder. */
export type RulesByFolder = ReadonlyMap<string, IgnoreRules>;
/** The rules that speak of a folder's entries, the deepest file first. `skip`: how much of a path lies above the file. */
export interface Chain { readonly rules: IgnoreRules; readonly skip: number }

/**
 * True when a path that the base does not have would never have been captured: a rule of the base ignores it, or a folder on
 * its way. Same answer as the walk gives, asked for one path.
 */
export function wouldBeIgnored(path: string, rules: RulesByFolder): boolean {
  const parts = path.split('/');
  return parts.some((name, index) => {
    const folder = parts.slice(0, index).join('/');
    return isIgnored(chainOf(rules, folder), parts.slice(0, index + 1).join('/'), name, index < parts.length - 1);
  });
}

/** Deeper files win over higher ones; the last fitting rule of a file wins in it. */
export function isIgnored(chain: readonly Chain[], path: string, name: string, isFolder: boolean): boolean {
  for (const { rules, skip } of chain) {
    const decision = rules.decide(path.slice(skip), name, isFolder);
    if (decision !== undefined) return decision === 'ignored';
  }
  return false;
}

export function chainOf(rules: RulesByFolder, folder: string): readonly Chain[] {
  const chain: Chain[] = [];
  for (let at = folder; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/')))) {
    const here = rules.get(at);
    if (here !== undefined) chain.push({ rules: here, skip: at === '' ? 0 : at.length + 1 });
    if (at === '') return chain;
  }
}

/** The .gitignore files of the base commit alone: what the agent wrote into them hides nothing. */
export async function rulesOf(core: Core, base: TreeIndex): Promise<RulesByFolder> {
  const found = [...base.files].filter(([path, file]) => (path === '.gitignore' || path.endsWith('/.gitignore')) && file.mode !== '120000');
  return new Map(await Promise.all(found.map(async ([path, file]) =>
    [path.slice(0, Math.max(0, path.length - '/.gitignore'.length)), parseIgnoreRules((await core.readBlob(file.blob)).toString('utf8'))] as const)));
}
