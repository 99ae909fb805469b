import { isData, namesIn } from '../assertion/values.js';
import type { Language } from '../language/language.js';
import { constantOf } from '../assertion/conditions.js';
import { bare, isCall, isLambda, linksOf, stringValue, words, type Link } from '../syntax/expression.js';
import { child, isComment, isString, textOf, type SyntaxNode, type SyntaxTree } from '../syntax/syntax-node.js';
import { callMarks, marksOf, nameOf, skipCall } from './marks.js';
import { retriesIn, timeoutsIn } from './quantities.js';
import { ReadTest, type TestFile } from './read-test.js';
import { rowsIn } from './rows.js';
import type { Mark, TestCase, TestInventory } from './test-inventory.js';

/** What stands around a test. */
interface Suite { readonly names: readonly string[]; readonly owner: string; readonly ownerMarks: readonly string[]; readonly skip: Mark | undefined; readonly focus: Mark | undefined }

/** All tests and asserting helpers of one file. */
export function readInventory(path: string, language: Language, tree: SyntaxTree): TestInventory {
  const reader = new InventoryReader(path, language, tree);
  reader.read(tree.root, { names: [], owner: '', ownerMarks: [], skip: reader.fileSkip(), focus: undefined });
  return reader.result();
}

/** A word that every call has which ends a test as skipped. */
const SKIP_WORD = /skip|todo|fixme|pend|xfail|exit|assum|abort|omit|Ignore|Inconclusive|Pass|Incomplete/i;
const CHAIN = /^(?:only|skip|each|concurrent|failing|fails|todo|fixme|skipIf|runIf|serial|sequential|slow|for|parallel|shuffle|config|with|group|throws|repeat|depends|covers|after|done|skipOnWindows|skipOnCI|retry|)$/;

class InventoryReader {
  private readonly tests: TestCase[] = [];
  private readonly helpers: TestCase[] = [];
  private readonly file: TestFile;
  /** `const run = process.env.CI ? describe.skip : describe`: another name, under which suites and tests may not run. */
  private readonly aliases: ReadonlyMap<string, { readonly name: string; readonly marks: readonly Mark[] }>;
  /** Whether any test may end as skipped by a call: told from the text. */
  private readonly mayEnd: boolean;
  private readonly taken = new Set<SyntaxNode>();
  private readonly path: string;
  private readonly language: Language;
  private readonly tree: SyntaxTree;

  constructor(path: string, language: Language, tree: SyntaxTree) {
    this.path = path;
    this.language = language;
    this.tree = tree;
    const all = namesIn(tree, tree.root, (node) => !isLambda(node) && !language.functions.has(node.type));
    this.file = { path, language, tree, values: new Map([...all].filter(([, value]) => isData(value))) };
    this.aliases = aliasesIn(tree, language, all);
    this.mayEnd = SKIP_WORD.test(tree.text);
  }

  result(): TestInventory {
    const outside = (node: SyntaxNode): boolean => !this.taken.has(node);
    const { tree } = this;
    const source = { language: this.language, tree, resolve: (name: string) => this.file.values.get(name) };
    const lazily = { frame: once(() => this.frame()), rows: once(() => rowsIn(tree, tree.root)), timeouts: once(() => timeoutsIn(source, tree.root, outside)), retries: once(() => retriesIn(source, tree.root, outside)) };
    return {
      path: this.path, language: this.language, tree: this.tree, tests: this.tests, helpers: this.helpers, get frame() { return lazily.frame(); }, get rows() { return lazily.rows(); },
      get timeouts() { return lazily.timeouts(); }, get retries() { return lazily.retries(); },
    };
  }

  /** A mark for the whole file: a build tag, a module's `pytestmark`, or a skip outside of every test. */
  fileSkip(): Mark | undefined {
    const { tree, language } = this;
    for (const node of tree.root.children) {
      if (isComment(node) && /^\/\/\s?(?:go:build|\+build)\s/.test(textOf(tree, node)) && language.id === 'go') return { line: node.line, shown: textOf(tree, node) };
      if (node.type === 'inner_attribute_item' && /^#!\[cfg\(/.test(textOf(tree, node)) && !/cfg\(test\)/.test(textOf(tree, node))) return { line: node.line, shown: textOf(tree, node) };
      const text = node.type === 'expression_statement' && language.id === 'python' ? textOf(tree, node) : '';
      if (/^(?:\w+\s*=\s*)?pytest\.(?:importorskip|skip|exit)\(/.test(text)) return { line: node.line, shown: text.slice(0, 160) };
      if (/^(?:pytestmark\s*=.{0,80}mark\.(?:skip|xfail)|__test__\s*=\s*False)/s.test(text)) return { line: node.line, shown: text.slice(0, 160) };
    }
    return undefined;
  }

  read(node: SyntaxNode, suite: Suite): void {
    for (const one of node.children) this.visit(one, suite);
  }

  private visit(node: SyntaxNode, suite: Suite): void {
    if (isComment(node)) return;
    if (this.language.functions.has(node.type)) return this.functionNode(node, suite);
    if (this.language.owners.has(node.type)) return this.read(node, this.within(suite, nameOf(this.tree, node), marksOf(this.tree, node)));
    if (isCall(node) && this.callNode(node, suite)) return;
    if (/^(?:if_statement|preproc_if|if|unless)$/.test(node.type)) return this.read(node, this.behind(node, suite));
    if (node.type === 'variable_declarator' || node.type === 'pair' || node.type === 'assignment') return this.namedLambda(node, suite);
    this.read(node, suite);
  }

  /** `const check = (x) => { expect(x)… }` is a helper like any function. */
  private namedLambda(node: SyntaxNode, suite: Suite): void {
    const value = child(node, 'value') ?? child(node, 'right');
    const name = child(node, 'name') ?? child(node, 'key') ?? child(node, 'left');
    if (value !== undefined && name !== undefined && isLambda(value)) this.helper(textOf(this.tree, name), value, suite);
    else this.read(node, suite);
  }

  private within(suite: Suite, name: string, marks: readonly Mark[], owner = true): Suite {
    return {
      names: [...suite.names, name], owner: owner ? name : suite.owner, ownerMarks: owner ? marks.map((one) => one.shown) : suite.ownerMarks,
      skip: suite.skip ?? marks.find((one) => this.language.skipMarks.test(one.shown)), focus: suite.focus ?? marks.find((one) => this.language.focusMarks.test(one.shown)),
    };
  }

  /** Tests that are only declared when a condition holds may never be. */
  private behind(node: SyntaxNode, suite: Suite): Suite {
    const condition = child(node, 'condition') ?? node.children[0];
    if (condition === undefined || constantOf(this.tree, condition) === true || /__name__/.test(textOf(this.tree, condition))) return suite;
    return { ...suite, skip: suite.skip ?? { line: node.line, shown: `if ${textOf(this.tree, condition).replace(/\s+/g, ' ').slice(0, 120)}` } };
  }

  private functionNode(node: SyntaxNode, suite: Suite): void {
    const name = nameOf(this.tree, node);
    const marks = marksOf(this.tree, node);
    const facts = { name, marks: marks.map((one) => one.shown), owner: suite.owner, ownerMarks: suite.ownerMarks, path: this.path };
    if (this.language.isTest?.(facts) !== true) return this.helper(name, node, suite, marks);
    const inner = this.within(suite, name, marks, false);
    const whole = node.parent?.type === 'decorated_definition' ? node.parent : node;
    this.tests.push(this.testCase({ name, node: whole, body: child(node, 'body') ?? node, suite: inner, marks }));
  }

  private helper(name: string, node: SyntaxNode, suite: Suite, marks: readonly Mark[] = []): void {
    const hook = /^(?:set_?up(?:Class)?|before(?:Each|All)?|setUpClass|init|autouse\w*)$/i.test(name) || marks.some((one) => /^(?:Before|BeforeEach|BeforeAll|SetUp|OneTimeSetUp|TestInitialize|pytest\.fixture|fixture)\b/.test(one.shown));
    const helper = this.testCase({ name, node, body: child(node, 'body') ?? node, suite: { ...suite, names: [...suite.names, name] }, marks: [] });
    if (helper.assertions.length > 0 || hook) this.helpers.push(helper);
    const nested = child(node, 'body');
    if (nested !== undefined && (this.language.id === 'javascript' || this.language.id === 'kotlin')) this.read(nested, suite);
  }

  /** True when the call was a test or a suite. */
  private callNode(node: SyntaxNode, suite: Suite): boolean {
    const links = linksOf(this.tree, node);
    const first = links[0]?.name ?? '';
    const start = links.length > 1 && /^(?:RSpec|test|QUnit|Deno|mocha|Mocha|bdd|vitest)$/.test(first) && links[1] !== undefined && (this.language.callSuites?.test(links[1].name) === true || /^(?:test|it)$/.test(links[1].name)) ? 1 : 0;
    const plain = links[start];
    if (plain === undefined) return false;
    const alias = this.aliases.get(plain.name);
    const root = alias === undefined ? plain : { ...plain, name: alias.name };
    const lambda = links.flatMap((one) => one.args ?? []).findLast((one) => isLambda(bare(one)));
    const title = links.flatMap((one) => one.args ?? []).find((one) => isString(one) || one.type === 'template_string' || /^(?:binary|concatenated)/.test(one.type));
    if (this.language.id === 'kotlin' && node.children[0] !== undefined && isString(node.children[0]) && lambda !== undefined) return this.callTest(node, { links, title: node.children[0], lambda, suite });
    if (this.language.callSuites?.test(root.name) === true && lambda !== undefined) {
      const name = title === undefined ? (root.args ?? []).filter((one) => !isLambda(one)).slice(0, 1).map((one) => textOf(this.tree, one)).join(' ') : stringValue(textOf(this.tree, title));
      this.read(lambda, this.within(suite, name.slice(0, 300), [...callMarks(this.tree, links.slice(start)), ...alias?.marks ?? []], this.language.id === 'ruby'));
      return true;
    }
    if (this.language.callTests?.test(root.name) !== true || !links.slice(start + 1).every((one) => CHAIN.test(one.name))) return false;
    const spec = this.language.id === 'ruby' && /^(?:it_behaves_like|include_examples)$/.test(root.name);
    if (lambda === undefined && !spec && (title === undefined || !(this.language.id === 'ruby' || links.some((one) => /^(?:todo|skip)$/.test(one.name))))) return false;
    if (this.language.id === 'kotlin' && title === undefined && !/^with/.test(root.name)) return false;
    return this.callTest(node, { links: links.slice(start), title, lambda, suite: alias === undefined ? suite : this.within(suite, '', alias.marks, false) });
  }

  private callTest(node: SyntaxNode, { links, title, lambda, suite }: { readonly links: readonly Link[]; readonly title: SyntaxNode | undefined; readonly lambda: SyntaxNode | undefined; readonly suite: Suite }): boolean {
    const name = title === undefined ? words(this.tree, lambda ?? node).slice(0, 120) : stringValue(textOf(this.tree, title));
    const marks = [...callMarks(this.tree, links), ...bangs(this.language.id, name, node.line)];
    this.tests.push(this.testCase({ name: name.slice(0, 300), node, body: lambda === undefined ? node : bodyOf(lambda), suite: this.within(suite, name.slice(0, 300), marks, false), marks, empty: lambda === undefined }));
    return true;
  }

  private testCase({ name, node, body, suite, marks, empty = false }: { readonly name: string; readonly node: SyntaxNode; readonly body: SyntaxNode; readonly suite: Suite; readonly marks: readonly Mark[]; readonly empty?: boolean }): TestCase {
    this.taken.add(node);
    const skip = suite.skip ?? (this.mayEnd ? skipCall(this.language, this.tree, body) : undefined);
    return new ReadTest(this.file, { name: suite.names.join(' > '), own: name, node, body, marks, skip, focus: suite.focus, empty });
  }

  private frame(): string {
    const pieces: string[] = [];
    let at = 0;
    for (const { node } of this.tests) {
      if (node.start >= at) pieces.push(this.tree.text.slice(at, node.start));
      at = Math.max(at, node.end);
    }
    // A new test between two others leaves white space and a semicolon; within a piece both can matter.
    return [...pieces, this.tree.text.slice(at)].map((one) => one.replace(/^[\s;]+/, '').trimEnd()).filter((one) => one !== '').join('\n\0\n');
  }
}

function aliasesIn(tree: SyntaxTree, language: Language, values: ReadonlyMap<string, SyntaxNode>): ReadonlyMap<string, { readonly name: string; readonly marks: readonly Mark[] }> {
  if (language.id !== 'javascript') return new Map();
  return new Map([...values].flatMap(([own, value]) => {
    const text = textOf(tree, value);
    const name = text.length > 400 ? undefined : /(?<![\w.'"])x?(describe|context|suite|it|test)\b(?!\s*\()/.exec(text)?.[1];
    if (name === undefined || isString(value) || !/conditional|ternary|member|logical|binary|identifier|parenthes|call/.test(value.type)) return [];
    const skips = /\.(?:skip|todo|fixme|skipIf|runIf)\b|\bx(?:describe|it|test|context)\b/.test(text);
    return [[own, { name, marks: skips ? [{ line: value.line, shown: 'skip' }] : [] }] as const];
  }));
}

/** Kotest reads the first letters of a name: `!name` does not run, with `f:name` nothing else does. */
function bangs(language: Language['id'], name: string, line: number): readonly Mark[] {
  if (language !== 'kotlin') return [];
  return name.startsWith('!') ? [{ line, shown: 'xtest' }] : name.startsWith('f:') ? [{ line, shown: 'ftest' }] : [];
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

function bodyOf(lambda: SyntaxNode): SyntaxNode {
  const at = bare(lambda);
  return child(at, 'body') ?? at;
}
