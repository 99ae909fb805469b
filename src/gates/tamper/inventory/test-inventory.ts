import type { Assertion } from '../assertion/assertion.js';
import type { Language } from '../language/language.js';
import type { SyntaxNode, SyntaxTree } from '../syntax/syntax-node.js';

/** Something that stands at a line, as people should see it. */
export interface Mark { readonly line: number; readonly shown: string }
export interface Quantity extends Mark { readonly value: number }

/** A test, or a helper that asserts for tests, as far as it can be compared. */
export interface TestCase {
  readonly path: string;
  readonly language: Language;
  /** With its suites, joined by ` > `. */
  readonly name: string;
  readonly own: string;
  readonly line: number;
  readonly node: SyntaxNode;
  readonly tree: SyntaxTree;
  readonly assertions: readonly Assertion[];
  readonly skip: Mark | undefined;
  readonly focus: Mark | undefined;
  /** The body as comparing words, and its different words. */
  readonly body: string;
  readonly vocabulary: ReadonlySet<string>;
  readonly literals: ReadonlySet<string>;
  /** Names of the functions it calls. */
  readonly calls: ReadonlySet<string>;
  /** Rows of the tables that it is run with. */
  readonly rows: readonly string[];
  readonly timeouts: readonly Quantity[];
  readonly retries: readonly Quantity[];
}

/** What one side of a test file holds. */
export interface TestInventory {
  readonly path: string;
  readonly language: Language;
  readonly tree: SyntaxTree;
  readonly tests: readonly TestCase[];
  /** Functions with assertions that are no tests. */
  readonly helpers: readonly TestCase[];
  /** The file's text without its tests: what else a test could mean something by. */
  readonly frame: string;
  /** Rows of all tables of the file. */
  readonly rows: readonly string[];
  /** Waits and repetitions that belong to no test. */
  readonly timeouts: readonly Quantity[];
  readonly retries: readonly Quantity[];
}
