import { bare, linksOf, numberText, stringValue } from '../syntax/expression.js';
import { child, isComment, isLiteral, isNumber, isString, textOf, walk, type SyntaxNode, type SyntaxTree } from '../syntax/syntax-node.js';

/** What a name stands for here: its literal initialiser, in the test or in the file. */
export type Resolve = (name: string) => SyntaxNode | undefined;

const DECLARATORS: Readonly<Record<string, readonly [readonly string[], readonly string[]]>> = {
  variable_declarator: [['name'], ['value', 'initializer']], assignment: [['left'], ['right']], short_var_declaration: [['left'], ['right']], var_spec: [['name'], ['value']], const_spec: [['name'], ['value']],
  let_declaration: [['pattern'], ['value']], const_item: [['name'], ['value']], static_item: [['name'], ['value']], assignment_expression: [['left'], ['right']],
  const_element: [['name'], ['value']], property_element: [['name'], ['default_value', 'value']], public_field_definition: [['name', 'property'], ['value']], field_definition: [['property', 'name'], ['value']],
};

/** Names that are given a value exactly once below `scope`, with that value. A name given twice is not known. */
export function namesIn(tree: SyntaxTree, scope: SyntaxNode, into?: (node: SyntaxNode) => boolean): ReadonlyMap<string, SyntaxNode> {
  const found = new Map<string, SyntaxNode | undefined>();
  for (const node of walk(scope, into)) {
    for (const pair of declaredTogether(node) ?? [declared(node)]) {
      if (pair === undefined || pair.name.end - pair.name.start > 80) continue;
      const name = textOf(tree, pair.name).replace(/^\$/, '').trim();
      if (/^[\w@]+$/.test(name)) found.set(name.replace(/^@/, ''), found.has(name.replace(/^@/, '')) ? undefined : pair.value);
    }
  }
  return new Map([...found].flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])));
}

/** `got, want := f(), 5`: as many names as values. */
function declaredTogether(node: SyntaxNode): readonly { readonly name: SyntaxNode; readonly value: SyntaxNode }[] | undefined {
  const [left, right] = [child(node, 'left'), child(node, 'right')];
  if (left === undefined || right === undefined || !/list/.test(left.type) || !/list/.test(right.type) || left.children.length < 2 || left.children.length !== right.children.length) return undefined;
  return left.children.flatMap((name, at) => {
    const value = right.children[at];
    return value === undefined ? [] : [{ name: bare(name), value: bare(value) }];
  });
}

export function declared(node: SyntaxNode): { readonly name: SyntaxNode; readonly value: SyntaxNode } | undefined {
  if (node.type === 'property_declaration' || (node.type === 'variable_declarator' && child(node, 'value') === undefined)) {
    const name = child(node, 'name') ?? node.children.find((one) => one.type === 'variable_declaration')?.children[0];
    const value = node.children.at(-1);
    return name === undefined || value === undefined || value === name || value.type === 'variable_declaration' ? undefined : { name: bare(name), value: bare(value) };
  }
  const fields = DECLARATORS[node.type];
  if (fields === undefined) return undefined;
  const [name, value] = [fields[0], fields[1]].map((names) => names.map((one) => child(node, one)).find((one) => one !== undefined));
  return name === undefined || value === undefined ? undefined : { name: bare(name), value: bare(value) };
}

const DATA_HOLDERS = /^(?:array|list|tuple|object|pair|hash|dictionary|set|array_creation_expression|array_element_initializer|array_initializer|initializer_expression|composite_literal|literal_value|literal_element|keyed_element|array_expression|tuple_expression|unary_expression|unary_operator|unary|prefix_unary_expression|unary_op_expression|binary_expression|binary_operator|binary|parenthesized_expression|template_string|string_array|struct_type|slice_type|array_type|type_identifier|map_type|element_value_array_initializer|field_initializer|collection_expression|collection_literal|object_creation_expression|expression_list|reference_expression|property_identifier|hash_key_symbol)$/;

/** Literals and collections of them, arithmetic included: what is the same wherever it stands. */
export function isData(node: SyntaxNode, depth = 0): boolean {
  if (depth > 12) return false;
  const at = bare(node);
  if (isString(at) || isLiteral(at) || isComment(at)) return true;
  if (at.children.length === 0) return /^(?:[-+*/!%]|<<|property_identifier|hash_key_symbol|field_identifier|type_identifier|identifier_key)$/.test(at.type) || at.field === 'operator' || at.field === 'key' || at.field === 'type' || /array|list|object|hash|dictionary|tuple/.test(at.type);
  return DATA_HOLDERS.test(at.type) && at.children.every((one) => isData(one, depth + 1) || one.field === 'type' || one.field === 'key');
}

/** The literals below a node, as comparing words. True, false and nothing are left out: they say too little. */
export function literalsIn(tree: SyntaxTree, node: SyntaxNode, resolve?: Resolve): readonly string[] {
  const out: string[] = [];
  for (const one of walk(node, (below) => !isString(below))) {
    if (isString(one)) out.push(JSON.stringify(stringValue(textOf(tree, one))));
    else if (isNumber(one)) out.push(numberText(textOf(tree, one)));
    else if (resolve !== undefined && one.children.length === 0 && /identifier|^name$|constant/.test(one.type)) {
      const known = resolve(textOf(tree, one));
      if (known !== undefined) out.push(...literalsIn(tree, known));
    }
  }
  return out;
}

const UNITS: Readonly<Record<string, number>> = { nanosecond: 1e-6, nanoseconds: 1e-6, ofnanos: 1e-6, microsecond: 1e-3, microseconds: 1e-3, millisecond: 1, milliseconds: 1, ofmillis: 1, frommilliseconds: 1, from_millis: 1, millis: 1, second: 1000, seconds: 1000, ofseconds: 1000, fromseconds: 1000, from_secs: 1000, minute: 60_000, minutes: 60_000, ofminutes: 60_000, fromminutes: 60_000, hours: 3_600_000, hour: 3_600_000 };

/** The number that constant arithmetic gives, units of time in milliseconds; undefined when it is not constant. */
export function numberOf(tree: SyntaxTree, node: SyntaxNode, resolve: Resolve, depth = 0): number | undefined {
  const at = bare(node);
  if (depth > 8) return undefined;
  if (isNumber(at)) return finite(Number(numberText(textOf(tree, at))));
  if (/^(?:identifier|name|constant|variable_name|simple_identifier)$/.test(at.type)) {
    const known = resolve(textOf(tree, at).replace(/^\$/, ''));
    return known === undefined ? undefined : numberOf(tree, known, resolve, depth + 1);
  }
  const operator = child(at, 'operator');
  const [left, right] = [child(at, 'left'), child(at, 'right')];
  if (operator !== undefined && left !== undefined && right !== undefined) {
    const [one, two] = [numberOf(tree, left, resolve, depth + 1), numberOf(tree, right, resolve, depth + 1)];
    const sign = textOf(tree, operator);
    if (one === undefined || two === undefined) return undefined;
    return finite(sign === '*' ? one * two : sign === '+' ? one + two : sign === '-' ? one - two : sign === '/' ? one / two : NaN);
  }
  if (/unary|prefix/.test(at.type)) {
    const inner = numberOf(tree, at.children.at(-1) ?? at, resolve, depth + 1);
    return inner === undefined ? undefined : textOf(tree, at).startsWith('-') ? -inner : inner;
  }
  const links = linksOf(tree, at);
  const last = links.at(-1);
  const unit = UNITS[(last?.name ?? '').toLowerCase()];
  if (last === undefined || unit === undefined || at.children.length === 0) return undefined;
  if (last.args === undefined || last.args.length === 0) {
    const first = at.type === 'navigation_expression' || isOwner(at) ? at.children[0] : undefined;
    const value = first === undefined || links.length < 2 ? undefined : numberOf(tree, first, resolve, depth + 1);
    return value === undefined ? (links.length === 2 && links[0]?.name === 'time' ? unit : undefined) : value * unit;
  }
  const value = last.args[0] === undefined ? undefined : numberOf(tree, last.args[0], resolve, depth + 1);
  return value === undefined ? undefined : value * unit;
}

const isOwner = (node: SyntaxNode): boolean => node.type === 'call' || node.type === 'member_expression';
const finite = (value: number): number | undefined => (Number.isFinite(value) ? value : undefined);

