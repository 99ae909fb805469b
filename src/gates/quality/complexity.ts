import type { Grammar } from '../tamper/syntax/grammars.js';
import { child, textOf, type SyntaxNode, type SyntaxTree } from '../tamper/syntax/syntax-node.js';
import { endingOf } from './file-kinds.js';

export interface FunctionComplexity { readonly name: string; readonly line: number; readonly endLine: number; readonly complexity: number }

const GRAMMARS: Readonly<Record<string, Grammar>> = {
  js: 'javascript', jsx: 'javascript', mjs: 'javascript', cjs: 'javascript', ts: 'typescript', mts: 'typescript', cts: 'typescript', tsx: 'tsx',
  py: 'python', java: 'java', kt: 'kotlin', kts: 'kotlin', go: 'go', rb: 'ruby', rs: 'rust', cs: 'c-sharp', php: 'php',
};

export function grammarOf(path: string): Grammar | undefined {
  const ending = endingOf(path);
  return Object.hasOwn(GRAMMARS, ending) ? GRAMMARS[ending] : undefined;
}

const FUNCTION = /^(?:function_declaration|function_expression|generator_function(?:_declaration)?|arrow_function|method_definition|function_definition|method_declaration|constructor_declaration|compact_constructor_declaration|func_literal|method|singleton_method|function_item|local_function_statement|anonymous_method_expression|lambda_expression|lambda_literal|closure_expression|anonymous_function(?:_creation_expression)?|secondary_constructor|anonymous_function_expression)$/;
/** What breaks the straight line and makes what is in it harder to read. */
const BRANCH = /^(?:if_statement|if_expression|if|unless|if_modifier|unless_modifier|conditional_expression|ternary_expression|conditional|for_statement|for_in_statement|foreach_statement|for_each_statement|enhanced_for_statement|for_expression|for|while_statement|while_expression|while|until|while_modifier|until_modifier|do_statement|do_while_statement|loop_expression|switch_statement|switch_expression|expression_switch_statement|type_switch_statement|select_statement|match_statement|match_expression|when_expression|case|catch_clause|catch_block|except_clause|rescue)$/;
/** A further arm: it counts, and nesting does not make it worse. */
const ARM = /^(?:else_clause|elif_clause|else_if_clause|elsif|else)$/;
const LOGIC = new Set(['&&', '||', 'and', 'or']);

/**
 * The cognitive complexity of every function of a file, after G. Ann Campbell's definition: one for each break of the line,
 * one more for each level it is nested in, one for each run of the same logical operators. A function inside of another is
 * counted by itself. Recursion and jumps to labels are not counted.
 */
export function complexities(tree: SyntaxTree): readonly FunctionComplexity[] {
  const found: FunctionComplexity[] = [];
  const visit = (node: SyntaxNode, outer: string): void => {
    const own = FUNCTION.test(node.type) && node.children.length > 0;
    const name = own ? [outer, nameOf(tree, node)].filter((part) => part !== '').join('.') : outer;
    if (own) found.push({ name, line: node.line, endLine: node.line + linesIn(tree, node), complexity: measure(node, tree) });
    for (const one of node.children) visit(one, name);
  };
  visit(tree.root, '');
  return found;
}

function measure(from: SyntaxNode, tree: SyntaxTree): number {
  let total = 0;
  const visit = (node: SyntaxNode, nesting: number): void => {
    for (const one of node.children) {
      if (FUNCTION.test(one.type) && one.children.length > 0) continue;
      const alternative = isIf(node) && one === alternativeOf(node) && !ARM.test(one.type);
      // `else if` is one more arm and no deeper level, whether the grammar puts the `if` into an arm or in its place.
      const arm = isIf(one) && (alternative || node.type === 'else_clause');
      const branch = BRANCH.test(one.type) && one.children.length > 0;
      if (arm) total += alternative ? 1 : 0;
      else if (branch) total += 1 + nesting;
      else if (alternative || ARM.test(one.type)) total += 1;
      else if (isLogic(one, tree) && logicOf(node, tree) !== logicOf(one, tree)) total += 1;
      const inside = branch && !arm ? nesting + 1 : nesting;
      visit(one, inside);
    }
  };
  visit(from, 0);
  return total;
}

function isIf(node: SyntaxNode): boolean {
  return /^if(?:_statement|_expression)?$/.test(node.type) && node.children.length > 0;
}

/** What runs when the condition does not hold. Kotlin's grammar names no parts: there it is the third. */
function alternativeOf(node: SyntaxNode): SyntaxNode | undefined {
  const named = child(node, 'alternative');
  return named ?? (child(node, 'consequence') === undefined ? node.children[2] : undefined);
}

function isLogic(node: SyntaxNode, tree: SyntaxTree): boolean {
  return logicOf(node, tree) !== undefined;
}

/** The operator between the two sides of an expression, when it is a logical one. */
function logicOf(node: SyntaxNode, tree: SyntaxTree): string | undefined {
  if (!/^(?:binary_expression|boolean_operator|logical_expression|binary|conjunction_expression|disjunction_expression)$/.test(node.type)) return undefined;
  if (node.type === 'conjunction_expression') return '&&';
  if (node.type === 'disjunction_expression') return '||';
  const operator = child(node, 'operator');
  if (operator !== undefined) return LOGIC.has(textOf(tree, operator)) ? textOf(tree, operator) : undefined;
  const [left, right] = [child(node, 'left') ?? node.children[0], child(node, 'right') ?? node.children.at(-1)];
  if (left === undefined || right === undefined || right.start <= left.end) return undefined;
  const between = tree.text.slice(left.end, Math.min(right.start, left.end + 200)).replace(/[()\s]/g, '');
  return LOGIC.has(between) ? between : undefined;
}

function nameOf(tree: SyntaxTree, node: SyntaxNode): string {
  const own = child(node, 'name');
  if (own !== undefined) return textOf(tree, own).slice(0, 100);
  const { parent } = node;
  const given = parent === undefined ? undefined : child(parent, 'name') ?? child(parent, 'key') ?? child(parent, 'left');
  return given === undefined || given === node ? '(anonymous)' : textOf(tree, given).slice(0, 100);
}

function linesIn(tree: SyntaxTree, node: SyntaxNode): number {
  let lines = 0;
  for (let at = tree.text.indexOf('\n', node.start); at >= 0 && at < node.end; at = tree.text.indexOf('\n', at + 1)) lines += 1;
  return lines;
}

const BREAK = /\b(?:if|elif|elsif|else|unless|for|foreach|while|until|loop|switch|match|when|case|select|catch|except|rescue|and|or)\b|&&|\|\||\?/g;

/** False when a text has too few breaks for any function to be more complex than `max`: n nested ones make n(n+1)/2 at most. Then no parser is needed. */
export function couldExceed(text: string, max: number): boolean {
  const breaks = (text.match(BREAK) ?? []).length;
  return (breaks * (breaks + 1)) / 2 > max;
}
