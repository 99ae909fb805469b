import type { Assertion } from '../assertion/assertion.js';
import { readAssertions } from '../assertion/read-assertions.js';
import { literalsIn, namesIn, type Resolve } from '../assertion/values.js';
import type { Language } from '../language/language.js';
import { isCall, linksOf, words } from '../syntax/expression.js';
import { walk, type SyntaxNode, type SyntaxTree } from '../syntax/syntax-node.js';
import { nameOf } from './marks.js';
import { retriesIn, timeoutsIn } from './quantities.js';
import { rowsIn } from './rows.js';
import type { Mark, Quantity, TestCase } from './test-inventory.js';

/** What the tests of a file have in common. */
export interface TestFile { readonly path: string; readonly language: Language; readonly tree: SyntaxTree; readonly values: ReadonlyMap<string, SyntaxNode> }

export interface FoundTest {
  readonly name: string;
  readonly own: string;
  readonly node: SyntaxNode;
  readonly body: SyntaxNode;
  readonly marks: readonly Mark[];
  readonly skip: Mark | undefined;
  readonly focus: Mark | undefined;
  /** Declared without a body. */
  readonly empty: boolean;
}

/** A test whose parts are read when they are asked for: most tests of a change are the same before and after. */
export class ReadTest implements TestCase {
  readonly path: string;
  readonly language: Language;
  readonly tree: SyntaxTree;
  readonly name: string;
  readonly own: string;
  readonly line: number;
  readonly node: SyntaxNode;
  readonly skip: Mark | undefined;
  readonly focus: Mark | undefined;
  private readonly file: TestFile;
  private readonly found: FoundTest;
  private readonly made: { -readonly [Part in 'assertions' | 'body' | 'vocabulary' | 'literals' | 'calls' | 'rows' | 'timeouts' | 'retries']?: TestCase[Part] } & { values?: ReadonlyMap<string, SyntaxNode> } = {};

  constructor(file: TestFile, found: FoundTest) {
    this.path = file.path;
    this.language = file.language;
    this.tree = file.tree;
    this.name = found.name;
    this.own = found.own;
    this.line = found.node.line;
    this.node = found.node;
    this.skip = found.skip;
    this.focus = found.focus;
    this.file = file;
    this.found = found;
  }

  get assertions(): readonly Assertion[] {
    const { tree, language, found } = this;
    return (this.made.assertions ??= [...(found.empty ? [] : readAssertions({ tree, language, values: this.values() }, found.body)), ...promised(found.marks, found.node), ...(language.id === 'php' ? this.thrown() : [])]);
  }

  get body(): string {
    return (this.made.body ??= words(this.tree, this.found.body));
  }

  get vocabulary(): ReadonlySet<string> {
    return (this.made.vocabulary ??= new Set(this.body.split(' ')));
  }

  get literals(): ReadonlySet<string> {
    return (this.made.literals ??= new Set(literalsIn(this.tree, this.node, this.resolve)));
  }

  get calls(): ReadonlySet<string> {
    return (this.made.calls ??= new Set([...walk(this.found.body)].filter(isCall).map((one) => (linksOf(this.tree, one).at(-1)?.name ?? '').replace(/[[<].*$/s, ''))));
  }

  get rows(): readonly string[] {
    const { marks } = this.found;
    return (this.made.rows ??= [
      ...rowsIn(this.tree, this.node), ...this.shared(), ...this.tables(), ...this.provided(), ...(this.language.id === 'rust' ? marks.filter((one) => /^(?:case|test_case|values)\b/.test(one.shown)).map((one) => one.shown) : []),
    ]);
  }

  get timeouts(): readonly Quantity[] {
    return (this.made.timeouts ??= timeoutsIn(this.source(), this.node));
  }

  get retries(): readonly Quantity[] {
    return (this.made.retries ??= [
      ...retriesIn(this.source(), this.node), ...this.found.marks.filter((one) => this.language.retryMarks.test(one.shown)).map((one) => ({ ...one, value: Number(/\d+/.exec(one.shown)?.[0] ?? 1) })),
    ]);
  }

  private readonly resolve: Resolve = (name) => this.values().get(name);

  private source(): { readonly language: Language; readonly tree: SyntaxTree; readonly resolve: Resolve } {
    return { language: this.language, tree: this.tree, resolve: this.resolve };
  }

  private values(): ReadonlyMap<string, SyntaxNode> {
    return (this.made.values ??= new Map([...this.file.values, ...namesIn(this.tree, this.found.body)]));
  }

  /** Pest's `test('…', fn)->throws(X::class, 'text')`: one demand for the type and one for the text, as PHPUnit has them. */
  private thrown(): readonly Assertion[] {
    if (!isCall(this.node)) return [];
    return linksOf(this.tree, this.node).slice(1).filter((one) => one.name === 'throws').flatMap((one) => (one.args ?? []).map((arg): Assertion => {
      const expected = words(this.tree, arg).replace(/ ?(?:::)? ?\bclass\b/g, '').trim();
      const broad = /^\\?(?:Exception|Throwable|Error)$/.test(expected);
      return { line: arg.line, shown: `throws ${expected}`, demand: 'throws', strictness: broad ? 50 : 90, subject: 'mark', expected: broad ? '' : expected, literals: expected.startsWith('"') ? [expected] : [], needsAwait: false, awaited: false, conditions: [], looped: false, key: `throws|mark|${expected}`, node: this.node };
    }));
  }

  /** Rows of a function that gives a test its data and is named in a mark of it. */
  private provided(): readonly string[] {
    const named = new Set(this.found.marks.filter((one) => /provider|source|MemberData|parameters|parametrize/i.test(one.shown)).flatMap((one) => one.shown.match(/\w+/g) ?? []));
    if (named.size === 0) return [];
    return [...walk(this.tree.root)].filter((node) => (this.language.functions.has(node.type) || /^(?:property|field)_declaration$|^variable_declarator$/.test(node.type) || (node.type === 'assignment' && !this.file.values.has(nameOf(this.tree, node)))) && named.has(nameOf(this.tree, node))).flatMap((node) => rowsIn(this.tree, node));
  }

  /** What RSpec's shared examples are run with: `it_behaves_like 'a shape', 4` is a row. */
  private shared(): readonly string[] {
    if (this.language.id === 'ruby' && this.node.type === 'method') return this.above();
    if (this.language.id !== 'ruby' || !isCall(this.node)) return [];
    const call = linksOf(this.tree, this.node).at(-1);
    if (call === undefined || !/^(?:it_behaves_like|it_should_behave_like|include_examples)$/.test(call.name)) return [];
    const given = (call.args ?? []).slice(1).map((one) => words(this.tree, one));
    return given.length === 0 ? [] : [given.join(' ')];
  }

  /** Test::Unit's `data(…)` stands right above the method that runs over it. */
  private above(): readonly string[] {
    const around = this.node.parent?.children ?? [];
    const rows: string[] = [];
    for (let at = around.indexOf(this.node) - 1; at >= 0; at -= 1) {
      const one = around[at];
      if (one === undefined || !isCall(one) || linksOf(this.tree, one)[0]?.name !== 'data') break;
      rows.push(...rowsIn(this.tree, one));
    }
    return rows;
  }

  /** Rows of a table that stands outside of the test and is named in it. */
  private tables(): readonly string[] {
    const marked = new Set(this.found.marks.flatMap((one) => one.shown.match(/\w+/g) ?? []));
    return [...this.file.values].filter(([name]) => this.vocabulary.has(name) || marked.has(name)).flatMap(([, value]) => rowsIn(this.tree, value));
  }
}

/** `#[should_panic(expected = "…")]`, `@Test(expected = X.class)`, `[ExpectedException(typeof(X))]`: assertions that stand above the test. */
function promised(marks: readonly Mark[], node: SyntaxNode): readonly Assertion[] {
  return marks.flatMap(({ shown, line }): readonly Assertion[] => {
    const answer = /^TestCase\b.*ExpectedResult=\s*(.+?)\)?$/.exec(shown)?.[1];
    if (answer !== undefined) return [{ line, shown, demand: 'equal', strictness: 100, subject: 'result', expected: answer, literals: [answer], needsAwait: false, awaited: false, conditions: [], looped: false, key: `equal|result|${shown}`, node }];
    const match = /^(?:should_panic|Test|ExpectedException)\b(?:.*?(?:expected=|typeof\()\s*(?:"([^"]*)"|([\w.]+)))?/.exec(shown);
    if (match === null || (shown.startsWith('Test') && match[2] === undefined)) return [];
    const expected = match[1] === undefined ? (match[2] ?? '').replace(/\.class$/, '') : JSON.stringify(match[1]);
    const strictness = expected === '' || /^(?:Exception|Throwable|RuntimeException)$/.test(expected) ? 50 : 90;
    return [{ line, shown, demand: 'throws', strictness, subject: 'mark', expected, literals: match[1] === undefined ? [] : [expected], needsAwait: false, awaited: false, conditions: [], looped: false, key: `throws|mark|${expected}`, node }];
  });
}
