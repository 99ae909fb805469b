import type { Digest } from '../domain/ids.js';
import { digestOfJson } from '../domain/digest.js';
import { distance } from '../kit/distance.js';
import { err, ok, type Result } from '../kit/result.js';
import type { PolicyDocument, ResolvedSource, Rule, Service } from './rule-schema.js';
import { parseSource } from './source-name.js';

/** Something wrong in a policy. `source` is undefined for the repository's own; `path` leads to the place in that document. */
export interface PolicyProblem { readonly source: string | undefined; readonly path: readonly (string | number)[]; readonly message: string; readonly offset?: number }

export interface NamedRule {
  /** As the verdict tree names it: `policy/ID`, or the source's short name and the id. */
  readonly name: string;
  readonly rule: Rule;
  readonly source: string | undefined;
  /** Its place in the document it comes from. */
  readonly index: number;
  /** Switched off by `disable`. */
  readonly off: boolean;
}

/** Rules that are evaluated together, with a verdict of their own. The strictest of all layers' verdicts counts. */
export interface Layer {
  readonly name: string;
  readonly kind: 'policy' | 'floor';
  readonly default: 'deny' | 'hold' | 'allow';
  readonly rules: readonly NamedRule[];
  readonly services: Readonly<Record<string, Service>>;
  readonly mayLift: readonly string[];
}

export interface Composition {
  /** Floors first: what they say cannot be loosened by what follows. */
  readonly layers: readonly Layer[];
  readonly sources: readonly { readonly name: string; readonly commit?: string; readonly digest: Digest }[];
}

const DEPTH_MAX = 8;
const STRICTNESS = ['deny', 'hold', 'allow'] as const;

/**
 * Puts a policy together with what it extends. Presets come first, depth first in the order they are named, each once; then the
 * own rules. Every floor that is named anywhere in the chain becomes a layer of its own, with its own presets, services and default.
 */
export function composePolicy(own: PolicyDocument, resolved: readonly ResolvedSource[]): Result<Composition, readonly PolicyProblem[]> {
  const chain: Chain = { byName: new Map(resolved.map((source) => [source.name, source])), problems: [], used: new Map(), floors: [] };
  const main = layerOf(chain, { name: 'policy', kind: 'policy', document: own, source: undefined });
  const layers: Layer[] = [];
  // A floor may name further floors: the list grows while it is walked.
  for (let at = 0; at < chain.floors.length; at += 1) {
    const name = chain.floors[at] ?? '';
    const source = found(chain, name, { source: undefined, path: ['floor'] });
    if (source !== undefined) layers.push(layerOf(chain, { name: shortName(name), kind: 'floor', document: source.document, source: name }));
  }
  if (chain.problems.length > 0) return err(chain.problems);
  const sources = [...chain.used.values()].map(({ name, commit, document }) => ({ name, ...(commit === undefined ? {} : { commit }), digest: digestOfJson(document) }));
  return ok({ layers: [...layers, main], sources });
}

/** Every source that a policy names, directly or through the ones that are there already; what is still to be read comes out first. */
export function missingSources(own: PolicyDocument, resolved: readonly ResolvedSource[]): readonly string[] {
  const known = new Map(resolved.map((source) => [source.name, source.document]));
  const wanted = new Set<string>();
  const visit = (document: PolicyDocument): void => {
    for (const name of [...document.floor, ...document.extends]) {
      if (wanted.has(name)) continue;
      wanted.add(name);
      const next = known.get(name);
      if (next !== undefined) visit(next);
    }
  };
  visit(own);
  return [...wanted].filter((name) => !known.has(name));
}

/** The name of a source in front of its rules: `heddle:library`, `acme/policies/node.yml`, `policies/base.yml`. */
export function shortName(name: string): string {
  const parsed = parseSource(name);
  if (!parsed.ok || parsed.value.kind === 'built-in') return name;
  if (parsed.value.kind === 'file') return parsed.value.path;
  const repository = parsed.value.url.replace(/\/+$/, '').replace(/\.git$/, '').split('/').slice(-2).join('/');
  return `${repository}/${parsed.value.path}`;
}

interface Chain {
  readonly byName: ReadonlyMap<string, ResolvedSource>;
  readonly problems: PolicyProblem[];
  readonly used: Map<string, ResolvedSource>;
  readonly floors: string[];
}
interface Start { readonly name: string; readonly kind: Layer['kind']; readonly document: PolicyDocument; readonly source: string | undefined }
interface Visited { readonly document: PolicyDocument; readonly source: string | undefined }

function layerOf(chain: Chain, start: Start): Layer {
  const visited: Visited[] = [];
  visit(chain, { document: start.document, source: start.source }, { visited, path: start.source === undefined ? [] : [start.source] });
  const disabled = new Set(visited.flatMap(({ document }) => document.disable));
  const rules = visited.flatMap(({ document, source }) => document.rules.map((rule, index): NamedRule => {
    const name = `${source === undefined ? 'policy' : shortName(source)}/${rule.id}`;
    return { name, rule, source, index, off: disabled.has(name) };
  }));
  unknownDisabled(chain, visited, rules);
  const presets = visited.slice(0, -1).map(({ document }) => document.default);
  return {
    name: start.name, kind: start.kind, rules, default: start.document.default ?? STRICTNESS.find((one) => presets.includes(one)) ?? 'allow',
    services: Object.assign({}, ...visited.map(({ document }) => document.services)) as Readonly<Record<string, Service>>,
    mayLift: visited.flatMap(({ document }) => document.may_lift),
  };
}

/** Depth first, so that the start itself comes last. */
function visit(chain: Chain, at: Visited, walk: { readonly visited: Visited[]; readonly path: readonly string[] }): void {
  for (const name of at.document.floor) if (!chain.floors.includes(name)) chain.floors.push(name);
  for (const [index, name] of at.document.extends.entries()) {
    const place = { source: at.source, path: ['extends', index] };
    if (walk.path.includes(name)) {
      chain.problems.push({ ...place, message: `${name} extends itself, by way of ${walk.path.join(' and ')}` });
    } else if (walk.path.length >= DEPTH_MAX) {
      chain.problems.push({ ...place, message: `presets extend one another more than ${DEPTH_MAX} deep` });
    } else if (!walk.visited.some(({ source }) => source === name)) {
      const source = found(chain, name, place);
      if (source !== undefined) visit(chain, { document: source.document, source: name }, { visited: walk.visited, path: [...walk.path, name] });
    }
  }
  walk.visited.push(at);
}

function found(chain: Chain, name: string, place: { readonly source: string | undefined; readonly path: readonly (string | number)[] }): ResolvedSource | undefined {
  const source = chain.byName.get(name);
  if (source === undefined) chain.problems.push({ ...place, message: `${name} has not been read` });
  else chain.used.set(name, source);
  return source;
}

/** A rule that is not there cannot be off: the name is a slip of the pen, and the rule that was meant is on. */
function unknownDisabled(chain: Chain, visited: readonly Visited[], rules: readonly NamedRule[]): void {
  const presets = rules.filter(({ source }) => source !== undefined).map(({ name }) => name);
  for (const { document, source } of visited) {
    for (const [index, name] of document.disable.entries()) {
      if (presets.includes(name)) continue;
      const close = presets.filter((one) => distance(one, name) <= 3);
      chain.problems.push({ source, path: ['disable', index], message: `there is no rule ${name} in the presets${presets.length === 0 ? ', for nothing is extended' : `; there are ${presets.slice(0, 30).join(', ')}`}${close.length === 1 ? `. Did you mean ${close[0] ?? ''}?` : ''}` });
    }
  }
}
