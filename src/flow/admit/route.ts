import { limitsFrom } from '../../admission/limits.js';
import { readDirectives } from '../../admission/directives/read-directives.js';
import { mayChooseBase, type PathKind } from '../../admission/directives/resolve-directives.js';
import { placeTicket, type Placing } from '../../admission/placing.js';
import { CATALOGUE_PATH, readCatalogue, type Component } from '../../admission/routing/catalogue.js';
import { boundsAtAdmission, type AdmissionBounds } from '../../policy/bounds-at-admission.js';
import { compilePolicy, isEmptyPolicy } from '../../policy/compile.js';
import type { CommitSha } from '../../domain/ids.js';
import type { RunRequest } from '../../domain/request.js';
import type { RunFactOf } from '../event.js';
import type { Context } from '../context.js';
import type { RunSettings } from '../run-ports.js';
import type { Seen } from './look.js';
import { on, type Staged } from './stage.js';

/** Which part of which repository the ticket is for, and the settings as they count for it. */
export interface Routed extends Seen {
  /** Sub-project of a monorepo; '' is the whole repository. */
  readonly target: string;
  readonly placing: Placing;
  readonly settings: RunSettings;
}

/**
 * Second stage: what the ticket's directives and the routing rules say about where the work belongs. It stops nothing: the rules
 * about it speak with all others, so that a person sees everything at once.
 */
export async function route(context: Context, seen: Seen): Promise<Staged<Routed>> {
  const { settings } = context;
  const read = readDirectives(seen.snapshot.directives);
  const { base, missing } = await baseOf(context, read.ok ? read.value?.directives.base : undefined);
  const kindOf = seen.snapshot.directives === undefined && Object.keys(settings.config.targets).length === 0 ? (): undefined => undefined : await pathKinds(context, base.commit);
  const placed = placeTicket({
    here: settings.repository, snapshot: seen.snapshot, config: settings.config, kindOf, components: await components(context),
    bounds: await boundsOf(context, seen),
    sentHere: [seen.state.request, seen.state.latest].some((request) => wasSentHere(request, settings.repository)),
  });
  const placing = placed.base !== undefined && missing ? { ...placed, problems: [{ line: 1, words: `base: there is no branch ${JSON.stringify(placed.base)} in this checkout. Name one that exists, and fetch it in the job.` }] } : placed;
  await record(context, placing);
  const target = placing.decision.target === undefined ? settings.config.workdir : placing.config.workdir;
  return on({ ...seen, target, placing, settings: settingsFor(settings, placing, placing.base === undefined ? settings.base : base) });
}

/** Budget and workflow of the policy that is in force, by what is known before the work. One that cannot be compiled was refused when it was loaded. */
async function boundsOf({ settings }: Context, { snapshot, state }: Seen): Promise<AdmissionBounds | undefined> {
  const { config } = settings;
  const policy = await compilePolicy(config.policy, config.policy.resolved);
  if (!policy.ok || isEmptyPolicy(policy.value)) return undefined;
  return boundsAtAdmission(policy.value, {
    ticket: { tracker: snapshot.ref.tracker, key: snapshot.ref.key, labels: snapshot.labels, author: snapshot.author }, requester: state.request.actor, agent: config.agent.id, model: config.agent.model,
  });
}

/** A ticket of this very repository was not sent by another one. */
function wasSentHere({ trigger, ticket }: RunRequest, here: string): boolean {
  return trigger.kind === 'repository-dispatch' && !ticket.key.toLowerCase().startsWith(`${here.toLowerCase()}#`);
}

/** The settings of a run that is bound further: the same object when nothing binds it. */
function settingsFor(settings: RunSettings, placing: Placing, base: RunSettings['base']): RunSettings {
  const bound = placing.assignment !== undefined || placing.base !== undefined || JSON.stringify(placing.config) !== JSON.stringify(settings.config);
  return bound ? { ...settings, config: placing.config, limits: limitsFrom(placing.config), base } : settings;
}

/** The paths of a directive must stand in the base that it chose. One that it may not choose is not even looked for. */
async function baseOf({ ports, settings }: Context, branch: string | undefined): Promise<{ readonly base: RunSettings['base']; readonly missing: boolean }> {
  if (branch === undefined || branch === settings.base.branch || !mayChooseBase(branch, settings.config)) return { base: settings.base, missing: false };
  const commit = await ports.workspace.resolve(branch);
  return commit.ok ? { base: { branch, commit: commit.value }, missing: false } : { base: settings.base, missing: true };
}

async function pathKinds({ ports }: Context, commit: CommitSha): Promise<PathKind> {
  const kinds = new Map<string, 'file' | 'folder'>();
  for (const { path, mode } of await ports.workspace.list(commit)) {
    if (mode.startsWith('100')) kinds.set(path, 'file');
    for (let at = path.lastIndexOf('/'); at > 0 && !kinds.has(path.slice(0, at)); at = path.lastIndexOf('/', at - 1)) kinds.set(path.slice(0, at), 'folder');
  }
  return (path) => kinds.get(path.replace(/^\.?\/+|\/+$/g, ''));
}

async function components({ ports, settings }: Context): Promise<readonly Component[]> {
  const { catalogue } = settings.config.routing;
  if (catalogue === false) return [];
  if (catalogue !== true) return catalogue;
  const bytes = await ports.workspace.read(settings.base.commit, CATALOGUE_PATH);
  return bytes === undefined ? [] : readCatalogue(Buffer.from(bytes).toString('utf8'), settings.repository);
}

/** Said once, and again when the answer is another. Where nothing routes and nothing is bound there is nothing to say. */
async function record({ settings, trail }: Context, { decision }: Placing): Promise<void> {
  const { routing, targets } = settings.config;
  const configured = Object.keys(routing.aliases).length > 0 || routing.catalogue !== false || routing.rules.length > 0 || Object.keys(targets).length > 0;
  if (!configured && decision.outcome === 'here') return;
  const fact: RunFactOf<'routed'> = { type: 'routed', ...decision };
  const before = trail.events.findLast((event) => event.fact.type === 'routed')?.fact;
  // Whether another repository was told is no news of this stage.
  if (before?.type !== 'routed' || JSON.stringify({ ...before, dispatched: false }) !== JSON.stringify(fact)) await trail.append(fact);
}
