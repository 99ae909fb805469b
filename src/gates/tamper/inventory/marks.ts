import type { Language } from '../language/language.js';
import { argumentsOf, dotted, isCall, isLambda, linksOf, type Link } from '../syntax/expression.js';
import { child, isComment, textOf, walk, type SyntaxNode, type SyntaxTree } from '../syntax/syntax-node.js';
import type { Mark } from './test-inventory.js';

const squeezed = (text: string): string => text.replace(/\s+/g, ' ').replace(/ ?([=:,()]) ?/g, '$1').trim();

/** Annotations, attributes, decorators and the doc block of a function or type. */
export function marksOf(tree: SyntaxTree, node: SyntaxNode): readonly Mark[] {
  return [...markNodes(node)].map((one) => ({ line: one.line, shown: squeezed(textOf(tree, one)).replace(/^[@#[]+|\]$/g, '').slice(0, 400) }));
}

function* markNodes(node: SyntaxNode): Generator<SyntaxNode> {
  const { parent } = node;
  if (parent?.type === 'decorated_definition') yield* parent.children.filter((one) => one.type === 'decorator');
  for (const one of node.children) {
    if (one.type === 'modifiers') yield* one.children.filter((inner) => /annotation/.test(inner.type));
    if (one.type === 'attribute_list') yield* one.children.flatMap((inner) => (inner.type === 'attribute_group' ? inner.children : [inner]));
  }
  if (parent === undefined) return;
  const at = parent.children.indexOf(node);
  for (let before = at - 1; before >= 0; before -= 1) {
    const one = parent.children[before];
    if (one === undefined || !(one.type === 'attribute_item' || (isComment(one)))) return;
    if (one.type === 'attribute_item') yield one.children[0] ?? one;
    else if (node.type === 'method_declaration' || node.type === 'class_declaration') yield one;
  }
}

/** What the call of a test says beside its name and body: the links of its chain, and the options among its arguments. */
export function callMarks(tree: SyntaxTree, links: readonly Link[]): readonly Mark[] {
  return links.flatMap((link) => [
    { line: link.node.line, shown: link.name },
    ...(link.args ?? []).filter((arg) => !isLambda(arg)).flatMap((arg) => optionNodes(arg)).map((one) => ({ line: one.line, shown: squeezed(textOf(tree, one)).slice(0, 200) })),
  ]);
}

function optionNodes(arg: SyntaxNode): readonly SyntaxNode[] {
  if (/^(?:object|hash|dictionary|array_creation_expression)$/.test(arg.type)) return arg.children.filter((one) => /pair|shorthand/.test(one.type));
  return /^(?:pair|simple_symbol|keyword_argument|value_argument)$/.test(arg.type) ? [arg] : [];
}

/** The first call below `scope` that ends a test as skipped. */
export function skipCall(language: Language, tree: SyntaxTree, scope: SyntaxNode, into: (node: SyntaxNode) => boolean = () => true): Mark | undefined {
  for (const node of walk(scope, into)) {
    if (!isCall(node) && !(language.id === 'ruby' && node.type === 'identifier') && !(node.type === 'raise_statement' || node.type === 'throw_statement')) continue;
    const links = node.type === 'identifier' || isCall(node) ? linksOf(tree, node) : linksOf(tree, node.children[0] ?? node);
    const name = dotted(links);
    if (!language.skipCalls.test(name)) continue;
    if (language.id === 'ruby' && node.type === 'identifier' && node.parent !== undefined && !/body|block|program|then/.test(node.parent.type)) continue;
    if (language.id === 'javascript' && /^(?:test|it)\.skip$|^pending$/.test(name) && argumentsOf(node).some((one) => isLambda(one))) continue;
    return { line: node.line, shown: textOf(tree, node).replace(/\s+/g, ' ').slice(0, 160) };
  }
  return undefined;
}

export const nameOf = (tree: SyntaxTree, node: SyntaxNode): string => {
  const name = child(node, 'name') ?? node.children.find((one) => /identifier$|^name$/.test(one.type));
  return name === undefined ? '' : textOf(tree, name).replace(/^`|`$/g, '');
};
