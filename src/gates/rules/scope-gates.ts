import { globMatcher } from '../../kit/globs.js';
import { pathsNode, pathsOf, type Gate, type GateInput } from '../gate-facts.js';
import { protectedBy } from '../protected-paths.js';
import type { VerdictEffect, VerdictNode } from '../../domain/verdict.js';

/** Built-in protected paths, in every spelling. Deletions count: taking a guard away is touching it. */
export const builtInProtected: Gate = ({ candidate }) => {
  const groups = new Set(candidate.files.flatMap((file) => protectedBy(file.path) ?? []));
  return pathsNode({
    rule: 'protected-paths', effect: 'deny', paths: pathsOf(candidate, (file) => protectedBy(file.path) !== undefined), none: 'no protected path is touched',
    some: `the change touches paths that no change may touch (${[...groups].sort().join(', ')}); a person must make that part by hand`,
  });
};

export const configuredProtected: Gate = (input) => globGate({
  input, rule: 'configured-protected', globs: input.config.gates.protected, mode: 'guard', effect: 'deny',
  none: 'no path of gates.protected is touched', some: 'the change touches paths of gates.protected',
});

/** A hold by the team's own list of paths: the team's own rules may lift it again. */
export const holdPaths: Gate = (input) => {
  const node = globGate({
    input, rule: 'hold-paths', globs: input.config.gates.hold, mode: 'guard', effect: 'hold',
    none: 'no path of gates.hold is touched', some: 'the change touches paths of gates.hold: a person must say yes before delivery',
  });
  return node.effect === 'hold' ? { ...node, liftable: true } : node;
};

/** Only a list for the reviewer: it never stops anything. */
export const focusPaths: Gate = (input) => globGate({
  input, rule: 'focus-paths', globs: input.config.gates.focus, mode: 'exact', effect: 'allow',
  none: 'no path of gates.focus is touched', some: 'these paths of gates.focus come first for the reviewer',
});

/** Work that is bound to a sub-folder stays in it. Compared as written: another spelling of the folder is outside. */
export const scope: Gate = ({ candidate, workdir, folders = [] }) => {
  const folder = workdir.replace(/^\.?\/+|\/+$/g, '');
  const bounds = folders.length > 0 ? folders : folder === '' || folder === '.' ? [] : [folder];
  if (bounds.length === 0) return { rule: 'scope', effect: 'allow', words: 'the whole repository is in scope' };
  const named = bounds.slice(0, 10).join(', ');
  const outside = pathsOf(candidate, (file) => !bounds.some((bound) => file.path.startsWith(`${bound}/`)) || file.path.split('/').includes('..'));
  return pathsNode({ rule: 'scope', effect: 'deny', paths: outside, none: `every path is inside ${named}`, some: `the work is bound to ${named}, and these paths are outside of it` });
};

function globGate(task: { readonly input: GateInput; readonly rule: string; readonly globs: readonly string[]; readonly mode: 'guard' | 'exact'; readonly effect: VerdictEffect; readonly none: string; readonly some: string }): VerdictNode {
  const matcher = globMatcher(task.globs, task.mode);
  if (!matcher.ok) return { rule: task.rule, effect: 'error', words: `the configuration cannot be used: ${matcher.error}` };
  return pathsNode({ rule: task.rule, effect: task.effect, paths: pathsOf(task.input.candidate, (file) => matcher.value(file.path)), none: task.none, some: task.some });
}
