import { isData } from '../assertion/values.js';
import { words } from '../syntax/expression.js';
import { isComment, isLiteral, isString, textOf, walk, type SyntaxNode, type SyntaxTree } from '../syntax/syntax-node.js';

const COLLECTIONS = /^(?:hash|dictionary|object|map_literal|array|list|tuple|literal_value|array_creation_expression|array_initializer|initializer_expression|array_expression|element_value_array_initializer|collection_expression|collection_literal|set|arguments|argument_list|value_arguments|token_tree)$/;
const COMPOSITES = /^(?:array|list|tuple|object|dictionary|hash|literal_value|array_creation_expression|array_initializer|initializer_expression|tuple_expression|array_expression|object_creation_expression|struct_expression|call|call_expression|method_invocation|invocation_expression|keyed_element|pair|array_element_initializer|implicit_object_creation_expression|infix_expression)$/;
const ROW_MARKS = /^(?:InlineData|TestCase|DataRow|TestWith|Row|test_case|case|Arguments|values|Values|ClassData)$/;
const ROW_CALL = /^(?:(?:Arguments\.)?(?:of|arguments|argumentSet)|Arguments\.\w+|row|pytest\.param|new TestCaseData|new object\[\]|arrayOf)\s?[({]/;
const TABLE_MARKS = /(?:parametrize|CsvSource|ValueSource|each|TestWith|with|EnumSource|Values|with_them|where)\b/;

/** A row that says of itself that it does not count. */
const LEFT_OUT = /\bmarks\s*=\s*\[?\s*(?:pytest\.)?mark\.(?:skip|xfail)|\b(?:Skip|Ignore|IgnoreReason|Explicit)\s*=(?!=)/;

/** The rows of literal tables that a test runs over, as comparing words. A table has at least two rows, or a mark that says it is one. */
export function rowsIn(tree: SyntaxTree, scope: SyntaxNode): readonly string[] {
  const rows: string[] = [];
  for (const node of walk(scope)) {
    if (/^(?:attribute|attribute_item|annotation)$/.test(node.type) && ROW_MARKS.test((/^[@#[]*(\w+)/.exec(textOf(tree, node).slice(0, 60))?.[1] ?? '')) && !LEFT_OUT.test(textOf(tree, node).slice(0, 400))) rows.push(words(tree, node));
    if (node.type === 'template_string' && node.parent !== undefined && /\beach\s*`/.test(textOf(tree, node.parent).slice(0, 200))) {
      const byLine = new Map<number, string>();
      for (const one of node.children) if (/substitution/.test(one.type)) byLine.set(one.line, `${byLine.get(one.line) ?? ''} ${words(tree, one)}`.trim());
      rows.push(...byLine.values());
      continue;
    }
    if (/^yield/.test(node.type)) {
      const given = node.children.at(-1);
      const row = given?.type === 'array_element_initializer' ? given.children.at(-1) : given;
      if (row !== undefined && (COMPOSITES.test(row.type) || row.type === 'expression_list') && literalCount(row) >= 1) rows.push(words(tree, row));
      continue;
    }
    if (!COLLECTIONS.test(node.type) || (node.parent !== undefined && /^(?:array|list|tuple|set|array_initializer|literal_value|literal_element|hash|pair|dictionary)$/.test(node.parent.type))) continue;
    const items = node.children.filter((one) => !isComment(one)).map((one) => (/^(?:literal_element|array_element_initializer|argument|value_argument)$/.test(one.type) ? one.children.at(-1) ?? one : one));
    if (items.length === 0) continue;
    // Go runs over a map of inputs and answers as over a table.
    const map = node.type === 'literal_value' && node.parent?.children.some((one) => one.type === 'map_type') === true && items.every((one) => one.type === 'keyed_element' && literalCount(one) >= 1);
    if (map && node.parent?.parent?.type === 'range_clause') {
      rows.push(...items.map((one) => words(tree, one)));
      continue;
    }
    const table = items.filter((one) => COMPOSITES.test(one.type) && literalCount(one) >= 2);
    const inCall = /^(?:arguments|argument_list|value_arguments|token_tree)$/.test(node.type);
    // `Stream.of(Arguments.of("1", 1), …)`: calls that do nothing but hold a row.
    // Kotest's `withData(1 to "I", …) { … }`, Test::Unit's `data('one' => [1, 'I'], …)`: every argument that is a pair or a call is a row.
    if (inCall && /^(?:value_arguments|argument_list)$/.test(node.type) && /^(?:withData|withTests|withContexts|data)$/.test(textOf(tree, node.parent?.children[0] ?? node).slice(0, 20))) rows.push(...items.filter((one) => COMPOSITES.test(one.type) && literalCount(one) >= 1).map((one) => words(tree, one)));
    else if (inCall && items.every((one) => ROW_CALL.test(textOf(tree, one).slice(0, 40)))) rows.push(...items.filter((one) => !LEFT_OUT.test(textOf(tree, one).slice(0, 400))).map((one) => words(tree, one)));
    else if (table.length === items.length && !inCall && table.every((one) => isRow(one))) rows.push(...table.filter((one) => !LEFT_OUT.test(textOf(tree, one).slice(0, 400))).map((one) => words(tree, one)));
    else if (!inCall && items.every((one) => isLiteral(one) || isData(one)) && isTable(tree, node)) rows.push(...items.map((one) => words(tree, one)));
  }
  return rows;
}

const isRow = (node: SyntaxNode): boolean => !/call|invocation/.test(node.type) || literalCount(node) >= 2;

function literalCount(node: SyntaxNode): number {
  let count = 0;
  for (const one of walk(node, (below) => !isString(below))) if (isLiteral(one)) count += 1;
  return count;
}

function isTable(tree: SyntaxTree, node: SyntaxNode): boolean {
  for (let above = node.parent, depth = 0; above !== undefined && depth < 5; above = above.parent, depth += 1) {
    if (/annotation$|decorator|^attribute$|call/.test(above.type) && TABLE_MARKS.test(textOf(tree, above).slice(0, 80))) return true;
  }
  return false;
}
