import { z } from 'zod';
import type { Dependency } from './dependency.js';
import { compareVersions, lowestOf } from './versions.js';

/** The parts of the OSV schema 1.x that are read. */
const Osv = z.object({
  id: z.string().max(200),
  summary: z.string().optional().catch(undefined),
  withdrawn: z.string().optional().catch(undefined),
  aliases: z.array(z.string()).optional().catch(undefined),
  database_specific: z.object({ severity: z.string().optional().catch(undefined) }).optional().catch(undefined),
  affected: z.array(z.object({
    package: z.object({ ecosystem: z.string(), name: z.string() }).optional().catch(undefined),
    versions: z.array(z.string()).optional().catch(undefined),
    ranges: z.array(z.object({ type: z.string(), events: z.array(z.object({ introduced: z.string().optional(), fixed: z.string().optional(), last_affected: z.string().optional(), limit: z.string().optional() })) })).optional().catch(undefined),
  })).default([]),
});
export type Advisory = z.infer<typeof Osv>;

/**
 * Advisories of a text: one OSV record, a list, `{vulns: […]}` as the API answers, or the results of a scanner that wrap
 * them. Undefined when there is none of these forms. Records that are not of the schema are counted in `unread`.
 */
export function readAdvisories(text: string): { readonly advisories: readonly Advisory[]; readonly unread: number } | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const records = recordsOf(value, 0);
  if (records === undefined) return undefined;
  const read = records.map((record) => Osv.safeParse(record));
  return { advisories: read.flatMap((one) => (one.success && one.data.withdrawn === undefined ? [one.data] : [])), unread: read.filter((one) => !one.success).length };
}

function recordsOf(value: unknown, depth: number): readonly unknown[] | undefined {
  if (depth > 6) return [];
  if (Array.isArray(value)) return value.flatMap((one: unknown) => recordsOf(one, depth + 1) ?? [one]);
  if (typeof value !== 'object' || value === null) return undefined;
  const object = value as Readonly<Record<string, unknown>>;
  for (const key of ['vulns', 'vulnerabilities', 'results', 'packages', 'advisories']) {
    const list = object[key];
    if (Array.isArray(list)) return recordsOf(list, depth + 1);
  }
  return typeof object['id'] === 'string' ? [value] : undefined;
}

export interface Hit { readonly id: string; readonly severity: string; readonly summary: string; readonly fixed: readonly string[] }

/** Advisories by the name of their package, so that a lockfile of thousands is looked up and not searched. */
export function advisoryIndex(advisories: readonly Advisory[]): (dependency: Dependency) => readonly Hit[] {
  const byName = new Map<string, Advisory[]>();
  for (const advisory of advisories) {
    for (const name of new Set(advisory.affected.map((one) => keyOf(one.package?.ecosystem ?? '', one.package?.name ?? '')))) {
      const list = byName.get(name);
      if (list === undefined) byName.set(name, [advisory]);
      else list.push(advisory);
    }
  }
  return (dependency) => {
    const version = dependency.exact ? dependency.version : lowestOf(dependency.version);
    const key = keyOf(dependency.ecosystem, dependency.name);
    return (byName.get(key) ?? []).flatMap((advisory) => {
      const affected = advisory.affected.filter((one) => keyOf(one.package?.ecosystem ?? '', one.package?.name ?? '') === key);
      // Without a version that can be compared an advisory on the name counts: saying nothing would be a guess in favour.
      if (version !== undefined && !affected.some((one) => isAffected(version, one))) return [];
      const fixed = affected.flatMap((one) => (one.ranges ?? []).flatMap(({ events }) => events.flatMap((event) => event.fixed ?? [])));
      return [{ id: advisory.id, severity: (advisory.database_specific?.severity ?? 'unknown').toLowerCase().slice(0, 20), summary: (advisory.summary ?? '').slice(0, 200), fixed: [...new Set(fixed)].slice(0, 5) }];
    });
  };
}

/** `npm`, `Debian:12`: what stands behind the colon is a release of the ecosystem. */
function keyOf(ecosystem: string, name: string): string {
  const bare = ecosystem.split(':')[0] ?? '';
  const plain = bare === 'PyPI' ? name.toLowerCase().replace(/[-_.]+/g, '-') : bare === 'NuGet' || bare === 'Packagist' ? name.toLowerCase() : name;
  return `${bare}\0${plain}`;
}

function isAffected(version: string, affected: Advisory['affected'][number]): boolean {
  if (affected.versions?.includes(version) === true || affected.versions?.includes(version.replace(/^v/, '')) === true) return true;
  const ranges = (affected.ranges ?? []).filter(({ type }) => type === 'SEMVER' || type === 'ECOSYSTEM');
  if (ranges.length === 0) return (affected.versions ?? []).length === 0;
  return ranges.some(({ events }) => inRange(version, events));
}

/** The evaluation of the OSV schema: events in order of versions; the last one at or below the version decides. */
function inRange(version: string, events: readonly { readonly introduced?: string | undefined; readonly fixed?: string | undefined; readonly last_affected?: string | undefined; readonly limit?: string | undefined }[]): boolean {
  const limit = events.find((event) => event.limit !== undefined && event.limit !== '*')?.limit;
  if (limit !== undefined && compareVersions(version, limit) >= 0) return false;
  const steps = events.flatMap((event) => {
    if (event.introduced !== undefined) return [{ at: event.introduced === '0' ? '0' : event.introduced, on: true, after: false }];
    if (event.fixed !== undefined) return [{ at: event.fixed, on: false, after: false }];
    return event.last_affected === undefined ? [] : [{ at: event.last_affected, on: false, after: true }];
  }).sort((a, b) => compareVersions(a.at, b.at) || Number(a.after) - Number(b.after));
  let affected = false;
  for (const step of steps) {
    const order = compareVersions(version, step.at);
    if (order > 0 || (order === 0 && !step.after)) affected = step.on;
    if (step.at === '0' && step.on && order < 0) affected = true;
  }
  return affected;
}
