import type { Language } from '../language/language.js';
import { numberOf, type Resolve } from '../assertion/values.js';
import { isCall, isLambda, linksOf } from '../syntax/expression.js';
import { child, isString, textOf, walk, type SyntaxNode, type SyntaxTree } from '../syntax/syntax-node.js';
import type { Quantity } from './test-inventory.js';

const TIMEOUT = /time_?out|deadline|within_ms|waitfor|wait_?time|^(?:atmost|eventually)$/i;
/** Calls that look again until something holds: the first number among their arguments is how long. */
const WAITS = /^(?:Eventually|Eventuallyf|EventuallyWithT|EventuallyWithTf|Consistently|Within|eventually|atMost|WebDriverWait|wait_until|waitUntil)$/;

/** Waits that a piece of test code grants, in milliseconds where the unit is known. */
export function timeoutsIn(source: { readonly language: Language; readonly tree: SyntaxTree; readonly resolve: Resolve }, scope: SyntaxNode, into?: (node: SyntaxNode) => boolean): readonly Quantity[] {
  const { tree, resolve } = source;
  const found: Quantity[] = [];
  const add = (node: SyntaxNode, value: number | undefined): void => {
    if (value !== undefined && value > 0) found.push({ line: node.line, shown: textOf(tree, node).replace(/\s+/g, ' ').slice(0, 100), value });
  };
  for (const node of walk(scope, into)) {
    if (into?.(node) === false) continue;
    const named = keyed(tree, node);
    if (named !== undefined && TIMEOUT.test(named.key) && !/handler|callback|message|error/i.test(named.key)) add(node, numberOf(tree, named.value, resolve));
    if (!isCall(node) && !/annotation|^attribute$/.test(node.type)) continue;
    const links = linksOf(tree, node);
    const last = links.at(-1);
    const name = last?.name ?? '';
    if (/annotation|^attribute$/.test(node.type)) {
      const text = textOf(tree, node);
      if (/^@?(?:\w+\.)*(?:Timeout|CancelAfter|MaxTime)\b/.test(text)) add(node, firstNumber(source, node));
      continue;
    }
    const args = last?.args ?? [];
    if (WAITS.test(name) && !(name === 'atMost' && !/Duration|SECONDS|MINUTES|MILLIS|seconds|minutes/.test(args.map((one) => textOf(tree, one)).join(' ')))) add(node, args.map((one) => numberOf(tree, one, resolve)).find((one) => one !== undefined));
    else if (TIMEOUT.test(name) && !/clear|set(?:timeout)$/i.test(name.replace(/^jest\.|^vi\./, '')) || (/^setTimeout$/.test(name) && links.length > 1 && /^(?:jest|vi|test|this|page|context)$/.test(links[0]?.name ?? ''))) {
      add(node, args.map((one) => numberOf(tree, one, resolve)).find((one) => one !== undefined) ?? numberOf(tree, child(args[0] ?? node, 'value') ?? node, resolve));
    }
    if (source.language.id === 'javascript' && source.language.callTests?.test(links[0]?.name ?? '') === true && args.length === 3 && args[2] !== undefined) add(node, numberOf(tree, args[2], resolve));
  }
  return found;
}

/** A name with a value: property, keyword argument, annotation argument, or variable. */
function keyed(tree: SyntaxTree, node: SyntaxNode): { readonly key: string; readonly value: SyntaxNode } | undefined {
  if (!/^(?:pair|keyword_argument|element_value_pair|assignment_expression|variable_declarator|assignment|const_spec|value_argument|argument|attribute_argument|keyed_element|let_declaration|const_item|field_initializer|property_declaration|const_element|public_field_definition|property_element|array_element_initializer|short_var_declaration)$/.test(node.type)) return undefined;
  const key = child(node, 'key') ?? child(node, 'name') ?? child(node, 'left') ?? child(node, 'pattern') ?? child(node, 'field') ?? node.children[0];
  const value = child(node, 'value') ?? child(node, 'right') ?? node.children.at(-1);
  if (key === undefined || value === undefined || key === value || key.end - key.start > 80 || isLambda(value) || isString(value)) return undefined;
  return { key: textOf(tree, key), value };
}

function firstNumber(source: { readonly tree: SyntaxTree; readonly resolve: Resolve }, node: SyntaxNode): number | undefined {
  const seconds = !/MILLI/i.test(textOf(source.tree, node));
  for (const one of walk(node)) {
    const value = one === node ? undefined : numberOf(source.tree, one, source.resolve);
    if (value !== undefined) return seconds ? value * 1000 : value;
  }
  return undefined;
}

/** Repetitions: marks that name them, and calls or keys like `retries: 3`. */
export function retriesIn(source: { readonly language: Language; readonly tree: SyntaxTree; readonly resolve: Resolve }, scope: SyntaxNode, into?: (node: SyntaxNode) => boolean): readonly Quantity[] {
  const { tree, resolve, language } = source;
  const found: Quantity[] = [];
  for (const node of walk(scope, into)) {
    if (into?.(node) === false) continue;
    const named = keyed(tree, node);
    if (named !== undefined && /^['"]?(?:retry|retries|reruns|maxRetries|max_retries|retry_count|flaky)['"]?$/.test(named.key)) {
      const value = numberOf(tree, named.value, resolve) ?? (textOf(tree, named.value) === 'true' ? 1 : undefined);
      if (value !== undefined) found.push({ line: node.line, shown: textOf(tree, node).replace(/\s+/g, ' ').slice(0, 100), value });
    }
    if (isCall(node)) {
      const links = linksOf(tree, node);
      const name = links.map((one) => one.name).join('.');
      if (language.retryMarks.test(name)) found.push({ line: node.line, shown: textOf(tree, node).replace(/\s+/g, ' ').slice(0, 100), value: links.at(-1)?.args?.map((one) => numberOf(tree, one, resolve)).find((one) => one !== undefined) ?? 1 });
    }
  }
  return found;
}
