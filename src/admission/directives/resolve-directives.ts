import type { Configuration } from '../../config/configuration.js';
import { durationMs } from '../../config/duration.js';
import type { Assignment } from '../../domain/assignment.js';
import { globMatcher } from '../../kit/globs.js';
import { err, ok, type Result } from '../../kit/result.js';
import type { DirectiveProblem, Directives, ReadDirectives } from './read-directives.js';

/** What the work is bound to, after directives and target: the configuration as it counts for this ticket, and the rest. */
export interface Choice {
  readonly config: Configuration;
  readonly base: string | undefined;
  readonly assignment: Assignment | undefined;
}

/** What stands in the base commit at a path. */
export type PathKind = (path: string) => 'file' | 'folder' | undefined;

/**
 * Applies a ticket's directives to a configuration that a target was applied to already. Pure. A directive only tightens, or
 * chooses among what `directives:` lists; anything else is a problem with its line and what is allowed.
 */
export function resolveDirectives(read: ReadDirectives | undefined, about: { readonly config: Configuration; readonly target: string | undefined; readonly kindOf: PathKind; /** Of the team's rules, where the ticket names none. */ readonly workflow?: string | undefined }): Result<Choice, readonly DirectiveProblem[]> {
  const { config, target } = about;
  const directives = read?.directives ?? {};
  const problems: DirectiveProblem[] = [];
  const bad = (key: readonly string[], words: string): void => { problems.push({ line: read?.lineOf(key) ?? 1, words }); };
  if (read !== undefined && !config.directives.enabled) return err([{ line: 1, words: 'heddle blocks are switched off here (directives.enabled in .heddle.yml).' }]);
  const named = directives.workflow ?? about.workflow;
  const workflow = named === undefined ? undefined : ownOf(config.directives.workflows, named);
  if (directives.workflow === undefined && named !== undefined && workflow === undefined) bad(['workflow'], `a rule of the policy names the workflow ${JSON.stringify(named)}, and directives.workflows has none of that name.`);
  if (directives.workflow !== undefined && workflow === undefined) bad(['workflow'], notAllowed('workflow', directives.workflow, Object.keys(config.directives.workflows)));
  const agent = chosenAgent(directives, workflow, { config, bad });
  const limits = chosenLimits(directives, workflow, { config, bad });
  if (directives.base !== undefined && !mayChooseBase(directives.base, config)) bad(['base'], notAllowed('base', directives.base, [...baseNames(config), ...config.directives.bases]));
  checkFolders(directives, { ...about, bad });
  for (const path of directives.context ?? []) if (about.kindOf(path) !== 'file') bad(['context'], `context: there is no file ${JSON.stringify(path)} in the base commit.`);
  if (problems.length > 0) return err(problems.slice(0, 10));
  const bound = target !== undefined || directives.folders !== undefined || directives.context !== undefined || named !== undefined;
  return ok({
    config: { ...config, agent, limits },
    base: directives.base,
    assignment: bound ? { ...(target === undefined ? {} : { target }), folders: directives.folders ?? [], context: directives.context ?? [], ...(named === undefined ? {} : { workflow: named }) } : undefined,
  });
}

type Workflow = Configuration['directives']['workflows'][string] | undefined;
interface About { readonly config: Configuration; readonly bad: (key: readonly string[], words: string) => void }

function chosenAgent(directives: Directives, workflow: Workflow, { config, bad }: About): Configuration['agent'] {
  const agents: readonly string[] = unique([config.agent.id, ...config.directives.agents]);
  const models = unique([config.agent.model, ...config.directives.models]);
  if (directives.agent !== undefined && !agents.includes(directives.agent)) bad(['agent'], notAllowed('agent', directives.agent, agents));
  if (directives.model !== undefined && !models.includes(directives.model)) bad(['model'], notAllowed('model', directives.model, models));
  const id = agents.includes(directives.agent ?? '') ? directives.agent as Configuration['agent']['id'] : workflow?.agent ?? config.agent.id;
  return agentOf(config, { id, model: directives.model ?? workflow?.model ?? config.agent.model });
}

/** Another agent does not inherit what is said of the configured one's program; rules about tools and servers go on holding. */
export function agentOf({ agent }: Configuration, wanted: { readonly id: Configuration['agent']['id']; readonly model: string }): Configuration['agent'] {
  if (wanted.id === agent.id) return { ...agent, model: wanted.model };
  const { version, integrity, path, ...rest } = agent;
  void version; void integrity; void path;
  return { ...rest, ...wanted };
}

function chosenLimits(directives: Directives, workflow: Workflow, { config, bad }: About): Configuration['limits'] {
  const { limits } = config;
  const { budget_max: most } = config.directives;
  const { budget } = directives;
  const start = { cost_usd: workflow?.cost_usd ?? limits.cost_usd, attempts: workflow?.attempts ?? limits.attempts, run_time: workflow?.time ?? limits.run_time };
  const number = (key: 'cost_usd' | 'attempts'): number => {
    const wanted = budget?.[key];
    const upTo = Math.max(start[key], most[key] ?? 0);
    if (wanted !== undefined && wanted > upTo) bad(['budget', key], `budget.${key}: ${wanted} is more than a ticket may ask for here; at most ${upTo}.`);
    return wanted ?? start[key];
  };
  const upTo = longer(start.run_time, most.time);
  if (budget?.time !== undefined && durationMs(budget.time) > durationMs(upTo)) bad(['budget', 'time'], `budget.time: ${budget.time} is more than a ticket may ask for here; at most ${upTo}.`);
  return { ...limits, cost_usd: number('cost_usd'), attempts: number('attempts'), run_time: budget?.time ?? start.run_time };
}

function longer(one: string, other: string | undefined): string {
  return other !== undefined && durationMs(other) > durationMs(one) ? other : one;
}

function checkFolders(directives: Directives, { config, kindOf, bad }: About & { readonly kindOf: PathKind }): void {
  const workdir = config.workdir.replace(/^\.?\/+|\/+$/g, '');
  const allowed = config.directives.folders;
  for (const folder of directives.folders ?? []) {
    if (workdir !== '' && folder !== workdir && !folder.startsWith(`${workdir}/`)) bad(['folders'], `folders: ${JSON.stringify(folder)} is outside of ${workdir}, to which the work is bound.`);
    else if (allowed !== undefined && !matches(allowed, folder)) bad(['folders'], notAllowed('folders', folder, allowed));
    else if (kindOf(folder) !== 'folder') bad(['folders'], `folders: there is no folder ${JSON.stringify(folder)} in the base commit.`);
  }
}

/** Whether a ticket may choose a branch. Foreign text becomes a name for git only behind this. */
export function mayChooseBase(base: string, config: Configuration): boolean {
  return isBranchName(base) && (baseNames(config).includes(base) || matches(config.directives.bases, base));
}

/** What git takes for a branch and nothing that means more to it. */
function isBranchName(name: string): boolean {
  return /^[A-Za-z0-9][\w./+#-]{0,200}$/.test(name) && !/\.\.|\/\/|\/\.|\.lock(?:\/|$)|[./]$/.test(name);
}

function baseNames(config: Configuration): readonly string[] {
  return config.delivery.base === undefined ? [] : [config.delivery.base];
}

function matches(globs: readonly string[], text: string): boolean {
  const matcher = globMatcher(globs, 'exact');
  return matcher.ok && matcher.value(text);
}

function ownOf<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

function notAllowed(key: string, value: string, allowed: readonly string[]): string {
  return `${key}: ${JSON.stringify(value.slice(0, 100))} is not allowed here. ${allowed.length === 0 ? 'A ticket may choose none.' : `Allowed are: ${allowed.slice(0, 20).join(', ')}.`}`;
}

function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)];
}
