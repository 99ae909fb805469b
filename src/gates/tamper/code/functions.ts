import { nameOf } from '../inventory/marks.js';
import type { Language } from '../language/language.js';
import { isLambda, words } from '../syntax/expression.js';
import { child, walk, textOf, type SyntaxNode, type SyntaxTree } from '../syntax/syntax-node.js';
import { namesIn } from '../assertion/values.js';

export interface NamedFunction { readonly name: string; readonly node: SyntaxNode; readonly body: SyntaxNode; readonly parameters: ReadonlySet<string>; readonly words: string }

/** The functions of a file with a name, lambdas that are given one included. */
export function functionsIn(tree: SyntaxTree, language: Language): readonly NamedFunction[] {
  const found: NamedFunction[] = [];
  for (const node of walk(tree.root)) {
    if (language.functions.has(node.type)) add(found, tree, nameOf(tree, node), node);
    else if (node.type === 'variable_declarator' || node.type === 'assignment' || node.type === 'pair' || node.type === 'public_field_definition') {
      const value = child(node, 'value') ?? child(node, 'right');
      const name = child(node, 'name') ?? child(node, 'left') ?? child(node, 'key') ?? child(node, 'property');
      if (value !== undefined && name !== undefined && isLambda(value)) add(found, tree, textOf(tree, name), value);
    }
  }
  return found;
}

function add(found: NamedFunction[], tree: SyntaxTree, name: string, node: SyntaxNode): void {
  const body = child(node, 'body') ?? node.children.find((one) => /function_body|block$/.test(one.type));
  if (body === undefined || name === '') return;
  const parameters = new Set<string>();
  const list = child(node, 'parameters') ?? child(node, 'parameter') ?? node.children.find((one) => /parameter/.test(one.type));
  if (list !== undefined) for (const one of walk(list)) if (/identifier|variable_name|^name$/.test(one.type) && one.field !== 'type') parameters.add(textOf(tree, one).replace(/^\$/, ''));
  found.push({ name, node, body, parameters, words: words(tree, node) });
}

/** What a file defines: functions, types and top-level values, each with its text as comparing words. */
export function definitionsIn(tree: SyntaxTree, language: Language): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const node of walk(tree.root, (one) => !language.functions.has(one.type))) {
    const type = language.owners.has(node.type) || /^(?:interface_declaration|type_alias_declaration|enum_declaration|struct_item|enum_item|trait_item|type_spec|type_declaration|class_specifier|const_declaration|companion_object)$/.test(node.type);
    if (type || language.functions.has(node.type)) {
      const name = nameOf(tree, node);
      if (name !== '') found.set(name, (found.get(name) ?? '') + words(tree, node));
    }
  }
  for (const [name, value] of namesIn(tree, tree.root, (one) => !language.functions.has(one.type))) if (!found.has(name)) found.set(name, words(tree, value));
  for (const one of functionsIn(tree, language)) if (!found.has(one.name)) found.set(one.name, one.words);
  return found;
}
