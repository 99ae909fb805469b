import type { Configuration } from '../../config/configuration.js';
import { err, ok, type Result } from '../../kit/result.js';
import type { DirectiveProblem, ReadDirectives } from '../directives/read-directives.js';

export interface TargetFacts {
  readonly targets: Configuration['targets'];
  readonly labels: readonly string[];
  readonly directives: ReadDirectives | undefined;
  /** Paths that the ticket names, as it spells them. */
  readonly named: readonly string[];
  /** Whether a path stands in the base commit. */
  readonly exists: (path: string) => boolean;
}

export interface TargetChoice { readonly target: string | undefined; readonly because: string; readonly candidates: readonly string[] }

/**
 * The sub-project that a ticket is bound to: by its directive, else by labels, else when every path that it names lies in one.
 * Labels that name two are ambiguous, since somebody must have meant one. Paths in several, or none, bind it to nothing: such a
 * change is one of the whole repository.
 */
export function chooseTarget({ targets, labels, directives, named, exists }: TargetFacts): Result<TargetChoice, readonly DirectiveProblem[]> {
  const names = Object.keys(targets);
  const wanted = directives?.directives.target;
  if (wanted !== undefined) {
    if (Object.hasOwn(targets, wanted)) return ok({ target: wanted, because: 'the directive `target`', candidates: [] });
    return err([{ line: directives?.lineOf(['target']) ?? 1, words: `target: ${JSON.stringify(wanted.slice(0, 100))} is not allowed here. ${names.length === 0 ? 'There are no targets in .heddle.yml.' : `Allowed are: ${names.slice(0, 20).join(', ')}.`}` }]);
  }
  if (names.length === 0) return ok(NOTHING);
  const labelled = names.filter((name) => labels.includes(`target:${name}`) || (targets[name]?.labels ?? []).some((label) => labels.includes(label)));
  if (labelled.length > 1) return ok({ target: undefined, because: 'its labels name several targets', candidates: labelled });
  if (labelled[0] !== undefined) return ok({ target: labelled[0], because: 'its label', candidates: [] });
  return ok(byPaths(targets, [...named, ...directives?.directives.folders ?? []], exists));
}

const NOTHING: TargetChoice = { target: undefined, because: '', candidates: [] };

/** A path lies in the target with the longest folder that holds it. A bare file name says nothing about its place. */
function byPaths(targets: Configuration['targets'], named: readonly string[], exists: (path: string) => boolean): TargetChoice {
  const folders = Object.entries(targets).map(([name, { path }]) => ({ name, path })).sort((a, b) => b.path.length - a.path.length);
  const found = new Set<string | undefined>();
  for (const raw of named) {
    const path = raw.replace(/^\.?\/+/, '');
    const inside = folders.find((folder) => path === folder.path || path.startsWith(`${folder.path}/`));
    // A path of the repository that is in no target makes it a change of the whole; a route or an expression is no path.
    if (inside !== undefined) found.add(inside.name);
    else if (path.includes('/') && exists(path)) found.add(undefined);
  }
  const [only] = found;
  return found.size === 1 && only !== undefined ? { target: only, because: 'the paths that it names', candidates: [] } : NOTHING;
}

/** The configuration as it counts for a target: its folder, its checks, its limits. */
export function withTarget(config: Configuration, name: string | undefined): Configuration {
  const target = name !== undefined && Object.hasOwn(config.targets, name) ? config.targets[name] : undefined;
  if (target === undefined) return config;
  const own = Object.fromEntries(Object.entries(target.limits).filter(([, value]) => value !== undefined));
  return { ...config, workdir: target.path, ...(target.checks === undefined ? {} : { checks: target.checks }), limits: { ...config.limits, ...own } };
}
