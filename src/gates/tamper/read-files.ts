import type { FileChange } from '../../domain/candidate.js';
import type { GateInput, TextReader } from '../gate-facts.js';
import { isSnapshot } from './code/snapshots.js';
import type { TamperFinding } from './findings.js';
import { readInventory } from './inventory/read-inventory.js';
import { languageOf, type Language } from './language/language.js';
import { isSetup } from './setup/setup-rules.js';
import { parsing, refused, type Unparsed } from './syntax/parse.js';
import type { SyntaxTree } from './syntax/syntax-node.js';
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
    const sides = { base: await sideOf(change.path, language, base, fail), candidate: await sideOf(change.path, language, candidate, fail) };
    const { base: before, candidate: after } = sides;
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

/** A file that may hold tests is parsed at once; any other only when a rule asks for its tree, which most rules can tell from the text. */
async function sideOf(path: string, language: Language | undefined, text: string | undefined, fail: (why: Unparsed) => undefined): Promise<FileSide | undefined> {
  if (text === undefined) return undefined;
  if (language === undefined) return { text, tree: undefined, inventory: undefined };
  const no = refused(text);
  if (no !== undefined) return fail(no);
  const parseText = await parsing(language.grammar(path));
  if (!language.testPaths.test(path) && !TESTED.test(text)) return new UnparsedSide(text, parseText, fail);
  const tree = parseText(text);
  return typeof tree === 'string' ? fail(tree) : { text, tree, inventory: readInventory(path, language, tree) };
}

class UnparsedSide implements FileSide {
  readonly inventory = undefined;
  readonly text: string;
  private made: SyntaxTree | undefined;
  private asked = false;
  private readonly parseText: (text: string) => SyntaxTree | Unparsed;
  private readonly fail: (why: Unparsed) => undefined;

  constructor(text: string, parseText: (text: string) => SyntaxTree | Unparsed, fail: (why: Unparsed) => undefined) {
    this.text = text;
    this.parseText = parseText;
    this.fail = fail;
  }

  get tree(): SyntaxTree | undefined {
    if (this.asked) return this.made;
    this.asked = true;
    const made = this.parseText(this.text);
    this.made = typeof made === 'string' ? this.fail(made) : made;
    return this.made;
  }
}
