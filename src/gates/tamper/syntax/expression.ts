import { child, isComment, isNumber, isString, textOf, type SyntaxNode, type SyntaxTree } from './syntax-node.js';

/** One step of a call chain: `expect(x).not.toBe(5)` has the links expect(x), not, toBe(5). `args` is absent without a call. */
export interface Link { readonly name: string; readonly args: readonly SyntaxNode[] | undefined; readonly types: string; readonly node: SyntaxNode }

const CALLS = new Set(['call_expression', 'call', 'method_invocation', 'invocation_expression', 'function_call_expression', 'member_call_expression', 'nullsafe_member_call_expression', 'scoped_call_expression']);
const MEMBERS: Readonly<Record<string, readonly [string, string]>> = {
  member_expression: ['object', 'property'], attribute: ['object', 'attribute'], selector_expression: ['operand', 'field'], field_expression: ['value', 'field'],
  member_access_expression: ['expression', 'name'], scoped_identifier: ['path', 'name'], field_access: ['object', 'field'], scope_resolution: ['scope', 'name'],
  generic_function: ['function', 'type_arguments'],
};
const WRAPPERS = new Set(['await_expression', 'await', 'parenthesized_expression', 'non_null_expression', 'as_expression', 'satisfies_expression', 'expression_statement', 'argument', 'value_argument', 'literal_element', 'attribute_argument', 'try_expression', 'reference_expression', 'expression_list', 'parenthesized_statements', 'parenthesized_argument']);
const LAMBDAS = new Set(['arrow_function', 'function_expression', 'function', 'lambda', 'lambda_expression', 'lambda_literal', 'annotated_lambda', 'func_literal', 'closure_expression', 'anonymous_function', 'anonymous_function_creation_expression', 'anonymous_method_expression', 'do_block', 'block_', 'anonymous_function_expression']);

export const isCall = (node: SyntaxNode): boolean => CALLS.has(node.type);
/** A function without a name, given or kept as a value. Ruby's braces are a `block` with a call above it. */
export const isLambda = (node: SyntaxNode): boolean => LAMBDAS.has(node.type) || (node.type === 'block' && node.field === 'block') || (node.type === 'arrow_function_clause');

/** What a wrapper (await, parentheses, a cast, an argument) holds. */
export function bare(node: SyntaxNode): SyntaxNode {
  for (let at = node; ;) {
    const inner: SyntaxNode | undefined = WRAPPERS.has(at.type) ? at.children.find((one) => !isComment(one)) : undefined;
    if (inner === undefined) return at;
    at = inner;
  }
}

export function argumentsOf(node: SyntaxNode): readonly SyntaxNode[] {
  const list = child(node, 'arguments') ?? node.children.find((one) => one.type === 'value_arguments');
  const plain = list === undefined ? [] : list.type === 'template_string' || list.type === 'generator_expression' ? [list] : list.children.filter((one) => !isComment(one));
  const lambda = child(node, 'block') ?? node.children.find((one) => one.type === 'annotated_lambda');
  const all = plain.map((one) => (one.type === 'argument' || one.type === 'value_argument' ? one.children.length > 1 ? one : one.children[0] ?? one : one));
  return lambda === undefined ? all : [...all, lambda];
}

export function linksOf(tree: SyntaxTree, node: SyntaxNode): readonly Link[] {
  const at = bare(node);
  if (isCall(at)) return callLinks(tree, at);
  const fields = MEMBERS[at.type];
  if (fields !== undefined) {
    const [object, name] = [child(at, fields[0]) ?? child(at, 'object'), child(at, fields[1]) ?? child(at, 'name')];
    if (object !== undefined) return [...linksOf(tree, object), ...(name === undefined || name.field === 'type_arguments' ? [] : [link(tree, name, undefined, at)])];
  }
  if (at.type === 'navigation_expression' || at.type === 'class_constant_access_expression') {
    const [object, name] = [at.children[0], at.children.at(-1)];
    if (object !== undefined && name !== undefined && object !== name) return [...linksOf(tree, object), link(tree, name, undefined, at)];
  }
  return [link(tree, at, undefined, at)];
}

function callLinks(tree: SyntaxTree, call: SyntaxNode): readonly Link[] {
  const args = argumentsOf(call);
  const types = call.children.find((one) => one.type === 'type_arguments');
  const receiver = child(call, 'object') ?? child(call, 'receiver') ?? child(call, 'scope');
  const name = child(call, 'name') ?? child(call, 'method');
  if (name !== undefined) return [...(receiver === undefined ? [] : linksOf(tree, receiver)), link(tree, name, args, call, types)];
  const callee = child(call, 'function') ?? call.children[0];
  if (callee === undefined) return [link(tree, call, args, call)];
  // The subject of RSpec's `expect { … }` and Kotlin's trailing lambda stand beside the callee.
  const links = linksOf(tree, callee);
  const last = links.at(-1);
  if (last === undefined || isCall(bare(callee))) return [...links, { name: '', args, types: '', node: call }];
  return [...links.slice(0, -1), { name: last.name, args, types: types === undefined ? last.types : textOf(tree, types), node: call }];
}

function link(tree: SyntaxTree, name: SyntaxNode, args: readonly SyntaxNode[] | undefined, node: SyntaxNode, types?: SyntaxNode): Link {
  if (name.type === 'generic_name') {
    const list = name.children.find((one) => one.type === 'type_argument_list');
    return { name: textOf(tree, name.children[0] ?? name), args, types: list === undefined ? '' : textOf(tree, list), node };
  }
  const text = name.end - name.start > 300 ? '' : textOf(tree, name);
  return { name: text.replace(/^[@$]+|!$/g, ''), args, types: types === undefined ? '' : textOf(tree, types), node };
}

/** The names of a chain with dots: `t.Skip`, `pytest.mark.skip`. */
export const dotted = (links: readonly Link[]): string => links.map((one) => one.name).filter((name) => name !== '').join('.');

/** The name of a method or of something behind a dot is no variable, though one may have the same name. */
const isMember = (node: SyntaxNode): boolean => node.field === 'method' || (node.field === 'name' && /^(?:method_invocation|member_access_expression|member_call_expression|scoped_call_expression)$/.test(node.parent?.type ?? '')) || (node.parent?.type === 'navigation_expression' && node.parent.children[0] !== node);

const LEFT_OUT = new Set(['type_annotation', 'type_arguments', 'type_argument_list', 'predefined_type', 'decorator', 'optional_chain']);
const SELF = new Set(['this', 'self', 'super']);

/**
 * An expression as words: no white space, comments, types, quotes or receivers that are the object itself. Two spellings of
 * one expression come out the same; it is for comparing only.
 */
export function words(tree: SyntaxTree, node: SyntaxNode, resolve?: (name: string) => SyntaxNode | undefined): string {
  const out: string[] = [];
  collect(tree, node, out, resolve, 0);
  return out.join(' ');
}

function collect(tree: SyntaxTree, node: SyntaxNode, out: string[], resolve: ((name: string) => SyntaxNode | undefined) | undefined, depth: number): void {
  if (isComment(node) || LEFT_OUT.has(node.type) || out.length > 4000) return;
  if (isString(node) && !node.children.some((one) => /interpolation|substitution/.test(one.type))) {
    out.push(JSON.stringify(stringValue(textOf(tree, node))));
    return;
  }
  if (isNumber(node)) {
    out.push(numberText(textOf(tree, node)));
    return;
  }
  if (node.children.length === 0) {
    const text = textOf(tree, node);
    if (SELF.has(text) || text === '$this') return;
    const known = resolve !== undefined && depth < 3 && /identifier|^name$|constant/.test(node.type) && !isMember(node) && node.field !== 'property' && node.field !== 'attribute' && node.field !== 'field' ? resolve(text) : undefined;
    if (known !== undefined && known !== node) collect(tree, known, out, resolve, depth + 1);
    else if (node.type === 'instance_variable') out.push(text.slice(1));
    else if (text !== '') out.push(text.trim().toLowerCase() === 'none' || text === 'nil' ? 'null' : /^(?:True|False)$/.test(text) ? text.toLowerCase() : text.trim());
    return;
  }
  for (const one of node.children) collect(tree, one, out, resolve, depth);
}

/** A string's content: without prefix, quotes and indentation of its first and last line. */
export function stringValue(text: string): string {
  const match = /^(?:[a-zA-Z@$]{0,3}#{0,3})("""|'''|"|'|`|\/)/.exec(text);
  if (match === null) return text;
  const inner = text.slice(match[0].length);
  const mark = match[1] ?? '"';
  const end = inner.lastIndexOf(mark);
  return (end < 0 ? inner : mark === '/' ? inner : inner.slice(0, end)).replace(/\\(["'`/])/g, '$1').trim();
}

/** `5_000`, `5000L`, `5e3` and `5000.0` are one number. */
export function numberText(text: string): string {
  const plain = text.replace(/_/g, '').replace(/(?<=\d)(?:[lLnNmMdDfFuU]{1,3}|[iu](?:8|16|32|64|128|size)|f(?:32|64))$/, '');
  const value = Number(plain);
  return Number.isFinite(value) ? String(value) : plain;
}
