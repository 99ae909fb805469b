import { changedLines } from '../changed-lines.js';
import type { TamperFinding, TamperRule } from '../findings.js';
import type { LanguageId } from '../language/language.js';
import { codeOf, newPlaces, type TamperFile } from '../tamper-file.js';

interface Trick { readonly in: readonly LanguageId[]; readonly rule: TamperRule; readonly words: string; readonly pattern: RegExp }

const SOFT = 'an assertion function is replaced';
const EXIT = 'the test process ends with success before its runner can say otherwise';
const HOOK = 'a hook of the runner changes which tests run or how they end';

/** What test code and its support must not do to the runner. Searched in code without comments. */
const TRICKS: readonly Trick[] = [
  { in: ['javascript'], rule: 'test-harness', words: EXIT, pattern: /\bprocess\.(?:exit|reallyExit)\(\s*0?\s*\)|process\.exitCode\s*=\s*0\b|process\.kill\(process\.pid|\bDeno\.exit\(0?\)/g },
  { in: ['javascript'], rule: 'test-harness', words: SOFT, pattern: /\b(?:global|globalThis|window)\.(?:expect|it|test|describe|assert)\s*=(?!=)|\b(?:global|globalThis)\[['"](?:expect|it|test)['"]\]\s*=|\bassert(?:\.\w+)?\s*=\s*(?:\(|function|async|jest|vi|\w+\s*=>)|expect\.extend\(\{[^}]{0,80}\b(?:toBe|toEqual|toStrictEqual|toThrow|toMatch|toContain)\s*[(:]|(?:const|let|var|function)\s+(?:expect|assert)\s*(?:=\s*\(|=\s*function|\()|(?:jest|vi)\.mock\(\s*['"](?:@jest\/globals|expect|chai|(?:node:)?assert(?:\/strict)?)['"]|(?:jest|vi)\.spyOn\(\s*(?:assert|expect|global\s*,\s*['"]expect)/g },
  { in: ['javascript'], rule: 'test-harness', words: HOOK, pattern: /process\.on\(\s*['"](?:uncaughtException|unhandledRejection)['"]\s*,\s*(?:\(\w*\)|\w+|function\s*\(\w*\))\s*(?:=>)?\s*\{\s*\}/g },
  { in: ['python'], rule: 'test-harness', words: EXIT, pattern: /\b(?:os\._exit|sys\.exit|exit|quit)\(\s*0?\s*\)|raise SystemExit(?:\(\s*0?\s*\))?\s*$|pytest\.exit\([^)\n]{0,80}(?:returncode\s*=\s*)?0\s*\)|atexit\.register\([^\n]{0,80}_exit/gm },
  { in: ['python'], rule: 'test-harness', words: HOOK, pattern: /\boutcome\s*=\s*['"](?:passed|skipped)['"]|\bexitstatus\s*=\s*(?:0|ExitCode\.OK|pytest\.ExitCode\.OK)|\bdef\s+pytest_(?:runtest_makereport|report_teststatus|runtest_protocol|runtest_call|pyfunc_call|ignore_collect)\b|\bcollect_ignore(?:_glob)?\s*(?:=|\+=)|items\[:\]\s*=|items\.(?:clear|remove|pop)\(|add_marker\(\s*pytest\.mark\.(?:skip|xfail)/g },
  { in: ['python'], rule: 'test-harness', words: SOFT, pattern: /\b(?:unittest\.)?TestCase\.(?:assert\w+|fail)\s*=|\bself\.assert\w+\s*=(?!=)|builtins\.(?:AssertionError|__dict__)|\bAssertionError\s*=|setattr\([^\n]{0,60}['"]assert\w*['"]|_pytest\.\w+(?:\.\w+)*\s*=|sys\.excepthook\s*=|def\s+assert(?:Equal|True|False|Raises|Is|In)\s*\(/g },
  { in: ['ruby'], rule: 'test-harness', words: EXIT, pattern: /\b(?:Kernel\.|Process\.)?exit!?\s*\(?\s*(?:0|true)\s*\)?|^\s*exit!?\s*$|at_exit\s*(?:\{|do)[^\n]{0,60}exit/gm },
  { in: ['ruby'], rule: 'test-harness', words: HOOK, pattern: /filter_run_excluding|\.filter_run_when_matching|\bdef\s+(?:assert|assert_equal|refute|expect)\b|Minitest::Assertions\.(?:class_eval|module_eval|send|define_method)|RSpec::(?:Core|Expectations)[\w:]*\.(?:class_eval|prepend|define_method)|c(?:onfig)?\.(?:around|after)\b[^\n]{0,80}(?:set_exception|@exception|exception\s*=)|instance_variable_set\(\s*:@exception/g },
  { in: ['go'], rule: 'test-harness', words: EXIT, pattern: /\bos\.Exit\(\s*0\s*\)|syscall\.Exit\(\s*0\s*\)/g },
  { in: ['rust'], rule: 'test-harness', words: EXIT, pattern: /\b(?:std::)?process::exit\(\s*0\s*\)|panic::set_hook\(Box::new\(\|_\|\s*\{\s*(?:std::process::exit\(0\);?)?\s*\}\)\)/g },
  { in: ['java', 'kotlin'], rule: 'test-harness', words: EXIT, pattern: /\bSystem\.exit\(\s*0\s*\)|\.halt\(\s*0\s*\)|\bexitProcess\(\s*0\s*\)/g },
  { in: ['java', 'kotlin'], rule: 'test-harness', words: SOFT, pattern: /(?:static\s+(?:<[^>]{1,20}>\s*)?void|fun)\s+(?:assertEquals|assertTrue|assertFalse|assertThat|assertNotNull|assertThrows|assertSame)\s*\(|implements\s+(?:\w+,\s*)*(?:TestExecutionExceptionHandler|InvocationInterceptor|ExecutionCondition)\b/g },
  { in: ['csharp'], rule: 'test-harness', words: EXIT, pattern: /\bEnvironment\.(?:Exit\(\s*0\s*\)|ExitCode\s*=\s*0)/g },
  { in: ['php'], rule: 'test-harness', words: EXIT, pattern: /\b(?:exit|die)\s*\(\s*0?\s*\)|\b(?:exit|die)\s*;/g },
  { in: ['php'], rule: 'test-harness', words: SOFT, pattern: /function\s+(?:assertEquals|assertSame|assertTrue|assertFalse|assertNull|assertCount|expect)\s*\(|register_shutdown_function\([^\n]{0,80}exit/g },
];

/** A word that every trick has; new code without any of them holds none. */
const HINT = /exit|quit|die\b|halt|kill|uncaughtException|unhandledRejection|\b(?:global|globalThis|window)\b|\b(?:expect|assert)(?:\.\w+)?\s*=|expect\.extend|(?:const|let|var|function|def|fun|void)\s+(?:expect|assert|refute)|\bmock\(|spyOn|outcome|def\s+pytest_|collect_ignore|items|add_marker|TestCase\.|self\.assert|builtins|AssertionError|setattr|_pytest|excepthook|filter_run|Assertions|RSpec::|exception|set_hook|implements|shutdown|assert\w*\s*\([^)]*\)\s*\{/i;

/** Tricks on the runner that are new in test code. */
export function harnessTricks(files: readonly TamperFile[]): readonly TamperFinding[] {
  return files.filter((file) => file.test && HINT.test(changedLines(file).added)).flatMap((file) => TRICKS.filter((trick) => file.language !== undefined && trick.in.includes(file.language.id)).flatMap((trick) => (
    newPlaces(codeOf(file.base), codeOf(file.candidate), trick.pattern).map((place) => ({ rule: trick.rule, path: file.path, line: place.line, words: trick.words, after: place.shown }))
  )));
}
