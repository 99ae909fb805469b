import type { Grammar } from '../syntax/grammars.js';

export type LanguageId = 'javascript' | 'python' | 'java' | 'kotlin' | 'go' | 'ruby' | 'rust' | 'csharp' | 'php';

/** A function or method as the tables judge it. `marks` are its annotations, attributes, decorators or doc block as text. */
export interface FunctionFacts { readonly name: string; readonly marks: readonly string[]; readonly owner: string; readonly ownerMarks: readonly string[]; readonly path: string }

/**
 * How tests look in one language and its usual frameworks, as data. Names are matched whole. Adding a framework means adding
 * to a table here; the comparison knows no language.
 */
export interface Language {
  readonly id: LanguageId;
  readonly files: RegExp;
  readonly grammar: (path: string) => Grammar;
  /** Paths that hold tests by custom. */
  readonly testPaths: RegExp;
  /** Node types of named functions and of the types that hold them. */
  readonly functions: ReadonlySet<string>;
  readonly owners: ReadonlySet<string>;
  /** Tests and suites that are written as calls with a name and a body. */
  readonly callTests?: RegExp | undefined;
  readonly callSuites?: RegExp | undefined;
  /** Tests that are functions. */
  readonly isTest?: ((facts: FunctionFacts) => boolean) | undefined;
  /** A mark, a link of the call's chain or an option (`name: true`) that skips or focuses what it stands on. */
  readonly skipMarks: RegExp;
  readonly focusMarks: RegExp;
  /** Calls, dotted, that end a test as skipped. */
  readonly skipCalls: RegExp;
  readonly retryMarks: RegExp;
  /** Which argument of an equality holds the expected value when neither is a literal. */
  readonly expectedFirst: boolean;
  /** A timeout that is new (no earlier number) is longer than the default: in milliseconds; undefined = there is no default. */
  readonly defaultTimeoutMs?: number | undefined;
}

const NEVER = /^(?!)/;
const set = (...names: readonly string[]): ReadonlySet<string> => new Set(names);

const JAVASCRIPT: Language = {
  id: 'javascript', files: /\.(?:[cm]?[jt]s|[jt]sx)$/i,
  grammar: (path) => (/\.(?:tsx|jsx)$/i.test(path) ? 'tsx' : /\.[cm]?ts$/i.test(path) ? 'typescript' : 'tsx'),
  testPaths: /(?:^|\/)(?:__tests__|tests?|specs?|e2e|cypress|__mocks__)\/|[._-](?:test|spec|e2e|cy|it)\.[cm]?[jt]sx?$|(?:^|\/)(?:test|spec)\.[cm]?[jt]sx?$|(?:^|\/)(?:jest|vitest)[.-]?setup[^/]*$|(?:^|\/)setup-?tests?\.[cm]?[jt]sx?$/i,
  functions: set('function_declaration', 'method_definition', 'generator_function_declaration'), owners: set('class_declaration', 'class'),
  callTests: /^(?:it|test|specify|fit|xit|ftest|xtest|xspecify)$/, callSuites: /^(?:describe|context|suite|fdescribe|xdescribe|xcontext|fcontext)$/,
  skipMarks: /^(?:skip|todo|fixme|xit|xtest|xdescribe|xcontext|xspecify|skipIf|runIf|failing|fails)$|^(?:skip|todo)(?::|=)(?!false)/, focusMarks: /^(?:only|fit|fdescribe|ftest|fcontext|only:true)$/,
  skipCalls: /^(?:this\.skip|t\.skip|ctx\.skip|context\.skip|t\.todo|test\.skip|test\.fixme|it\.skip|pending|test\.todo|testContext\.skip|test\.info\.skip)$/,
  retryMarks: /^(?:jest\.retryTimes|vi\.retry|this\.retries|retries|retryTimes|test\.retries)$/, expectedFirst: false, defaultTimeoutMs: 5000,
};

const PYTHON: Language = {
  id: 'python', files: /\.pyi?$/i, grammar: () => 'python',
  testPaths: /(?:^|\/)tests?\/|(?:^|\/)test_[^/]*\.py$|_test\.py$|(?:^|\/)conftest\.py$|(?:^|\/)tests?\.py$/i,
  functions: set('function_definition'), owners: set('class_definition'),
  isTest: ({ name, owner, path }) => /^test/.test(name) && (owner === '' || /test|case|spec/i.test(owner) || /test/i.test(path)),
  skipMarks: /^(?:pytest\.)?mark\.(?:skip|skipif|xfail)\b|^(?:unittest\.)?(?:skip|skipIf|skipUnless|expectedFailure)\b|^(?:skip|xfail|nottest)\b/, focusMarks: NEVER,
  skipCalls: /^(?:pytest\.(?:skip|xfail|importorskip|exit)|(?:self\.)?skipTest|unittest\.SkipTest|SkipTest|skip)$/,
  retryMarks: /^(?:pytest\.)?mark\.flaky\b|^flaky\b|^(?:retry|retrying)\b|^tenacity\.retry/, expectedFirst: false,
};

const jvmMarks = {
  skipMarks: /^(?:Disabled|Ignore|Ignored|DisabledOn\w+|DisabledIf\w*|EnabledIf\w*|EnabledOn\w+|Pending)\b|enabled=false|^(?:xtest|xit|xdescribe|xcontext|xshould|xgiven|xwhen|xthen|xscenario|xfeature|x[A-Z]\w+)$/,
  focusMarks: /^(?:ftest|fit|fdescribe|fcontext|fshould)$/,
  skipCalls: /^(?:Assume\.|Assumptions\.)?(?:assumeTrue|assumeFalse|assumeThat|assumingThat|assumeNotNull|abort)$|^(?:throw)?SkipException$/,
  retryMarks: /^(?:Retry|RetryingTest|RepeatedIfExceptionsTest|FlakyTest|Flaky|RetryOnFailure)\b|retryAnalyzer=/,
} as const;

const JAVA: Language = {
  id: 'java', files: /\.java$/i, grammar: () => 'java', testPaths: /(?:^|\/)(?:src\/(?:\w*[tT]est\w*|it)|tests?)\/|(?:^|\/)(?:Test\w+|\w+(?:Tests?|IT|TestCase|Spec))\.java$/,
  functions: set('method_declaration', 'constructor_declaration'), owners: set('class_declaration', 'interface_declaration', 'record_declaration', 'enum_declaration'),
  isTest: ({ marks }) => marks.some((mark) => /^(?:org\.junit\.\w*\.?)?(?:Test|ParameterizedTest|RepeatedTest|TestFactory|TestTemplate|Property|Theory|RetryingTest|RepeatedIfExceptionsTest|CartesianTest)\b/.test(mark)),
  ...jvmMarks, expectedFirst: true,
};
const KOTLIN: Language = {
  ...JAVA, id: 'kotlin', files: /\.kts?$/i, grammar: () => 'kotlin', testPaths: /(?:^|\/)(?:src\/\w*[tT]est\w*|tests?)\/|(?:^|\/)\w+(?:Tests?|IT|Spec)\.kt$/,
  functions: set('function_declaration'), owners: set('class_declaration', 'object_declaration'),
  callTests: /^[xf]?(?:test|it|should|[tT]hen|expect|[sS]cenario|withData|withTests)$/, callSuites: /^[xf]?(?:[dD]escribe|[cC]ontext|[gG]iven|`?[wW]hen`?|[aA]nd|[fF]eature|withContexts)$/,
};

const GO: Language = {
  id: 'go', files: /\.go$/i, grammar: () => 'go', testPaths: /_test\.go$/,
  functions: set('function_declaration', 'method_declaration'), owners: set(),
  isTest: ({ name, path }) => /(?:^|\/)[^_./][^/]*_test\.go$/.test(path) && !/(?:^|\/)(?:testdata|_[^/]*)\//.test(path) && /^(?:Test|Example|Fuzz)(?:[A-Z_0-9]|$)/.test(name) && name !== 'TestMain',
  skipMarks: /^(?:[PX](?:It|Specify|Describe|Context|When|Entry)|Pending)$/, focusMarks: /^(?:FIt|FDescribe|FContext|FEntry)$/, skipCalls: /^(?:[a-z]\w{0,3}|s\.T)\.(?:Skip|SkipNow|Skipf)$|^(?:skip\.If|Skip)$/, retryMarks: /^(?:retry|backoff|Retry)\.\w+$/, expectedFirst: true,
  callTests: /^(?:It|FIt|PIt|XIt|[FPX]?Specify)$/, callSuites: /^(?:Describe|Context|When|FDescribe|PDescribe|XDescribe|FContext|PContext|XContext|[FPX]When)$/,
};

const RUBY: Language = {
  id: 'ruby', files: /\.(?:rb|rake)$/i, grammar: () => 'ruby', testPaths: /(?:^|\/)(?:spec|tests?|features)\/|_(?:spec|test)\.rb$|(?:^|\/)test_[^/]*\.rb$/i,
  functions: set('method', 'singleton_method'), owners: set('class', 'module'),
  isTest: ({ name, owner, path }) => /^test_/.test(name) && (/test|case|spec/i.test(owner) || /test/i.test(path)),
  callTests: /^(?:it|specify|example|scenario|its|test|fit|xit|fspecify|xspecify|fexample|xexample|focus|xscenario|fscenario|it_behaves_like|include_examples)$/, callSuites: /^(?:describe|context|feature|fdescribe|xdescribe|fcontext|xcontext|shared_examples|shared_context|RSpec)$/,
  skipMarks: /^(?:xit|xdescribe|xcontext|xspecify|xexample|xscenario|skip|pending)$|^:(?:skip|pending)$|^(?:skip|pending)(?::|=>)(?!false)/, focusMarks: /^(?:fit|fdescribe|fcontext|fspecify|fexample|fscenario|focus|:focus)$|^focus(?::|=>)true/,
  skipCalls: /^(?:skip|pending|omit|pend|self\.skip)$/, retryMarks: /^(?:retry|retries)(?::|=>)|^retry$|^:flaky$|^flaky:true/, expectedFirst: true,
};

const RUST: Language = {
  id: 'rust', files: /\.rs$/i, grammar: () => 'rust', testPaths: /(?:^|\/)tests?\/|(?:^|\/)tests?\.rs$|_tests?\.rs$/i,
  functions: set('function_item'), owners: set('mod_item', 'impl_item'),
  isTest: ({ marks }) => marks.some((mark) => /^(?:\w+::)*test(?:$|\(|_case)|^(?:rstest|test_case|proptest|quickcheck|wasm_bindgen_test|test_log::test)\b/.test(mark)),
  skipMarks: /^ignore\b|^cfg\((?!test\))|^cfg_attr\(.*ignore/, focusMarks: NEVER, skipCalls: NEVER, retryMarks: /^(?:flaky_test|retry|flaky)\b/, expectedFirst: false,
};

const CSHARP: Language = {
  id: 'csharp', files: /\.cs$/i, grammar: () => 'c-sharp', testPaths: /(?:^|\/)[^/]*tests?(?:\.[^/]*)?\/|(?:Tests?|Specs?|Fixture)\.cs$|\.Tests?\//i,
  functions: set('method_declaration', 'local_function_statement'), owners: set('class_declaration', 'record_declaration', 'struct_declaration'),
  isTest: ({ marks }) => marks.some((mark) => /^(?:\w+\.)*(?:Fact|Theory|Test|TestCase|TestCaseSource|TestMethod|DataTestMethod|SkippableFact|SkippableTheory|RetryFact|RetryTheory|Property)(?:Attribute)?\b/.test(mark)),
  skipMarks: /^(?:\w+\.)*(?:Ignore|Explicit)\b|\bSkip=|\bIgnore=|\bExplicit=true/, focusMarks: NEVER, skipCalls: /^Assert\.(?:Ignore|Inconclusive|Skip|SkipWhen|SkipUnless|Pass)$|^Skip\.(?:If|IfNot|When)$|^Assume\.That$/, retryMarks: /^(?:\w+\.)*(?:Retry|RetryFact|RetryTheory|Flaky)\b/, expectedFirst: true,
};

const PHP: Language = {
  id: 'php', files: /\.php$/i, grammar: () => 'php', testPaths: /(?:^|\/)tests?\/|(?:Test|Cest|TestCase)\.php$/i,
  functions: set('method_declaration', 'function_definition'), owners: set('class_declaration', 'trait_declaration'),
  isTest: ({ name, marks, owner, path }) => (/^test/.test(name) && (/Test|Case/.test(owner) || /tests?\//i.test(path))) || (/Cest$/.test(owner) && !/^_/.test(name)) || marks.some((mark) => /^(?:\\?\w+\\)*(?:Test|TestWith|DataProvider)\b|@(?:test|dataProvider)\b/.test(mark)),
  callTests: /^(?:it|test)$/, callSuites: /^describe$/,
  skipMarks: /^(?:skip|todo|skipOnWindows|skipOnCI)$|@(?:group\s+(?:skip|ignore)|requires|doesNotPerformAssertions)\b|^(?:\\?\w+\\)*(?:Requires\w*|DoesNotPerformAssertions)\b/, focusMarks: /^only$/,
  skipCalls: /^(?:(?:this|self|static)\.)?(?:markTestSkipped|markTestIncomplete)$/, retryMarks: /^(?:repeat|retry)$|@retry\b|^(?:\\?\w+\\)*Retry\b/, expectedFirst: true,
};

export const LANGUAGES: readonly Language[] = [JAVASCRIPT, PYTHON, JAVA, KOTLIN, GO, RUBY, RUST, CSHARP, PHP];

export function languageOf(path: string): Language | undefined {
  return LANGUAGES.find((language) => language.files.test(path));
}
