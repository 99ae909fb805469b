import type { RiskConfig } from '../config/risk-config.js';
import { readEntities } from '../domain/backstage.js';
import type { Candidate } from '../domain/candidate.js';
import type { CommitSha } from '../domain/ids.js';
import { dependentsFrom, importersOf, importWords } from '../gates/risk/dependents.js';
import { WINDOW_DAYS, type Dependents, type RiskFacts, type TouchedService } from '../gates/risk/risk-facts.js';
import { globMatcher } from '../kit/globs.js';
import type { FileFact } from '../policy/facts.js';
import type { Workspace } from '../ports/workspace.js';

export interface RiskAsk {
  readonly candidate: Candidate;
  readonly files: readonly FileFact[];
  readonly config: RiskConfig;
  /** Services of the policy's own list. */
  readonly services: Readonly<Record<string, { readonly paths: readonly string[]; readonly tier?: string | undefined }>>;
  readonly attempts: number | undefined;
  readonly stops: number;
  readonly waiting: number | undefined;
}

const COMMITS_MAX = 500;
const CATALOGUES_MAX = 200;

/** Asks our own clone what risk is judged by. Nothing of it can fail the run: what is not found out is not known, and said. */
export async function riskFactsFor(ask: RiskAsk, workspace: Workspace): Promise<RiskFacts> {
  const { candidate, files, config } = ask;
  const paths = files.map((file) => file.path);
  const [when, dependents, catalogue] = await Promise.all([
    workspace.history({ head: candidate.base, paths: [], commitsMax: 1 }), dependentsOf(workspace, candidate.base, files), catalogueOf(workspace, candidate.base),
  ]);
  const now = when.commits[0]?.at ?? 0;
  const history = await workspace.history({ head: candidate.base, paths, commitsMax: COMMITS_MAX, ...(now === 0 ? {} : { since: now - WINDOW_DAYS * 86_400 }) });
  const touches = (globs: readonly string[]): readonly string[] => {
    const matcher = globMatcher(globs, 'guard');
    // A pattern that cannot be used guards everything rather than nothing.
    return matcher.ok ? paths.filter(matcher.value) : paths;
  };
  return {
    files, now, history, dependents, speaking: [], attempts: ask.attempts, stops: ask.stops, waiting: ask.waiting, regulated: touches(config.regulated),
    services: [...named(config.services, touches), ...named(ask.services, touches), ...catalogue.filter(({ folder }) => paths.some((path) => path.startsWith(folder))).map(({ service }) => service)],
    incidents: config.incidents.map(({ name, severity, at, paths: where }) => ({ name, severity, at: Date.parse(at) / 1_000, paths: touches(where).length })).filter((incident) => incident.paths > 0),
  };
}

function named(services: Readonly<Record<string, { readonly paths: readonly string[]; readonly tier?: string | undefined; readonly dependents?: readonly string[] }>>, touches: (globs: readonly string[]) => readonly string[]): readonly TouchedService[] {
  return Object.entries(services).filter(([, { paths }]) => touches(paths).length > 0).map(([name, { tier, dependents }]) => ({ name, tier, lifecycle: undefined, dependents: dependents ?? [] }));
}

/** Components of the repository's own catalogue files; each owns the folder that its file stands in. */
async function catalogueOf(workspace: Workspace, base: CommitSha): Promise<readonly { readonly folder: string; readonly service: TouchedService }[]> {
  const files = (await workspace.list(base)).filter(({ path, mode }) => mode.startsWith('100') && /(?:^|\/)catalog-info\.ya?ml$/.test(path)).slice(0, CATALOGUES_MAX);
  const read = await Promise.all(files.map(async ({ path, blob }) => {
    const entities = readEntities(Buffer.from(await workspace.readBlob(blob)).toString('utf8'));
    return entities.filter(({ kind }) => kind === 'Component').map((entity) => ({ folder: path.slice(0, path.lastIndexOf('/') + 1), entity }));
  }));
  const all = read.flat();
  return all.map(({ folder, entity }) => ({
    folder,
    service: { name: entity.name, tier: entity.tier, lifecycle: entity.lifecycle, dependents: all.filter((other) => other.entity.dependsOn.includes(entity.name)).map((other) => other.entity.name) },
  }));
}

/** Two rounds: who imports the changed files, and who imports those. */
async function dependentsOf(workspace: Workspace, base: CommitSha, files: readonly FileFact[]): Promise<Dependents | undefined> {
  const changed = files.filter((file) => file.kinds.includes('code') && !file.changes.includes('added')).map((file) => file.path);
  const direct = await importers(workspace, base, changed);
  if (direct === undefined) return undefined;
  const further = direct.length === 0 || direct.length > FURTHER_FROM_MAX ? [] : await importers(workspace, base, direct);
  return dependentsFrom(direct, (further ?? []).filter((path) => !changed.includes(path)));
}

/** More direct importers than this say enough. */
const FURTHER_FROM_MAX = 50;

async function importers(workspace: Workspace, base: CommitSha, paths: readonly string[]): Promise<readonly string[] | undefined> {
  const mentions = await workspace.mentions(base, importWords(paths));
  return mentions === undefined ? undefined : importersOf(paths, mentions);
}
