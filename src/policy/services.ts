import { spelled, spelledMatcher, type SpelledPath } from '../kit/globs.js';
import type { Prepared } from './conditions.js';
import type { FileFact, PolicyFacts } from './facts.js';
import type { Service } from './rule-schema.js';

interface NamedService { readonly name: string; readonly service: Service; readonly matches: (path: SpelledPath) => boolean }

/** Gives each changed file the services that a layer of rules knows. A layer sees its own list alone: nobody below can redraw it. */
export type ServiceMap = (facts: PolicyFacts, paths: ReadonlyMap<string, SpelledPath>) => Prepared;

export function compileServices(services: Readonly<Record<string, Service>>): ServiceMap {
  const compiled = Object.entries(services).map(([name, service]): NamedService => {
    const matcher = spelledMatcher(service.paths, 'guard');
    return { name, service, matches: matcher.ok ? matcher.value : () => true };
  });
  return (facts, paths) => ({
    facts,
    files: facts.change.files.map((fact) => {
      const path = paths.get(fact.path) ?? spelled(fact.path);
      return { fact: withServices(fact, compiled.filter(({ matches }) => matches(path))), path };
    }),
  });
}

/** Each path in its spellings, once for all layers. */
export function spellPaths(facts: PolicyFacts): ReadonlyMap<string, SpelledPath> {
  return new Map(facts.change.files.map(({ path }) => [path, spelled(path)]));
}

function withServices(fact: FileFact, mine: readonly NamedService[]): FileFact {
  if (mine.length === 0) return fact;
  const distinct = (words: readonly string[]): readonly string[] => [...new Set(words)];
  return {
    ...fact,
    services: distinct([...fact.services, ...mine.map(({ name }) => name)]),
    tiers: distinct([...fact.tiers, ...mine.flatMap(({ service }) => service.tier ?? [])]),
    data: distinct([...fact.data, ...mine.flatMap(({ service }) => service.data)]),
    owners: distinct([...fact.owners, ...mine.flatMap(({ service }) => service.owners.map((owner) => owner.replace(/^@/, '')))]),
  };
}
