/** One node of a parsed file: named nodes, and tokens that matter (operators). Plain data, so that no rule touches the parser. */
export interface SyntaxNode {
  readonly type: string;
  /** The role under the parent, when the grammar names one. */
  readonly field: string | undefined;
  readonly start: number;
  readonly end: number;
  /** Line of the first character, from 1. */
  readonly line: number;
  readonly parent: SyntaxNode | undefined;
  readonly children: readonly SyntaxNode[];
}

/** A parsed file. `broken` counts the characters that the grammar could make nothing of. */
export interface SyntaxTree {
  readonly root: SyntaxNode;
  readonly text: string;
  readonly broken: number;
}

export function textOf(tree: SyntaxTree, node: SyntaxNode): string {
  return tree.text.slice(node.start, node.end);
}

export function child(node: SyntaxNode | undefined, field: string): SyntaxNode | undefined {
  return node?.children.find((one) => one.field === field);
}

/** Every node below and with `node`, in the order of the text. `into` says whether to look below a node. */
export function* walk(node: SyntaxNode, into: (node: SyntaxNode) => boolean = () => true): Generator<SyntaxNode> {
  const open: SyntaxNode[] = [node];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    yield next;
    if (next !== node && !into(next)) continue;
    for (let at = next.children.length - 1; at >= 0; at -= 1) {
      const one = next.children[at];
      if (one !== undefined) open.push(one);
    }
  }
}

export function* ancestors(node: SyntaxNode): Generator<SyntaxNode> {
  for (let next = node.parent; next !== undefined; next = next.parent) yield next;
}

export const isComment = (node: SyntaxNode): boolean => node.type.endsWith('comment');
const STRINGS = new Set(['string', 'string_literal', 'template_string', 'interpreted_string_literal', 'raw_string_literal', 'encapsed_string', 'verbatim_string_literal', 'character_literal', 'rune_literal', 'char_literal', 'multiline_string_literal', 'regex', 'heredoc', 'nowdoc', 'simple_symbol', 'interpolated_string_expression', 'concatenated_string', 'text_block']);
export const isStringType = (type: string): boolean => STRINGS.has(type);
export const isString = (node: SyntaxNode): boolean => STRINGS.has(node.type);
const NUMBERS = /^(?:number|integer|float|.{0,10}(?:int|integer|float|real|floating_point|number)(?:_literal)?)$/;
export const isNumber = (node: SyntaxNode): boolean => NUMBERS.test(node.type);
const CONSTANTS = new Set(['true', 'false', 'null', 'none', 'nil', 'undefined', 'null_literal', 'boolean_literal', 'boolean', 'this', 'self', 'super']);
export const isLiteral = (node: SyntaxNode): boolean => isString(node) || isNumber(node) || (CONSTANTS.has(node.type) && node.type !== 'this' && node.type !== 'self');
