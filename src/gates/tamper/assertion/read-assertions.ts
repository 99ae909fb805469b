import type { Language } from '../language/language.js';
import { bare, dotted, isCall, isLambda, linksOf, words } from '../syntax/expression.js';
import { ancestors, child, isComment, textOf, walk, type SyntaxNode, type SyntaxTree } from '../syntax/syntax-node.js';
import type { Assertion } from './assertion.js';
import { claimsOf, constantOf, shapeOf } from './conditions.js';
import { matcherOf, STRICTNESS } from './matchers.js';
import { recognise } from './recognise.js';
import type { Recognised } from './recognised.js';
import { onStandIn } from './stand-ins.js';
import { isData, literalsIn, namesIn, type Resolve } from './values.js';

interface Place { readonly conditions: readonly string[]; readonly looped: boolean; readonly muted: Assertion['muted'] }

export interface AssertionSource {
  readonly tree: SyntaxTree;
  readonly language: Language;
  /** Names with their only value: data, or the call that a result came from. */
  readonly values: ReadonlyMap<string, SyntaxNode>;
}

/** All assertions in a piece of code, in order, with what stands between them and a failing test. */
export function readAssertions(source: AssertionSource, scope: SyntaxNode): readonly Assertion[] {
  const reader = new Reading(source);
  reader.body(scope, { conditions: [], looped: false, muted: undefined });
  return reader.found;
}

const IFS = /^(?:if_statement|if_expression|if|unless|if_modifier|unless_modifier|elsif|else_if_clause|elif_clause|conditional_expression|ternary_expression|conditional|switch_statement|switch_expression|match_expression|when_expression|case|if_let_expression)$/;
const LOOPS = /^(?:for_statement|for_in_statement|foreach_statement|for_expression|while_statement|while_expression|while|for|enhanced_for_statement|loop_expression|do_statement|do_while_statement|until)$/;
const TRIES = /^(?:try_statement|try_expression|begin|try_with_resources_statement|body_statement|do_block)$/;
const HANDLERS = /^(?:catch_clause|except_clause|catch_block|rescue|except_group_clause|rescue_modifier)$/;
const RETURNS = /^(?:return_statement|return_expression|return|jump_expression)$/;
const ASSERTS = /^(?:assert_statement)$/;
const BLOCKS = /^(?:statement_block|block|body_statement|statement_list|compound_statement|statements|program|source_file|module|constructor_body|block_body|function_body|control_structure_body|lambda_literal|then)$/;
const FAILS = /^(?:(?:t|tb|b|s|c|T|test|self|this|Assert|assert|Assertions|pytest|unittest|require|expect|utils|util)\.)*(?:Error|Errorf|Fatal|Fatalf|Fail|FailNow|fail|flunk|XCTFail|assert_fail|fail_with|bail_out|Fatalln|panic|panic_|AssertionError)$/;

/** What a chain of chai can end with. */
const CHAI = /^(?:ok|true|false|null|undefined|NaN|exist|empty|arguments|extensible|sealed|frozen|finite|fulfilled|rejected|called(?:Once|Twice|Thrice)?|(?:not)?[cC]alled|visible|selected|checked)$/;

class Reading {
  readonly found: Assertion[] = [];
  private readonly source: AssertionSource;
  private readonly resolve: Resolve;
  private readonly dataOnly: Resolve;
  /** Names that an `if` gives values to, for itself alone: Go's `if got, want := f(), 5; got != want`. */
  private local: ReadonlyMap<string, SyntaxNode> = new Map();

  constructor(source: AssertionSource) {
    this.source = source;
    this.resolve = (name) => this.local.get(name) ?? source.values.get(name);
    this.dataOnly = (name) => {
      const value = this.resolve(name);
      return value !== undefined && isData(value) ? value : undefined;
    };
  }

  /** A body may be its own `begin`: Ruby's methods and blocks take a `rescue`. */
  body(scope: SyntaxNode, place: Place): void {
    if (TRIES.test(scope.type) && scope.children.some((one) => HANDLERS.test(one.type))) this.attempt(scope, place);
    // The body of a function may be one expression.
    else if (isCall(scope) || scope.type === 'infix_expression') this.visit(scope, place);
    else this.block(scope.children, place);
  }

  /** Statements in a row: what comes after a bare return never runs, what comes after a guarded one may not. */
  block(nodes: readonly SyntaxNode[], place: Place): void {
    let here = place;
    for (const node of nodes) {
      this.visit(node, here);
      const statement = node.type === 'expression_statement' ? node.children[0] ?? node : node;
      if (RETURNS.test(statement.type) && !this.holdsAssertion(statement)) here = { ...here, muted: here.muted ?? 'unreachable' };
      const guard = IFS.test(statement.type) ? this.guardOf(statement) : undefined;
      if (guard !== undefined) here = constantOf(this.source.tree, guard) === true ? { ...here, muted: here.muted ?? 'unreachable' } : { ...here, conditions: [...here.conditions, words(this.source.tree, guard)] };
    }
  }

  private visit(node: SyntaxNode, place: Place): void {
    if (isComment(node)) return;
    if (ASSERTS.test(node.type)) return this.claim(node, node.children[0], place);
    if (IFS.test(node.type)) return this.branch(node, place);
    if (TRIES.test(node.type) && node.children.some((one) => HANDLERS.test(one.type))) return this.attempt(node, place);
    if (node.type === 'rescue_modifier') return this.block(node.children, { ...place, muted: place.muted ?? 'swallowed' });
    if (LOOPS.test(node.type)) return this.block(node.children, { ...place, looped: true, muted: place.muted ?? (this.constantFalse(node) ? 'constant-condition' : undefined) });
    if (node.type === 'with_statement' && this.suppresses(node)) return this.block(node.children, { ...place, muted: place.muted ?? 'swallowed' });
    if (node.type === 'infix_expression') return this.infix(node, place);
    if (node.type === 'let_declaration') this.letElse(node, place);
    if (node.type === 'binary' && node.children.length > 1 && this.shouldOperator(node, place)) return;
    if (node.type === 'macro_invocation' && this.matching(node, place)) return;
    if (node.type === 'binary_expression' && this.generic(node, place)) return;
    if (isCall(node) && this.call(node, place)) return;
    if (node.type === 'member_expression' && this.property(node, place)) return;
    if (BLOCKS.test(node.type)) return this.block(node.children, place);
    for (const one of node.children) this.visit(one, place);
  }

  /** RSpec's `x.should == y`: what stands before the dot is looked at, the right side is expected. */
  private shouldOperator(node: SyntaxNode, place: Place): boolean {
    const [left, right, operator] = [child(node, 'left'), child(node, 'right'), child(node, 'operator')];
    const links = left === undefined ? [] : linksOf(this.source.tree, left);
    const [subject, name] = [left === undefined ? undefined : child(left, 'receiver'), links.at(-1)?.name ?? ''];
    if (right === undefined || subject === undefined || operator === undefined || !/^should(?:_not)?$/.test(name)) return false;
    const reader = { tree: this.source.tree, language: this.source.language, resolve: this.dataOnly };
    const sign = textOf(this.source.tree, operator);
    if (sign === '==' || sign === '===') this.push(claimsOfEquality(reader, { left: subject, right, holds: name === 'should' }), node, place);
    else this.push({ demand: sign === '=~' ? 'partial' : 'compare', subject, expected: right, via: sign }, node, place);
    return true;
  }

  /** Kotlin's `assertThrows<X> { … }`: the grammar takes the angle brackets for comparisons. */
  private generic(node: SyntaxNode, place: Place): boolean {
    const [left, body] = [child(node, 'left'), child(node, 'right')];
    const [callee, type] = left === undefined ? [] : [child(left, 'left'), child(left, 'right')];
    if (this.source.language.id !== 'kotlin' || callee === undefined || type === undefined || body === undefined || !isLambda(body)) return false;
    const name = linksOf(this.source.tree, callee).at(-1)?.name ?? '';
    const facts = /^(?:assert|should|expect|coShould|verify)/.test(name) ? matcherOf(name) : undefined;
    const broad = /^(?:Exception|Throwable|RuntimeException|Error)$/.test(textOf(this.source.tree, type));
    if (facts?.demand === 'no-throw' || (facts?.demand === 'throws' && facts.negated)) this.push({ demand: 'no-throw', subject: body, expected: undefined }, node, place);
    else if (facts?.demand === 'throws') this.push({ demand: 'throws', subject: body, expected: broad ? '' : words(this.source.tree, type), typed: broad ? '' : 'type' }, node, place);
    this.visit(body, place);
    return true;
  }

  /** `assert_matches!(x, Pattern)`: the grammar reads no arguments of it, since patterns are no expressions. */
  private matching(node: SyntaxNode, place: Place): boolean {
    const [name, what] = [child(node, 'macro') ?? node.children[0], node.children.find((one) => one.type === 'token_tree')];
    if (name === undefined || what === undefined || !/(?:^|::)(?:debug_)?assert_matches$/.test(textOf(this.source.tree, name))) return false;
    this.push({ demand: 'partial', ...shapeOf(this.source.tree, what) }, node, place);
    return true;
  }

  /** `let Shape::Circle { radius } = shape else { panic!() };` demands that shape. */
  private letElse(node: SyntaxNode, place: Place): void {
    const [pattern, value, otherwise] = [child(node, 'pattern'), child(node, 'value'), child(node, 'alternative')];
    if (pattern !== undefined && value !== undefined && otherwise !== undefined && this.failsOnly(otherwise)) this.push({ demand: 'partial', subject: value, expected: pattern }, node, place);
  }

  private call(node: SyntaxNode, place: Place): boolean {
    const recognised = recognise({ tree: this.source.tree, language: this.source.language, resolve: this.dataOnly }, node);
    if (recognised !== undefined) for (const one of recognised) this.push(one, node, place);
    const links = linksOf(this.source.tree, node);
    // Bodies of lambdas in arguments are read as well: assertAll(() -> …), waitFor(() => …), and what a chain's start was given.
    const muted = /^(?:runCatching|catch_unwind|catch_unwind_|ignoringExceptions|safely|suppress|attempt|recover)$/.test(links.at(-1)?.name ?? '') ? 'swallowed' as const : place.muted;
    const caught = links.some((one) => one.name === 'catch' && one.args !== undefined && one.args.length > 0) && recognised === undefined ? 'swallowed' as const : muted;
    const looped = place.looped || /^(?:each|forEach|map|times|Run|every|each_with_index|forEachIndexed|flatMap|parallel)$/.test(links.at(-1)?.name ?? '');
    for (const link of links) for (const arg of link.args ?? []) {
      if (recognised === undefined || this.lambdaWithin(arg)) this.visit(arg, { ...place, muted: caught, looped });
    }
    const first = links[0];
    if (recognised === undefined && first !== undefined && first.args === undefined && first.node !== node && first.node.children.length > 0) this.visit(first.node, place);
    return true;
  }

  /** chai's `expect(x).to.be.null`: a chain that ends without a call. */
  private property(node: SyntaxNode, place: Place): boolean {
    const [first, ...rest] = linksOf(this.source.tree, node);
    if (first?.name !== 'expect' || first.args?.[0] === undefined || !CHAI.test(rest.at(-1)?.name ?? '')) return false;
    const recognised = recognise({ tree: this.source.tree, language: this.source.language, resolve: this.dataOnly }, node);
    for (const one of recognised ?? []) this.push(one, node, place);
    return recognised !== undefined;
  }

  private lambdaWithin(node: SyntaxNode): boolean {
    return isLambda(bare(node)) || isCall(bare(node)) && bare(node).children.some((one) => one.children.some(isLambda));
  }

  private infix(node: SyntaxNode, place: Place): void {
    const [left, name, right] = node.children;
    const text = name === undefined ? '' : textOf(this.source.tree, name);
    if (left === undefined || right === undefined || !/^should|^must/.test(text)) {
      for (const one of node.children) this.visit(one, place);
      return;
    }
    const reader = { tree: this.source.tree, language: this.source.language, resolve: this.dataOnly };
    const nothing = /^(?:shouldNotBe|shouldBe|shouldEqual|shouldNotEqual)$/.test(text);
    const plain: Recognised | undefined = nothing ? claimsOfEquality(reader, { left, right, holds: !text.includes('Not') }) : { demand: text.includes('Contain') || /Start|End|Match|Have/.test(text) ? 'partial' : 'state', subject: left, expected: right, via: text };
    this.push(plain, node, place);
  }

  private claim(node: SyntaxNode, condition: SyntaxNode | undefined, place: Place, negated = false): void {
    if (condition === undefined) return;
    const claims = claimsOf({ tree: this.source.tree, resolve: this.dataOnly, expectedFirst: this.source.language.expectedFirst }, condition, negated);
    for (const one of claims) this.push(one, node, place);
  }

  /** An `if` that only fails is an assertion of the contrary; any other puts what is in it behind its condition. */
  private branch(node: SyntaxNode, place: Place): void {
    const condition = child(node, 'condition') ?? child(node, 'value') ?? (node.type === 'if_expression' ? node.children[0] : undefined);
    const inner = node.children.filter((one) => one !== condition && one.field !== 'initializer' && !isComment(one));
    const fails = condition !== undefined && inner[0] !== undefined && this.failsOnly(inner[0]);
    const initializer = child(node, 'initializer');
    if (initializer !== undefined) this.visit(initializer, place);
    if (fails && !/modifier/.test(node.type)) {
      const outer = this.local;
      if (initializer !== undefined) this.local = new Map([...outer, ...namesIn(this.source.tree, initializer)]);
      this.claim(node, condition, place, !/^unless/.test(node.type));
      this.local = outer;
      for (const one of inner.slice(1)) this.visit(one, place);
      return;
    }
    const constant = condition === undefined ? undefined : constantOf(this.source.tree, condition);
    const dead = constant === /^unless/.test(node.type);
    const said = condition === undefined ? '' : words(this.source.tree, condition);
    if (condition !== undefined) this.visit(condition, place);
    for (const one of inner) this.block([one], constant === true && !dead ? place : { ...place, muted: place.muted ?? (dead && one === inner[0] ? 'constant-condition' : undefined), conditions: [...place.conditions, said] });
  }

  private failsOnly(node: SyntaxNode): boolean {
    const statements = BLOCKS.test(node.type) || node.type === 'then' ? node.children.flatMap((one) => (one.type === 'statement_list' || one.type === 'statements' ? one.children : [one])).filter((one) => !isComment(one)) : [node];
    if (statements.length > 4) return false;
    return statements.some((one) => /^(?:throw_statement|raise_statement|throw_expression)$/.test(one.type) || this.failingCall(one));
  }

  private failingCall(node: SyntaxNode): boolean {
    const at = bare(node);
    return isCall(at) && FAILS.test(dotted(linksOf(this.source.tree, at)));
  }

  /** A handler that neither fails, throws on nor asserts lets a failing assertion pass. */
  private attempt(node: SyntaxNode, place: Place): void {
    const handlers = node.children.filter((one) => HANDLERS.test(one.type));
    const swallows = handlers.some((one) => this.isBroad(one) && !this.answers(one));
    for (const one of node.children) this.block([one], !HANDLERS.test(one.type) && swallows ? { ...place, muted: place.muted ?? 'swallowed' } : place);
  }

  private isBroad(handler: SyntaxNode): boolean {
    const body = handler.children.at(-1);
    const head = handler.children.filter((one) => one !== body || !BLOCKS.test(one.type)).map((one) => (one.type === 'body_statement' || one.type === 'then' ? '' : textOf(this.source.tree, one))).join(' ');
    if (this.source.language.id === 'javascript') return true;
    return head.trim() === '' || /^\s*=>/.test(head) || !/\w*(?:Exception|Error|Throwable|Failure)\b/.test(head) || /(?:^|[^\w])(?:Exception|BaseException|Throwable|Error|StandardError|RuntimeException|AssertionError|AssertionFailedError|ExpectationFailedException|AssertionFailedException|XunitException|AssertionException|ExpectationNotMetError)\b/.test(head);
  }

  private answers(handler: SyntaxNode): boolean {
    for (const node of walk(handler)) {
      if (/^(?:throw_statement|raise_statement|raise|throw_expression)$/.test(node.type) || (/^jump_expression$/.test(node.type) && textOf(this.source.tree, node).startsWith('throw'))) return true;
      if (ASSERTS.test(node.type) || (isCall(node) && (this.failingCall(node) || /^(?:raise|fail|done|reject|assert\w*|expect|exit)$/.test(linksOf(this.source.tree, node)[0]?.name ?? '') || recognise({ tree: this.source.tree, language: this.source.language, resolve: this.dataOnly }, node) !== undefined))) return true;
      if (node.type === 'identifier' && textOf(this.source.tree, node) === 'raise') return true;
    }
    return false;
  }

  private suppresses(node: SyntaxNode): boolean {
    const head = textOf(this.source.tree, node).slice(0, 200).split('\n')[0] ?? '';
    return /\bsuppress\(\s*(?:Exception|BaseException|AssertionError)?/.test(head) && /Exception|AssertionError/.test(head);
  }

  private guardOf(node: SyntaxNode): SyntaxNode | undefined {
    const condition = child(node, 'condition');
    const inner = node.children.filter((one) => one !== condition && one.field !== 'initializer' && !isComment(one));
    const [only] = inner;
    if (condition === undefined || inner.length !== 1 || only === undefined) return undefined;
    const statements = RETURNS.test(only.type) ? [only] : only.children.flatMap((one) => (/statement_list|statements/.test(one.type) ? one.children : [one])).filter((one) => !isComment(one));
    const last = statements.at(-1);
    return last !== undefined && statements.length <= 2 && RETURNS.test(bare(last).type) && !this.holdsAssertion(only) ? condition : undefined;
  }

  private constantFalse(node: SyntaxNode): boolean {
    const condition = child(node, 'condition');
    return condition !== undefined && constantOf(this.source.tree, condition) === false;
  }

  private holdsAssertion(node: SyntaxNode): boolean {
    for (const one of walk(node)) if (ASSERTS.test(one.type) || (isCall(one) && recognise({ tree: this.source.tree, language: this.source.language, resolve: this.dataOnly }, one) !== undefined)) return true;
    return false;
  }

  private push(given: Recognised, node: SyntaxNode, place: Place): void {
    const { tree } = this.source;
    const one = anchored(tree, onStandIn(tree, given, this.dataOnly), node);
    const subject = `${words(tree, one.subject, this.resolve)}${one.via === undefined || one.via === '' ? '' : ` ${one.via}`}`.slice(0, 3000);
    const expected = typeof one.expected === 'string' ? one.expected : one.expected === undefined ? '' : words(tree, one.expected, this.resolve);
    const vague = WILD.test(expected) && (one.demand === 'equal' || one.demand === 'called-with');
    const demand = one.demand === 'equal' && subject === expected && !/^(?:null|true|false)$/.test(expected) ? 'nothing' : one.demand;
    const leftOut = demand === 'equal' ? [...textOf(tree, node).slice(0, 4000).matchAll(LEAVES_OUT)].map((match) => match[0]).join(' ') : '';
    const strictness = vague ? 60 : leftOut !== '' ? 90 : strictnessOf(one, demand, expected);
    const literals = typeof one.expected === 'string' || one.expected === undefined ? literalWords(expected) : literalsIn(tree, one.expected, this.dataOnly);
    this.found.push({
      line: node.line, shown: textOf(tree, node).replace(/\s+/g, ' ').slice(0, 160), demand, strictness, subject, expected, literals, bound: one.bound, tolerance: one.tolerance,
      needsAwait: one.needsAwait === true, awaited: isAwaited(node), muted: one.swallowed === true ? 'swallowed' : place.muted, conditions: place.conditions, looped: place.looped,
      key: `${demand}|${subject}|${expected}|${one.tolerance ?? ''}|${one.bound?.direction ?? ''}|${one.typed ?? ''}${leftOut === '' ? '' : `|${leftOut}`}`, node,
    });
  }
}

/** An equality that is told to look past something: a field, an order, the case of letters. */
const LEAVES_OUT = /\b\w{0,60}(?:[iI]gnoring|Excluding|[iI]gnore_?[cC]ase|Canonicalizing|WithoutStrictOrdering|ComparingWithPrecision)\w{0,60}(?:\([^()]{0,120}\))?/g;

const WILD = /\b(?:anything|ANY|any_args|objectContaining|arrayContaining|stringContaining|stringMatching|instance_of|kind_of|a_kind_of|an_instance_of|anyString|anyInt|IsAny|any (?:Number|String|Object|Array|Function|Boolean|Date)|hash_including|a_string_including|a_string_matching|array_including|withAnyArgs|mock ANY)\b/;

/** A pattern that is held at both ends and leaves nothing open is the very text. */
function anchored(tree: SyntaxTree, one: Recognised, node: SyntaxNode): Recognised {
  if (!/^(?:partial|equal)$/.test(one.demand) || one.expected === undefined || typeof one.expected === 'string' || one.expected.end - one.expected.start > 300) return one;
  const text = textOf(tree, one.expected);
  if (one.demand === 'equal' && one.expected.type !== 'regex') return one;
  const inner = /^\/\^((?:[^\\.*+?()[\]{}|^$/]|\\\W)+)\$\/$/.exec(text)?.[1] ?? (/match|regex/i.test(textOf(tree, node).slice(0, 300)) ? /^r?["']\^((?:[^\\.*+?()[\]{}|^$"']|\\\W)+)\$["']$/.exec(text)?.[1] : undefined);
  return inner === undefined ? { ...one, demand: 'partial' } : { ...one, demand: 'equal', expected: JSON.stringify(inner.replace(/\\(\W)/g, '$1')) };
}

const literalWords = (text: string): readonly string[] => text.match(/"(?:[^"\\]|\\.)*"|(?<![\w.])-?\d+(?:\.\d+)?(?![\w.])/g) ?? [];

function strictnessOf(one: Recognised, demand: Assertion['demand'], expected: string): number {
  if (demand === 'throws') return one.typed === '' || one.typed === undefined ? 50 : one.typed === 'message' ? 98 : 90;
  if (demand === 'approximate') {
    const size = Math.abs(Number(/-?\d+(?:\.\d+)?/.exec(expected)?.[0] ?? NaN));
    const { tolerance } = one;
    if (tolerance === undefined) return 80;
    return tolerance <= 0.01 || (Number.isFinite(size) && tolerance <= size * 0.001) ? 96 : 60;
  }
  return STRICTNESS[demand];
}

function claimsOfEquality(reader: { readonly tree: SyntaxTree; readonly language: Language; readonly resolve: Resolve }, pair: { readonly left: SyntaxNode; readonly right: SyntaxNode; readonly holds: boolean }): Recognised {
  const call = claimsOf({ tree: reader.tree, resolve: reader.resolve, expectedFirst: false }, pair.left);
  const said = words(reader.tree, pair.right);
  if (pair.holds && /^(?:true)$/.test(said) && call.length === 1 && call[0] !== undefined && call[0].demand !== 'true') return call[0];
  if (/^null$/.test(said)) return pair.holds ? { demand: 'equal', subject: pair.left, expected: 'null' } : { demand: 'present', subject: pair.left, expected: undefined };
  return { demand: pair.holds ? (words(reader.tree, pair.left) === said ? 'nothing' : 'equal') : 'unequal', subject: pair.left, expected: pair.right };
}

function isAwaited(node: SyntaxNode): boolean {
  let below = node;
  for (const above of ancestors(node)) {
    if (/^(?:await_expression|await|return_statement|yield_expression)$/.test(above.type)) return true;
    if (above.type === 'arrow_function') return above.children.at(-1) === below;
    if (BLOCKS.test(above.type) || isLambda(above)) return false;
    below = above;
  }
  return false;
}

