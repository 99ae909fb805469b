import type { LineRun } from '../changed-lines.js';
import { isComment, type SyntaxNode, type SyntaxTree } from '../syntax/syntax-node.js';
import type { TestCase, TestInventory } from './test-inventory.js';

interface Span { readonly start: number; readonly end: number }

/**
 * The tests of a file before lines were put into it, told from the file after it: when all that was put in are whole tests (with the
 * comments and marks above them) and imports, everything else reads as before. Undefined when more than that was put in. `read` parses
 * the earlier text, for the few questions that need it.
 */
export function inventoryBefore(later: TestInventory, runs: readonly LineRun[], read: () => TestInventory | undefined): TestInventory | undefined {
  const { text } = later.tree;
  const starts = lineStarts(text);
  const imports = later.tree.root.children.filter((node) => IMPORTS.test(node.type));
  const fresh = new Set<TestCase>();
  for (const run of runs) {
    const tests = coveredBy(later, { run, starts, imports });
    if (tests === undefined) return undefined;
    for (const test of tests) fresh.add(test);
  }
  let real: { readonly inventory: TestInventory | undefined } | undefined;
  const parsed = (): TestInventory => (real ??= { inventory: read() }).inventory ?? later;
  return {
    path: later.path, language: later.language, tests: later.tests.filter((test) => !fresh.has(test)), helpers: later.helpers,
    get tree() { return parsed().tree; }, get frame() { return later.frame; }, get rows() { return parsed().rows; }, get timeouts() { return later.timeouts; }, get retries() { return later.retries; },
  };
}

const IMPORTS = /^(?:import_statement|import_from_statement|future_import_statement|import_declaration|import_list|import_header|import|use_declaration|using_directive|namespace_use_declaration)$/;
/** What may stand beside whole tests in a row of new lines. */
const BETWEEN = /^[\s;,]*$/;

interface Looked { readonly run: LineRun; readonly starts: readonly number[]; readonly imports: readonly SyntaxNode[] }

/** The tests that a row of new lines is made of. Where the row begins is not certain when lines repeat, so it may slide. */
function coveredBy(later: TestInventory, { run, starts, imports }: Looked): readonly TestCase[] | undefined {
  const { tree, tests } = later;
  const lineAt = (line: number): string => tree.text.slice(starts[line], starts[line + 1] ?? tree.text.length);
  const tried = (from: number, to: number): readonly TestCase[] | undefined => {
    const [start, end] = [starts[from] ?? tree.text.length, starts[to] ?? tree.text.length];
    const own = tests.map((test) => ({ test, span: spanOf(tree, test.node) })).filter(({ span }) => span.start >= start && span.end <= end);
    const spans = [...own.map(({ span }) => span), ...imports.filter((node) => node.start < end && node.end > start)].sort((one, two) => one.start - two.start);
    let at = start;
    for (const span of spans) {
      if (!BETWEEN.test(tree.text.slice(at, Math.max(at, span.start)))) return undefined;
      at = Math.max(at, span.end);
    }
    return spans.length > 0 && BETWEEN.test(tree.text.slice(Math.min(at, end), end)) ? own.map(({ test }) => test) : undefined;
  };
  for (let [from, to] = [run.from, run.to]; ; from -= 1, to -= 1) {
    const found = tried(from, to);
    if (found !== undefined) return found;
    if (from === 0 || run.from - from > SLIDES_MAX || lineAt(from - 1) !== lineAt(to - 1)) break;
  }
  for (let [from, to] = [run.from + 1, run.to + 1]; to <= starts.length && to - run.to <= SLIDES_MAX && lineAt(from - 1) === lineAt(to - 1); from += 1, to += 1) {
    const found = tried(from, to);
    if (found !== undefined) return found;
  }
  return undefined;
}

const SLIDES_MAX = 20;

/** A test with the statement that it is, and the marks and comments right above it. A comment that is a command to the compiler is none. */
function spanOf(tree: SyntaxTree, test: SyntaxNode): Span {
  let node = test;
  while (node.parent !== undefined && node.parent.parent !== undefined && node.parent.start === node.start && node.parent.end - node.end <= 2) node = node.parent;
  const siblings = node.parent?.children ?? [];
  let start = node.start;
  for (let at = siblings.indexOf(node) - 1; at >= 0; at -= 1) {
    const one = siblings[at];
    if (one === undefined || !(one.type === 'attribute_item' || (isComment(one) && !/^\/\/\s?(?:go:|\+build)/.test(tree.text.slice(one.start, one.start + 12))))) break;
    start = one.start;
  }
  return { start, end: node.end };
}

function lineStarts(text: string): readonly number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}
