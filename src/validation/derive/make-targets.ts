import type { CheckId } from '../../domain/ids.js';
import { notACheck, provesNothing } from './command-words.js';
import { joinPath, SOURCE_CHARS_MAX, type DerivedPlan, type RepositoryFiles } from './derived-plan.js';

const TARGETS = ['lint', 'test', 'check'] as const;
interface Target { readonly name: string; readonly line: number; readonly prerequisites: readonly string[]; readonly recipe: readonly string[] }

/** Adds `make test`, `make check` and `make lint`, unless they only run what is run already. */
export function deriveMakeTargets(input: { readonly files: RepositoryFiles; readonly workdir: string; readonly plan: DerivedPlan; readonly needs: readonly CheckId[] }): void {
  const { files, workdir, plan } = input;
  const path = ['GNUmakefile', 'makefile', 'Makefile'].map((name) => joinPath(workdir, name)).find((name) => files.read(name) !== undefined);
  const text = path === undefined ? undefined : files.read(path);
  if (path === undefined || text === undefined) return;
  if (text.length > SOURCE_CHARS_MAX) {
    plan.skip(path, 'it is too long to be read');
    return;
  }
  const targets = parseMakefile(text);
  for (const name of TARGETS) {
    const target = targets.get(name);
    if (target === undefined) continue;
    const origin = `${path}:${target.line}`;
    const commands = closure(target, targets);
    const refusal = commands.map(notACheck).find((why) => why !== undefined);
    if (refusal !== undefined) plan.skip(origin, refusal);
    else if (commands.length === 0) plan.skip(origin, `the target ${name} runs nothing`);
    else plan.check({ name: `make-${name}`, run: `make ${name}`, workdir, origin, why: `the target ${name} is a check by its name`, needs: input.needs, covers: commands });
  }
}

/** Plain rules only: names before a single colon, and the lines below that start with a tab. Pattern rules and assignments are left out. */
export function parseMakefile(text: string): ReadonlyMap<string, Target> {
  const targets = new Map<string, { name: string; line: number; prerequisites: string[]; recipe: string[] }>();
  let open: { recipe: string[] }[] = [];
  text.split('\n').forEach((raw, index) => {
    const line = raw.replace(/\r$/, '');
    if (line.startsWith('\t')) {
      const command = line.trim().replace(/^[@+-]+/, '').trim();
      if (command !== '' && !command.startsWith('#')) for (const target of open) target.recipe.push(command);
      return;
    }
    const colon = line.indexOf(':');
    if (colon <= 0 || line.startsWith('#') || line.startsWith(' ') || line.startsWith('.') || line[colon + 1] === '=' || line.startsWith(':=', colon + 1) || /[=%$]/.test(line.slice(0, colon))) {
      if (line.trim() !== '' && !line.startsWith('#')) open = [];
      return;
    }
    const [prerequisites = '', inline] = line.slice(colon + 1).replace(/#.*$/, '').split(';', 2);
    open = line.slice(0, colon).trim().split(/\s+/).map((name) => {
      const before = targets.get(name);
      const target = before ?? { name, line: index + 1, prerequisites: [], recipe: [] };
      target.prerequisites.push(...prerequisites.replaceAll(':', ' ').trim().split(/\s+/).filter((part) => part !== '' && part !== '|'));
      if (inline !== undefined && inline.trim() !== '') target.recipe.push(inline.trim());
      targets.set(name, target);
      return target;
    });
  });
  return targets;
}

/** The commands of a target with those of the targets it needs; each target once, so that a circle ends. */
function closure(target: Target, targets: ReadonlyMap<string, Target>): readonly string[] {
  const seen = new Set<string>();
  const commands: string[] = [];
  const queue: Target[] = [target];
  for (let next = queue.shift(); next !== undefined && seen.size < 200; next = queue.shift()) {
    if (seen.has(next.name)) continue;
    seen.add(next.name);
    commands.push(...next.recipe.filter((command) => !provesNothing(command)));
    for (const name of next.prerequisites) {
      const needed = targets.get(name);
      if (needed !== undefined) queue.push(needed);
    }
  }
  return commands;
}
