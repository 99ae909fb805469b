import type { Configuration } from '../../config/configuration.js';
import type { RouteDecision } from '../../domain/route.js';
import type { Snapshot } from '../../domain/ticket.js';
import { globMatcher } from '../../kit/globs.js';
import { readText, phrasesIn, wordsOf, type TicketText } from '../readiness/read-text.js';
import type { ReadDirectives } from '../directives/read-directives.js';
import type { Component } from './catalogue.js';

export interface RouteFacts {
  /** `owner/name` of the repository that this run belongs to. */
  readonly here: string;
  /** Another repository sent the ticket here: then it is sent nowhere again. */
  readonly sentHere: boolean;
  readonly snapshot: Pick<Snapshot, 'title' | 'body' | 'criteria' | 'comments' | 'labels'>;
  readonly directives: ReadDirectives | undefined;
  readonly routing: Configuration['routing'];
  readonly components: readonly Component[];
}

type Decided = Omit<RouteDecision, 'target' | 'dispatched'>;

/**
 * Which repository a ticket belongs to. Pure. In this order: its directive, its `repo:` labels, the rules, the components that it
 * names, the default. The first that names anything decides; when it names two, the ticket is ambiguous. Repositories come from
 * the configuration and the catalogue of the base commit alone: a ticket can only choose among them.
 */
export function routeTicket(facts: RouteFacts): Decided {
  const found = byDirective(facts) ?? byLabel(facts) ?? byRules(facts) ?? byComponent(facts) ?? byDefault(facts);
  return 'outcome' in found ? found : settle(facts, found);
}

/** Candidates as repositories, and what named them. */
interface Found { readonly repositories: readonly string[]; readonly because: string }

function settle({ here, sentHere, routing }: RouteFacts, { repositories, because }: Found): Decided {
  const distinct = [...new Map(repositories.map((one) => [one.toLowerCase(), one])).values()];
  const [only] = distinct;
  if (only !== undefined && distinct.length === 1) {
    if (same(only, here)) return { outcome: 'here', repository: here, candidates: [], because };
    if (!sentHere) return { outcome: 'elsewhere', repository: only, candidates: [only], because };
    return { outcome: 'unroutable', candidates: [only, here], because: `another repository sent the ticket here, and here ${because} points to yet another; it is sent on only once` };
  }
  if (routing.unroutable === 'here') return { outcome: 'here', repository: here, candidates: distinct.slice(0, 50), because: `${because}; routing.unroutable keeps it here` };
  return { outcome: 'unroutable', candidates: distinct.slice(0, 50), because };
}

function byDirective({ directives, routing, here, sentHere }: RouteFacts): Found | undefined {
  const wanted = directives?.directives.repository;
  if (wanted === undefined) return undefined;
  const repository = repositoryNamed(wanted, { routing, here });
  // Whoever sent it here read the directive by its own aliases.
  return { repositories: [repository ?? here], because: repository === undefined && sentHere ? 'the repository that sent it read its directive' : 'the directive `repository`' };
}

/** The repository that a name in a directive means, or nothing when it is not among those that may be chosen. */
export function repositoryNamed(name: string, { routing, here }: Pick<RouteFacts, 'routing' | 'here'>): string | undefined {
  if (name === 'here' || same(name, here)) return here;
  if (Object.hasOwn(routing.aliases, name)) return routing.aliases[name];
  return Object.values(routing.aliases).find((slug) => same(slug, name));
}

/** `repo:shop`, `repo: shop`, `repo=shop` and `repo-shop` mean the same. Without aliases such labels are not ours. */
function byLabel({ snapshot, routing, here }: RouteFacts): Found | Decided | undefined {
  if (Object.keys(routing.aliases).length === 0) return undefined;
  const names = snapshot.labels.flatMap((label) => /^repo(?:[:=]\s?|-)([a-z0-9][a-z0-9._-]{0,79})$/i.exec(label)?.[1]?.toLowerCase() ?? []);
  if (names.length === 0) return undefined;
  const unknown = names.filter((name) => repositoryNamed(name, { routing, here }) === undefined);
  if (unknown.length > 0) return { outcome: 'unroutable', candidates: Object.keys(routing.aliases).slice(0, 50), because: `the label repo:${unknown[0] ?? ''} names no alias of routing.aliases` };
  return { repositories: names.flatMap((name) => repositoryNamed(name, { routing, here }) ?? []), because: `the ${names.length === 1 ? 'label' : 'labels'} ${names.slice(0, 5).map((name) => `repo:${name}`).join(', ')}` };
}

function byRules(facts: RouteFacts): Found | undefined {
  if (facts.routing.rules.length === 0) return undefined;
  const text = readText(facts.snapshot);
  const matched = facts.routing.rules.flatMap((rule, index) => (fits(rule, facts, text) ? [{ to: rule.to, number: index + 1 }] : []));
  if (matched.length === 0) return undefined;
  return { repositories: matched.flatMap(({ to }) => repositoryNamed(to, facts) ?? []), because: `${matched.length === 1 ? 'rule' : 'rules'} ${matched.slice(0, 5).map(({ number }) => number).join(', ')} of routing.rules` };
}

function fits(rule: Configuration['routing']['rules'][number], { snapshot, components }: RouteFacts, text: TicketText): boolean {
  const named = namedComponents(components, text);
  return (rule.labels === undefined || rule.labels.some((label) => snapshot.labels.includes(label)))
    && (rule.paths === undefined || matchesAny(rule.paths, text.names))
    && (rule.components === undefined || named.some((one) => rule.components?.includes(one.component)))
    && (rule.owners === undefined || named.some((one) => one.owner !== undefined && rule.owners?.includes(one.owner)))
    && (rule.keywords === undefined || rule.keywords.some((keyword) => phrasesIn(text.prose, [wordsOf(keyword).list.join(' ')]).length > 0));
}

function matchesAny(globs: readonly string[], names: readonly string[]): boolean {
  const matcher = globMatcher(globs, 'exact');
  return matcher.ok && names.some((name) => matcher.value(name.replace(/^\.?\/+/, '')));
}

function byComponent({ snapshot, components, routing }: RouteFacts): Found | undefined {
  if (components.length === 0 || routing.catalogue === false) return undefined;
  const named = namedComponents(components, readText(snapshot));
  if (named.length === 0) return undefined;
  return { repositories: named.map((one) => one.repository), because: `the ticket names ${named.slice(0, 3).map((one) => one.component).join(', ').slice(0, 200)} of the catalogue` };
}

/** By its whole name, in prose or code. Names of one or two letters stand in too many texts to mean anything. */
function namedComponents(components: readonly Component[], text: TicketText): readonly Component[] {
  const names = new Set([...text.names, ...text.codeSpans].map((name) => name.toLowerCase()));
  return components.filter(({ component }) => component.length > 2 && (names.has(component.toLowerCase()) || phrasesIn(text.prose, [wordsOf(component).list.join(' ')]).length > 0));
}

function byDefault({ routing, here }: RouteFacts): Found {
  if (routing.default === 'none') return { repositories: [], because: 'neither a directive, nor a label, nor a rule, nor a component says which' };
  const repository = repositoryNamed(routing.default, { routing, here });
  return { repositories: repository === undefined ? [] : [repository], because: routing.default === 'here' ? 'nothing names another repository' : 'routing.default' };
}

function same(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
