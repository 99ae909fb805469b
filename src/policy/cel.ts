import type { ParseResult } from '@marcbachmann/cel-js';
import { wordMatcher } from '../kit/word-pattern.js';
import { globMatcher } from '../kit/globs.js';
import { err, ok, type Result } from '../kit/result.js';
import type { ConditionNode, Prepared } from './conditions.js';
import type { FileFact, PolicyFacts } from './facts.js';

/** What is wrong with an expression, and where in it: characters from its start. */
export interface CelProblem { readonly message: string; readonly offset: number }
export type CelCondition = (prepared: Prepared) => ConditionNode;

/** An expression visits each file at most once for each level of nesting; a change of thousands of files bounds it further. */
const NESTING_MAX = 2;
const VISITS_MAX = 20_000_000;
const GLOBS_KEPT = 500;
const LIMITS = { maxAstNodes: 500, maxDepth: 40, maxListElements: 200, maxMapEntries: 50, maxCallArguments: 8 };
const LOOPS = new Set(['all', 'exists', 'exists_one', 'map', 'filter']);

/** Left out of the language on purpose, each with what to write instead. */
const REFUSED: ReadonlyMap<string, string> = new Map([
  ['matches', 'matches() is not available: names of files are foreign text, and an expression over them could run for ever. Use glob(path, pattern), like(text, pattern), startsWith, endsWith or contains'],
  ['bind', 'cel.bind() is not available; write the value out'],
  ['json', 'json() is not available'],
]);

/**
 * Compiles a CEL expression (cel.dev, «Common Expression Language») with its types: unknown members, wrong types and anything
 * that is not a truth value are problems now and not on the day when the rule matters. The library is loaded here and not before.
 */
export async function compileCel(expression: string): Promise<Result<CelCondition, CelProblem>> {
  const environment = await (loaded ??= makeEnvironment());
  let parsed: ParseResult;
  try {
    parsed = environment.parse(expression);
  } catch (error) {
    return err(problemOf(error));
  }
  const shape = shapeOf(parsed.ast);
  if (shape.refused !== undefined) return err(shape.refused);
  if (shape.nesting > NESTING_MAX) return err({ message: `loops are nested ${shape.nesting} deep; at most ${NESTING_MAX} are allowed`, offset: 0 });
  const checked = parsed.check();
  if (!checked.valid) return err(problemOf(checked.error));
  if (checked.type !== 'bool' && checked.type !== 'dyn') return err({ message: `must be true or false, but it is of type ${checked.type ?? 'unknown'}`, offset: 0 });
  return ok((prepared) => evaluate({ expression, parsed, shape }, prepared));
}

type Environment = Awaited<ReturnType<typeof makeEnvironment>>;
let loaded: Promise<Environment> | undefined;

/** Of a change with thousands of files there are as many: nothing is copied that need not be. */
class File {
  readonly path: string;
  readonly changes: readonly string[];
  readonly kinds: readonly string[];
  readonly additions: bigint;
  readonly deletions: bigint;
  readonly lines: bigint;
  readonly services: readonly string[];
  readonly tiers: readonly string[];
  readonly data: readonly string[];
  readonly owners: readonly string[];

  constructor(fact: FileFact) {
    this.path = fact.path;
    this.changes = own(fact.changes);
    this.kinds = own(fact.kinds);
    this.additions = BigInt(fact.additions);
    this.deletions = BigInt(fact.deletions);
    this.lines = BigInt(fact.additions + fact.deletions);
    this.services = own(fact.services);
    this.tiers = own(fact.tiers);
    this.data = own(fact.data);
    this.owners = own(fact.owners);
  }
}
class Change { constructor(fields: object) { Object.assign(this, fields); } }
class Person { constructor(fields: object) { Object.assign(this, fields); } }
class Ticket { constructor(fields: object) { Object.assign(this, fields); } }
class Risk { constructor(fields: object) { Object.assign(this, fields); } }
class Tests { constructor(fields: object) { Object.assign(this, fields); } }

/** The variables that an expression may use: the one list, also for the documentation. */
export const CEL_TYPES = {
  File: { path: 'string', changes: 'list<string>', kinds: 'list<string>', additions: 'int', deletions: 'int', lines: 'int', services: 'list<string>', tiers: 'list<string>', data: 'list<string>', owners: 'list<string>' },
  Change: { files: 'list<File>', additions: 'int', deletions: 'int', lines: 'int', bytes: 'int' },
  Person: { login: 'string', kind: 'string' },
  Ticket: { tracker: 'string', key: 'string', author: 'Person', labels: 'list<string>' },
  Risk: { level: 'string', score: 'double' },
  Tests: { total: 'int', failed: 'int', skipped: 'int', base_total: 'int', base_failed: 'int', base_skipped: 'int' },
} as const;
export const CEL_VARIABLES = {
  change: 'Change', labels: 'list<string>', ticket: 'Ticket', requester: 'Person', approvers: 'list<Person>', agent: 'string', model: 'string', attempts: 'int',
  stops: 'list<string>', risk: 'Risk', gates: 'map<string, string>', checks: 'map<string, string>', tests: 'Tests',
} as const;

async function makeEnvironment() {
  const { Environment } = await import('@marcbachmann/cel-js');
  const environment = new Environment({ limits: LIMITS });
  const classes = { File, Change, Person, Ticket, Risk, Tests };
  for (const name of ['File', 'Change', 'Person', 'Ticket', 'Risk', 'Tests'] as const) environment.registerType(name, { ctor: classes[name], fields: { ...CEL_TYPES[name] } });
  for (const [name, type] of Object.entries(CEL_VARIABLES)) environment.registerVariable(name, type);
  // A loop asks with one pattern for every file: it is compiled once. Patterns may be built from names, so the store is bounded.
  const compiled = new Map<string, (path: string) => boolean>();
  environment.registerFunction('glob(string, string): bool', (path: string, pattern: string) => {
    const known = compiled.get(pattern);
    if (known !== undefined) return known(path);
    const matcher = globMatcher([pattern], 'guard');
    if (!matcher.ok) throw new Error(matcher.error);
    if (compiled.size >= GLOBS_KEPT) compiled.clear();
    compiled.set(pattern, matcher.value);
    return matcher.value(path);
  });
  environment.registerFunction('like(string, string): bool', (text: string, pattern: string) => wordMatcher([pattern], { nocase: true })(text));
  return environment;
}

interface Shape { readonly variables: ReadonlySet<string>; readonly nesting: number; readonly nodes: number; readonly refused: CelProblem | undefined }
interface Compiled { readonly expression: string; readonly parsed: ParseResult; readonly shape: Shape }

function evaluate({ expression, parsed, shape }: Compiled, prepared: Prepared): ConditionNode {
  const { facts } = prepared;
  const node = (status: ConditionNode['status'], words: string): ConditionNode => ({ rule: 'when', effect: 'allow', status, words, values: { expression } });
  const unknown = [...shape.variables].find((name) => isUnknown(name, facts));
  if (unknown !== undefined) return node('unknown', `${unknown} is not known here`);
  const visits = shape.nodes * Math.max(facts.change.files.length, 1) ** shape.nesting;
  if (visits > VISITS_MAX) return node('failed', `the expression would look at ${facts.change.files.length} files ${shape.nesting} deep, which is too much`);
  try {
    const value: unknown = parsed(valuesOf(prepared));
    if (typeof value !== 'boolean') return node('failed', `the expression gave ${typeof value}, not true or false`);
    return node(value ? 'matched' : 'not-matched', value ? 'the expression is true' : 'the expression is false');
  } catch (error) {
    return node('failed', `the expression could not be evaluated: ${problemOf(error).message}`);
  }
}

function isUnknown(name: string, facts: PolicyFacts): boolean {
  switch (name) {
    case 'risk': return facts.risk === undefined;
    case 'requester': return facts.requester === undefined;
    case 'agent': return facts.agent === undefined;
    case 'model': return facts.model === undefined;
    case 'attempts': return facts.attempts === undefined;
    case 'tests': return facts.tests === undefined;
    case 'ticket': return facts.ticket.tracker === undefined || facts.ticket.author === undefined;
    default: return false;
  }
}

/** Of the same facts for every rule: made once. */
const made = new WeakMap<Prepared, Readonly<Record<string, unknown>>>();

function valuesOf(prepared: Prepared): Record<string, unknown> {
  const known = made.get(prepared);
  if (known !== undefined) return known;
  const { facts } = prepared;
  const files = prepared.files.map(({ fact }) => fact);
  const sum = (of: 'additions' | 'deletions'): bigint => BigInt(files.reduce((total, file) => total + file[of], 0));
  const person = (one: { readonly login: string; readonly kind: string } | undefined): Person => new Person({ login: one?.login ?? '', kind: one?.kind ?? 'unknown' });
  // The library knows lists by their constructor: each is made here, whoever made the facts.
  const values = {
    change: new Change({
      files: Array.from(files, (file) => new File(file)),
      additions: sum('additions'), deletions: sum('deletions'), lines: sum('additions') + sum('deletions'), bytes: BigInt(facts.change.bytes),
    }),
    labels: [...facts.ticket.labels],
    ticket: new Ticket({ tracker: facts.ticket.tracker ?? '', key: facts.ticket.key ?? '', author: person(facts.ticket.author), labels: [...facts.ticket.labels] }),
    requester: person(facts.requester), approvers: Array.from(facts.approvers, person), agent: facts.agent ?? '', model: facts.model ?? '', attempts: BigInt(facts.attempts ?? 0), stops: [...facts.stops],
    risk: new Risk({ level: facts.risk?.level ?? '', score: facts.risk?.score ?? 0 }),
    gates: new Map(facts.gates.map(({ rule, effect }) => [rule, effect])), checks: new Map(facts.checks.map(({ id, outcome }) => [id, outcome])),
    tests: new Tests(testsOf(facts)),
  };
  made.set(prepared, values);
  return values;
}

/** The library knows a list by its constructor; one that came out of another context has another. */
function own(list: readonly string[]): readonly string[] {
  return list.constructor === Array ? list : Array.from(list);
}

function testsOf({ tests }: PolicyFacts): object {
  const { candidate, base } = tests ?? { candidate: { total: 0, failed: 0, skipped: 0 }, base: { total: 0, failed: 0, skipped: 0 } };
  return {
    total: BigInt(candidate.total), failed: BigInt(candidate.failed), skipped: BigInt(candidate.skipped),
    base_total: BigInt(base.total), base_failed: BigInt(base.failed), base_skipped: BigInt(base.skipped),
  };
}

interface Ast { readonly op: string; readonly args: unknown; readonly start: number }

/** Walks the parsed expression: which variables it names, how deep its loops stand in one another, what it may not call. */
function shapeOf(root: unknown): Shape {
  const variables = new Set<string>();
  let [nesting, nodes] = [0, 0];
  let refused: CelProblem | undefined;
  const visit = (value: unknown, depth: number): void => {
    if (Array.isArray(value)) for (const one of value) visit(one, depth);
    if (!isAst(value)) return;
    nodes += 1;
    if (value.op === 'id' && typeof value.args === 'string' && value.args in CEL_VARIABLES) variables.add(value.args);
    const name: unknown = (value.op === 'call' || value.op === 'rcall') && Array.isArray(value.args) ? value.args[0] : undefined;
    const why = typeof name === 'string' ? REFUSED.get(name) : undefined;
    if (why !== undefined) refused ??= { message: why, offset: value.start };
    const inside = value.op === 'rcall' && typeof name === 'string' && LOOPS.has(name) ? depth + 1 : depth;
    nesting = Math.max(nesting, inside);
    visit(value.args, inside);
  };
  visit(root, 0);
  return { variables, nesting, nodes, refused };
}

function isAst(value: unknown): value is Ast {
  return typeof value === 'object' && value !== null && 'op' in value && 'args' in value;
}

/** The library throws its own errors: a summary and a range. Anything else is told in its own words. */
function problemOf(error: unknown): CelProblem {
  const { summary, range, message } = error as { readonly summary?: unknown; readonly range?: { readonly start?: unknown }; readonly message?: unknown };
  const offset = typeof range?.start === 'number' ? range.start : 0;
  return { message: String(summary ?? message ?? error).split('\n')[0]?.slice(0, 300) ?? '', offset };
}
