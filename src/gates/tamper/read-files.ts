import type { FileChange } from '../../domain/candidate.js';
import type { GateInput, TextReader } from '../gate-facts.js';
import { isSnapshot } from './code/snapshots.js';
import { insertedRuns } from './changed-lines.js';
import { InsertedInto, ParsedSide } from './file-sides.js';
import type { TamperFinding } from './findings.js';
import { languageOf, type Language } from './language/language.js';
import { isSetup } from './setup/setup-rules.js';
import { parsing, refused, type Unparsed } from './syntax/parse.js';
import type { FileSide, TamperFile } from './tamper-file.js';

/** All text that one change may make us read. A change of the largest allowed size is far below it. */
const CHARS_MAX = 60_000_000;
/** Written by tools or taken over from others: nobody's tests, and too large by nature. */
const MADE = /(?:^|\/)(?:dist|build|out|vendor|node_modules|third[_-]?party|generated|gen|target|\.yarn)\/|\.min\.[cm]?js$|[._-]pb\.|_pb2|\.g\.cs$/;

/** `unread` may grow while the files are judged: some are parsed only then. */
export interface ReadFiles { readonly files: readonly TamperFile[]; readonly unread: readonly TamperFinding[] }

/** Reads and parses both sides of every changed file that can matter to tests. What cannot be read is said. */
export async function readFiles(input: GateInput, textOf: TextReader): Promise<ReadFiles> {
  const files: TamperFile[] = [];
  const unread: TamperFinding[] = [];
  let chars = 0;
  for (const change of input.candidate.files) {
    const language = languageOf(change.path);
    const [setup, snapshot] = [isSetup(change.path), isSnapshot(change.path)];
    if (change.newMode === '160000' || change.newMode === '120000' || change.oldMode === '160000') continue;
    if (snapshot && change.binary && change.status !== 'added') unread.push({ rule: 'rewritten-snapshot', path: change.path, line: 1, words: 'expected output that tests compare with was rewritten or is gone (a binary file)' });
    if (language === undefined && change.binary) continue;
    const base = change.status === 'added' ? undefined : await textOf('base', change.path);
    const candidate = change.status === 'deleted' ? undefined : await textOf('candidate', change.path);
    chars += (base?.length ?? 0) + (candidate?.length ?? 0);
    const test = language?.testPaths.test(change.path) === true;
    const missing = (base === undefined && change.status !== 'added') || (candidate === undefined && change.status !== 'deleted');
    if (missing || chars > CHARS_MAX) {
      if (language !== undefined || setup || snapshot) unread.push(unreadable(change, test, missing ? 'it is larger than is read, or is no text' : 'the change is larger than is read'));
      continue;
    }
    let failed = false;
    const fail = (why: Unparsed): undefined => {
      if (!failed) unread.push(unreadable(change, test, WHY[why]));
      failed = true;
      return undefined;
    };
    // Only its mode changed.
    if (base !== undefined && base === candidate) continue;
    const after = await sideOf({ path: change.path, language, text: candidate, fail });
    const before = await sideOf({ path: change.path, language, text: base, fail, later: after });
    if (before === undefined && after === undefined) continue;
    files.push({ path: change.path, language, test, base: before, candidate: after });
    if (test && isBroken(after) && !isBroken(before)) unread.push(unreadable(change, test, 'it cannot be parsed: the grammar finds errors that were not there'));
  }
  return { files, unread };
}

const WHY: Readonly<Record<Unparsed, string>> = { 'too-deep': 'it is nested deeper than is read', 'too-slow': 'its grammar did not come to an end', 'parser-failed': 'the parser broke on a file of this change', 'too-large': 'it is larger than is read' };

function unreadable({ path }: FileChange, test: boolean, why: string): TamperFinding {
  return { rule: !test && MADE.test(path) ? 'unread-other' : 'unread', path, line: 1, words: `a file was not looked at: ${why}` };
}

const isBroken = (side: FileSide | undefined): boolean => side?.tree !== undefined && side.tree.broken > Math.max(60, side.text.length * 0.05);

/** A hint of a test in a file whose path says nothing: unit tests of Rust, in-source tests, doc blocks. */
const TESTED = /#\[(?:\w+::)*test\]|cfg\(test\)|\bdescribe\s*\(|\b(?:it|test)\s*\(\s*['"`]|def test_|@Test\b|\[(?:Fact|Test|Theory|TestMethod)\b|func Test\w*\(|RSpec\.|Minitest|PHPUnit|extends TestCase/;

interface Wanted { readonly path: string; readonly language: Language | undefined; readonly text: string | undefined; readonly fail: (why: Unparsed) => undefined; readonly later?: FileSide | undefined }

/** Nothing is parsed here but what the change made of a file that may hold tests: whether that can be parsed has to be said. */
async function sideOf({ path, language, text, fail, later }: Wanted): Promise<FileSide | undefined> {
  if (text === undefined) return undefined;
  if (language === undefined) return { text, tree: undefined, inventory: undefined };
  const no = refused(text);
  if (no !== undefined) return fail(no);
  const tests = language.testPaths.test(path) || TESTED.test(text);
  const source = { path, text, language, tests, fail, parseText: await parsing(language.grammar(path)) };
  if (later !== undefined) {
    const runs = tests ? insertedRuns(text, later.text) : undefined;
    return runs === undefined ? new ParsedSide(source) : new InsertedInto(source, later, runs);
  }
  const side = new ParsedSide(source);
  return tests && side.tree === undefined ? undefined : side;
}
