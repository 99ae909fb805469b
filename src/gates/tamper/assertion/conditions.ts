import { bare, isCall, linksOf, words } from '../syntax/expression.js';
import { child, textOf, type SyntaxNode, type SyntaxTree } from '../syntax/syntax-node.js';
import { matcherOf, type Demand } from './matchers.js';
import { isData, numberOf, type Resolve } from './values.js';

/** What one boolean expression demands. */
export interface Claim {
  readonly demand: Demand;
  readonly subject: SyntaxNode;
  readonly expected: SyntaxNode | string | undefined;
  readonly bound?: { readonly direction: 'up' | 'down'; readonly value: number } | undefined;
  readonly tolerance?: number | undefined;
}

interface Reading { readonly tree: SyntaxTree; readonly resolve: Resolve; readonly expectedFirst: boolean }

/** The claims that hold when a condition is true (`negated`: when it is false). A condition that is always so claims nothing. */
export function claimsOf(reading: Reading, node: SyntaxNode, negated = false): readonly Claim[] {
  const at = bare(node);
  const operator = operatorOf(reading.tree, at);
  const [left, right] = sides(at);
  if (/^(?:not_operator|unary_expression|prefix_unary_expression|prefix_expression|unary|unary_op_expression)$/.test(at.type) && /^(?:!|not\b)/.test(textOf(reading.tree, at))) {
    const inner = at.children.at(-1);
    return inner === undefined ? [] : claimsOf(reading, inner, !negated);
  }
  if (left !== undefined && right !== undefined) {
    if (/^(?:&&|and)$/.test(operator)) return negated ? [{ demand: 'state', subject: at, expected: 'false' }] : [...claimsOf(reading, left), ...claimsOf(reading, right)];
    if (/^(?:\|\||or)$/.test(operator)) {
      if (negated) return [...claimsOf(reading, left, true), ...claimsOf(reading, right, true)];
      if ([left, right].some((side) => constantOf(reading.tree, side) === true)) return [{ demand: 'nothing', subject: at, expected: undefined }];
      return [{ demand: 'compare', subject: at, expected: 'true' }];
    }
    const claim = comparison(reading, { at, operator, left, right, negated });
    if (claim !== undefined) return [claim];
  }
  const constant = constantOf(reading.tree, at);
  if (constant !== undefined) return [{ demand: constant === !negated ? 'nothing' : 'equal', subject: at, expected: String(!negated) }];
  return [predicate(reading, at, negated)];
}

export function constantOf(tree: SyntaxTree, node: SyntaxNode): boolean | undefined {
  const text = textOf(tree, bare(node)).trim();
  if (/^(?:true|True|TRUE|1|!0|!false)$/.test(text)) return true;
  return /^(?:false|False|FALSE|0|!1|!true|null|nil|None)$/.test(text) ? false : undefined;
}

function operatorOf(tree: SyntaxTree, node: SyntaxNode): string {
  const found = child(node, 'operator') ?? child(node, 'operators');
  if (found !== undefined) return textOf(tree, found).replace(/\s+/g, ' ');
  if (node.type === 'instanceof_expression') return 'instanceof';
  return node.type === 'is_pattern_expression' ? 'is' : '';
}

function sides(node: SyntaxNode): readonly [SyntaxNode | undefined, SyntaxNode | undefined] {
  if (node.type === 'comparison_operator') {
    const plain = node.children.filter((one) => one.field !== 'operators');
    return plain.length === 2 ? [plain[0], plain[1]] : [undefined, undefined];
  }
  if (node.type === 'is_pattern_expression') return [child(node, 'expression'), child(node, 'pattern')];
  return [child(node, 'left'), child(node, 'right')];
}

interface Comparison { readonly at: SyntaxNode; readonly operator: string; readonly left: SyntaxNode; readonly right: SyntaxNode; readonly negated: boolean }

function comparison(reading: Reading, { at, operator, left, right, negated }: Comparison): Claim | undefined {
  const positive = /^(?:===?|is|eq|=)$/.test(operator);
  if (positive || /^(?:!==?|<>|is not|ne)$/.test(operator)) return equality(reading, { left, right, holds: positive !== negated });
  if (/^(?:in|instanceof|not in|=~|!~)$/.test(operator)) {
    const holds = (operator.startsWith('not') || operator === '!~') === negated;
    const demand: Demand = !holds ? 'unequal' : operator === 'instanceof' ? 'type' : 'partial';
    return operator.endsWith('in') && !operator.endsWith('instanceof') ? { demand, subject: right, expected: left } : { demand, subject: left, expected: right };
  }
  if (!/^[<>]=?$/.test(operator)) return undefined;
  const [onRight, onLeft] = [numberOf(reading.tree, right, reading.resolve), numberOf(reading.tree, left, reading.resolve)];
  const up = operator.startsWith('>') !== negated;
  if (onRight !== undefined) return { demand: 'compare', subject: left, expected: right, bound: { direction: up ? 'up' : 'down', value: onRight } };
  if (onLeft !== undefined) return { demand: 'compare', subject: right, expected: left, bound: { direction: up ? 'down' : 'up', value: onLeft } };
  return { demand: 'compare', subject: at, expected: String(!negated) };
}

/** Two sides that must be equal, or must not: the one that is data is what is expected. */
export function equality(reading: Reading, pair: { readonly left: SyntaxNode; readonly right: SyntaxNode; readonly holds: boolean }): Claim {
  const [left, right] = [bare(pair.left), bare(pair.right)];
  const data = [left, right].map((side) => isKnown(reading, side));
  const named = [left, right].map((side) => WANTED.test(textOf(reading.tree, side)));
  const leftIsExpected = data[0] !== data[1] ? data[0] === true : named[0] !== named[1] ? named[0] === true : reading.expectedFirst;
  const [expected, subject] = leftIsExpected ? [left, right] : [right, left];
  const saying = words(reading.tree, expected);
  if (/^(?:null|undefined|nil|None)$/.test(saying)) return pair.holds ? { demand: 'equal', subject, expected: 'null' } : { demand: 'present', subject, expected: undefined };
  if (data[0] === true && data[1] === true && pair.holds) return { demand: words(reading.tree, subject) === saying ? 'nothing' : 'equal', subject, expected };
  if (pair.holds && words(reading.tree, left) === words(reading.tree, right)) return { demand: 'nothing', subject, expected };
  if (/^(?:true|false)$/.test(saying)) {
    const claims = claimsOf(reading, subject, (saying === 'true') !== pair.holds);
    const [only] = claims;
    if (claims.length === 1 && only !== undefined && !/^(?:true|false)$/.test(only.demand)) return only;
    return { demand: 'equal', subject, expected: String((saying === 'true') === pair.holds) };
  }
  if (!pair.holds) return /^(?:""|\[\]|0|-1|-\s1)?$/.test(saying) ? { demand: 'present', subject, expected } : { demand: 'unequal', subject, expected };
  const near = toleranceOf(reading, expected);
  return near === undefined ? { demand: 'equal', subject, expected } : { demand: 'approximate', subject, expected, tolerance: near };
}

/** Names that people give to what is expected. */
const WANTED = /^(?:want|wanted|wants|exp|expected|expect|EXPECTED)(?:[A-Z_]\w{0,30})?$/;

function isKnown(reading: Reading, node: SyntaxNode): boolean {
  if (isData(node) || /^(?:null|nil|None|undefined|true|false|True|False)$/.test(textOf(reading.tree, node))) return true;
  if (/identifier|^name$|constant|variable_name/.test(node.type)) {
    const value = reading.resolve(textOf(reading.tree, node).replace(/^\$/, ''));
    return value !== undefined && isData(value);
  }
  const name = linksOf(reading.tree, node)[0]?.name ?? '';
  return /^(?:approx|pytest)$/.test(name) && /approx/.test(textOf(reading.tree, node).slice(0, 20));
}

/** `approx(5, rel=…)`: the allowed distance. */
function toleranceOf(reading: Reading, node: SyntaxNode): number | undefined {
  const links = linksOf(reading.tree, node);
  const call = links.at(-1);
  if (call?.args === undefined || !/^(?:approx|closeTo|closeto)$/.test(call.name)) return undefined;
  return distanceIn(reading, call.args) ?? 1e-6;
}

/** A named distance among arguments: `delta=0.1`, `places=2`, `rel=…`. Relative ones count as absolute: they are compared with each other. */
export function distanceIn(reading: Pick<Reading, 'tree' | 'resolve'>, args: readonly SyntaxNode[]): number | undefined {
  let found: number | undefined;
  for (const arg of args) {
    const name = (textOf(reading.tree, child(arg, 'name') ?? child(arg, 'key') ?? child(arg, 'left') ?? arg).split(/[=:]/)[0] ?? '').trim().replace(/^:/, '');
    const value = child(arg, 'value') ?? child(arg, 'right') ?? (arg.type === 'argument' || arg.type === 'value_argument' ? arg.children.at(-1) : undefined);
    if (value === undefined || !/^(?:delta|abs|abs_tol|atol|rtol|rel|rel_tol|epsilon|max_relative|tolerance|places|precision|decimal|digits)$/.test(name)) continue;
    const number = numberOf(reading.tree, value, reading.resolve);
    if (number !== undefined) found = Math.max(found ?? 0, /places|digits|decimal|precision/.test(name) ? 0.5 * 10 ** -number : number);
  }
  return found;
}

/** A call or a name that must be true: `isEmpty()`, `contains(x)`, `a.equals(b)`, or just something. */
function predicate(reading: Reading, at: SyntaxNode, negated: boolean): Claim {
  const plain: Claim = { demand: negated ? 'false' : 'true', subject: at, expected: String(!negated) };
  // Rust's `matches!(x, Pattern)`.
  const pattern = at.type === 'macro_invocation' && /^matches\b/.test(textOf(reading.tree, at)) ? at.children.find((one) => one.type === 'token_tree') : undefined;
  if (pattern !== undefined) {
    return { demand: negated ? 'unequal' : 'partial', ...shapeOf(reading.tree, pattern) };
  }
  if (!isCall(at)) return plain;
  const links = linksOf(reading.tree, at);
  const last = links.at(-1);
  if (last?.args === undefined) return plain;
  const name = last.name.replace(/\?$/, '');
  const [first, second] = last.args;
  if (/^(?:equals?|Equals?|DeepEqual|array_equal|deepEqual|isDeepStrictEqual|eql|is_deeply|SequenceEqual|deepStrictEqual|Is)$/.test(name) && first !== undefined) {
    const receiver = receiverOf(at);
    if (second !== undefined) return equality(reading, { left: first, right: second, holds: !negated });
    if (receiver !== undefined) return equality(reading, { left: receiver, right: first, holds: !negated });
  }
  // `all(x > 0 for x in xs)` says of each what a loop of assertions would.
  const each = !negated && /^(?:all|every|All|allMatch)$/.test(name) && first !== undefined ? eachOf(first) : undefined;
  if (each !== undefined) {
    const [only, ...others] = claimsOf(reading, each);
    if (only !== undefined && others.length === 0) return only;
  }
  if (/^(?:isinstance|issubclass)$/.test(name) && first !== undefined) return { demand: negated ? 'unequal' : 'type', subject: first, expected: second };
  if (/^(?:isclose|allclose|IsClose)$/.test(name) && first !== undefined) return { demand: 'approximate', subject: first, expected: second, tolerance: distanceIn(reading, last.args) };
  const facts = matcherOf(name);
  const receiver = receiverOf(at) ?? first;
  if (facts === undefined || receiver === undefined || !/^(?:partial|present|compare|type)$/.test(facts.demand)) return plain;
  if (facts.demand === 'partial' && first !== undefined) return { demand: negated ? 'unequal' : 'partial', subject: receiver, expected: receiver === first ? second : first };
  return facts.demand === 'present' && !negated ? { demand: 'present', subject: receiver, expected: undefined } : plain;
}

/** The value and the pattern among the tokens of `matches!(x, Pattern)`; both together when the value is more than a name. */
export function shapeOf(tree: SyntaxTree, tokens: SyntaxNode): Pick<Claim, 'subject' | 'expected'> {
  const [first, ...rest] = tokens.children;
  if (first === undefined || rest.length === 0 || !/^\(\s*\w+\s*,/.test(textOf(tree, tokens))) return { subject: tokens, expected: tokens };
  return { subject: first, expected: rest.map((one) => words(tree, one)).join(' ') };
}

/** What a generator or a function of one expression gives for each. */
function eachOf(node: SyntaxNode): SyntaxNode | undefined {
  const at = bare(node);
  if (!/^(?:generator_expression|list_comprehension|arrow_function|lambda_expression)$/.test(at.type)) return undefined;
  const body = child(at, 'body');
  return body === undefined || /block/.test(body.type) ? undefined : body;
}

/** What a method is called on. */
export function receiverOf(call: SyntaxNode): SyntaxNode | undefined {
  const direct = child(call, 'object') ?? child(call, 'receiver');
  if (direct !== undefined) return direct;
  const callee = child(call, 'function') ?? call.children[0];
  return callee === undefined || callee.children.length === 0 ? undefined : child(callee, 'object') ?? child(callee, 'operand') ?? child(callee, 'value') ?? child(callee, 'expression') ?? (callee.type === 'navigation_expression' ? callee.children[0] : undefined);
}
