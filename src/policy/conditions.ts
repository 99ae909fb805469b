import type { VerdictNode, VerdictStatus } from '../domain/verdict.js';
import type { Actor } from '../domain/actor.js';
import { spelledMatcher, type SpelledPath } from '../kit/globs.js';
import { wordMatcher } from '../kit/word-pattern.js';
import type { FileFact, PolicyFacts } from './facts.js';
import type { Comparison, Match } from './rule-schema.js';

/** The facts as one layer of rules sees them: each path spelled once, and its services as that layer knows them. */
export interface Prepared { readonly facts: PolicyFacts; readonly files: readonly PreparedFile[] }
export interface PreparedFile { readonly fact: FileFact; readonly path: SpelledPath }

export type Condition = (prepared: Prepared) => ConditionNode;
/** A node of the evidence that a condition gives: it has a status and no effect of its own. */
export type ConditionNode = VerdictNode & { readonly effect: 'allow'; readonly status: VerdictStatus };

/**
 * Compiles one level of `match:`. `guard` is for rules that stop a change: they match a path in any spelling. Under a `not` it
 * turns round, so that another spelling never helps a change through.
 */
export function compileMatch(match: Match, guard: boolean): Condition {
  const parts: Condition[] = [
    ...fileConditions(match, guard),
    ...factConditions(match),
    ...(match.all === undefined ? [] : [tree('all', match.all.map((one) => compileMatch(one, guard)))]),
    ...(match.any === undefined ? [] : [tree('any', match.any.map((one) => compileMatch(one, guard)))]),
    ...(match.not === undefined ? [] : [negation(compileMatch(match.not, !guard))]),
  ];
  const [only] = parts;
  return parts.length === 1 && only !== undefined ? only : tree('all', parts);
}

function tree(kind: 'all' | 'any', parts: readonly Condition[]): Condition {
  return (prepared) => {
    const children = parts.map((part) => part(prepared));
    const status = kind === 'all' ? every(children) : some(children);
    const speaking = children.filter((child) => child.status === status);
    return { rule: kind, effect: 'allow', status, words: children.length === 0 ? 'applies to every change' : speaking.map((child) => child.words).join(kind === 'all' || status !== 'matched' ? '; ' : ' and '), children };
  };
}

function negation(part: Condition): Condition {
  return (prepared) => {
    const child = part(prepared);
    const status = child.status === 'matched' ? 'not-matched' : child.status === 'not-matched' ? 'matched' : child.status;
    return { rule: 'not', effect: 'allow', status, words: `not: ${child.words}`, children: [child] };
  };
}

/** Kleene's logic: what is not known only matters when the rest does not decide. */
function every(nodes: readonly ConditionNode[]): VerdictStatus {
  if (nodes.some((node) => node.status === 'not-matched')) return 'not-matched';
  return nodes.some((node) => node.status === 'unknown') ? 'unknown' : 'matched';
}

function some(nodes: readonly ConditionNode[]): VerdictStatus {
  if (nodes.some((node) => node.status === 'matched')) return 'matched';
  return nodes.some((node) => node.status === 'unknown') ? 'unknown' : 'not-matched';
}

type FileTest = (file: PreparedFile) => boolean;
const PATHS_SHOWN = 10;

/** The conditions about files of one level are asked of one and the same file; `size` counts the files that fit. */
function fileConditions(match: Match, guard: boolean): Condition[] {
  const tests = fileTests(match, guard);
  const said = describeFiles(match);
  const select = (prepared: Prepared): readonly PreparedFile[] => (tests.length === 0 ? prepared.files : prepared.files.filter((file) => tests.every((test) => test(file))));
  const files: Condition = (prepared) => {
    const fitting = select(prepared);
    const all = prepared.files.length;
    const status = match.files === 'every' ? all > 0 && fitting.length === all : fitting.length > 0;
    const chosen = new Set(fitting);
    const told = match.files === 'every' && !status ? prepared.files.filter((file) => !chosen.has(file)) : fitting;
    const shown = told.slice(0, PATHS_SHOWN).map(({ fact }) => fact.path);
    return {
      rule: 'files', effect: 'allow', status: status ? 'matched' : 'not-matched', words: `${fitting.length} of ${all} changed files fit ${said}${match.files === 'every' ? ', every one must' : ''}`,
      values: { fitting: fitting.length, changed: all, ...(shown.length === 0 ? {} : { [told === fitting ? 'paths' : 'others']: shown }) },
    };
  };
  return [...(tests.length === 0 && match.files === 'some' ? [] : [files]), ...(match.size === undefined ? [] : [sizeCondition(match.size, select)])];
}

function fileTests(match: Match, guard: boolean): FileTest[] {
  const among = (wanted: readonly string[] | undefined, of: (fact: FileFact) => readonly string[]): FileTest[] => {
    if (wanted === undefined) return [];
    const set = new Set(wanted);
    return [({ fact }) => of(fact).some((one) => set.has(one))];
  };
  const named = (wanted: readonly string[] | undefined, of: (fact: FileFact) => readonly string[], none?: string): FileTest[] => {
    if (wanted === undefined) return [];
    const matches = wordMatcher(wanted, { nocase: true });
    const empty = none !== undefined && wanted.includes(none);
    return [({ fact }) => of(fact).some(matches) || (empty && of(fact).length === 0)];
  };
  const globbed = (patterns: readonly string[] | undefined, guarded: boolean, wanted: boolean): FileTest[] => {
    if (patterns === undefined) return [];
    const matcher = spelledMatcher(patterns, guarded ? 'guard' : 'exact');
    // The schema has measured every pattern; one that slipped through matches as the safe side has it.
    const matches = matcher.ok ? matcher.value : () => guarded;
    return [({ path }) => matches(path) === wanted];
  };
  return [
    ...among(match.change, (fact) => fact.changes), ...among(match.not_change, (fact) => fact.changes).map((test): FileTest => (file) => !test(file)), ...among(match.kinds, (fact) => fact.kinds), ...globbed(match.paths, guard, true), ...globbed(match.except, !guard, false),
    ...named(match.services, (fact) => fact.services), ...named(match.tiers, (fact) => fact.tiers), ...named(match.data, (fact) => fact.data), ...named(match.owners, (fact) => fact.owners, 'none'),
  ];
}

function describeFiles(match: Match): string {
  const parts = (['change', 'not_change', 'kinds', 'paths', 'except', 'services', 'tiers', 'data', 'owners'] as const).flatMap((key) => (match[key] === undefined ? [] : [`${key.replace('_', ' ')} ${list(match[key])}`]));
  return parts.length === 0 ? 'every condition' : parts.join(', ');
}

function list(words: readonly string[]): string {
  return words.length <= 4 ? words.join(' or ') : `${words.slice(0, 3).join(' or ')} or ${words.length - 3} more`;
}

function sizeCondition(size: NonNullable<Match['size']>, select: (prepared: Prepared) => readonly PreparedFile[]): Condition {
  const bounds = Object.entries(size).filter((entry): entry is [string, Comparison] => entry[1] !== undefined);
  return (prepared) => {
    const files = select(prepared);
    const additions = files.reduce((sum, { fact }) => sum + fact.additions, 0);
    const deletions = files.reduce((sum, { fact }) => sum + fact.deletions, 0);
    const seen: Readonly<Record<string, number>> = { files: files.length, additions, deletions, lines: additions + deletions, bytes: prepared.facts.change.bytes };
    const wrong = bounds.filter(([name, bound]) => !compares(seen[name] ?? 0, bound));
    const told = (wrong.length > 0 ? wrong : bounds).map(([name, bound]) => `${name} ${seen[name] ?? 0} (${boundWords(bound)})`).join(', ');
    return { rule: 'size', effect: 'allow', status: wrong.length === 0 ? 'matched' : 'not-matched', words: told, values: Object.fromEntries(bounds.map(([name]) => [name, seen[name] ?? 0])) };
  };
}

function factConditions(match: Match): Condition[] {
  const { source } = match;
  const anyWord = (rule: string, wanted: readonly string[] | undefined, of: (facts: PolicyFacts) => readonly string[] | undefined): Condition[] => (wanted === undefined ? [] : [wordsCondition(rule, wanted, of)]);
  const person = (rule: string, wanted: readonly string[] | undefined, of: (facts: PolicyFacts) => Actor | undefined, member: 'login' | 'kind'): Condition[] => anyWord(rule, wanted, (facts) => only(of(facts)?.[member]));
  return [
    ...anyWord('labels', match.labels, (facts) => facts.ticket.labels),
    ...anyWord('source.tracker', source?.tracker, (facts) => only(facts.ticket.tracker)),
    ...person('source.requester', source?.requester, (facts) => facts.requester, 'login'), ...person('source.requester_kind', source?.requester_kind, (facts) => facts.requester, 'kind'),
    ...person('source.author', source?.author, (facts) => facts.ticket.author, 'login'), ...person('source.author_kind', source?.author_kind, (facts) => facts.ticket.author, 'kind'),
    ...anyWord('agent', match.agent, (facts) => only(facts.agent)), ...anyWord('model', match.model, (facts) => only(facts.model)),
    ...numberCondition('attempts', match.attempts, (facts) => facts.attempts),
    ...anyWord('risk', match.risk, (facts) => only(facts.risk?.level)), ...numberCondition('risk_score', match.risk_score, (facts) => facts.risk?.score),
    ...Object.entries(match.gates ?? {}).map(([gate, effects]) => wordsCondition(`gates.${gate}`, effects, (facts) => only(facts.gates.find((one) => one.rule === gate)?.effect))),
  ];
}

function only(word: string | undefined): readonly string[] | undefined {
  return word === undefined ? undefined : [word];
}

function wordsCondition(rule: string, wanted: readonly string[], of: (facts: PolicyFacts) => readonly string[] | undefined): Condition {
  const matches = wordMatcher(wanted, { nocase: true });
  return ({ facts }) => {
    const seen = of(facts);
    if (seen === undefined) return { rule, effect: 'allow', status: 'unknown', words: `${rule} is not known here; ${list(wanted)} is asked for` };
    const hit = seen.filter(matches);
    const status = hit.length > 0 ? 'matched' : 'not-matched';
    return { rule, effect: 'allow', status, words: hit.length > 0 ? `${rule} ${hit.slice(0, 5).join(', ')}` : `${rule} ${seen.length === 0 ? '(none)' : seen.slice(0, 5).join(', ')} is not ${list(wanted)}`, values: { seen: seen.slice(0, 20), wanted: wanted.slice(0, 20) } };
  };
}

function numberCondition(rule: string, bound: Comparison | undefined, of: (facts: PolicyFacts) => number | undefined): Condition[] {
  if (bound === undefined) return [];
  return [({ facts }) => {
    const seen = of(facts);
    if (seen === undefined) return { rule, effect: 'allow', status: 'unknown', words: `${rule} is not known here` };
    return { rule, effect: 'allow', status: compares(seen, bound) ? 'matched' : 'not-matched', words: `${rule} ${seen} (${boundWords(bound)})`, values: { seen } };
  }];
}

function compares(value: number, { over, under, at_least: least, at_most: most }: Comparison): boolean {
  return (over === undefined || value > over) && (under === undefined || value < under) && (least === undefined || value >= least) && (most === undefined || value <= most);
}

function boundWords(bound: Comparison): string {
  return Object.entries(bound).filter(([, value]) => value !== undefined).map(([name, value]) => `${name.replace('_', ' ')} ${value}`).join(', ');
}
