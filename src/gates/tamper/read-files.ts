import type { FileChange } from '../../domain/candidate.js';
import type { GateInput, TextReader } from '../gate-facts.js';
import { isSnapshot } from './code/snapshots.js';
import type { TamperFinding } from './findings.js';
import { readInventory } from './inventory/read-inventory.js';
import { languageOf, type Language } from './language/language.js';
import { isSetup } from './setup/setup-rules.js';
import { parse, type Unparsed } from './syntax/parse.js';
import type { FileSide, TamperFile } from './tamper-file.js';

/** All text that one change may make us read. A change of the largest allowed size is far below it. */
const CHARS_MAX = 60_000_000;
/** Written by tools or taken over from others: nobody's tests, and too large by nature. */
const MADE = /(?:^|\/)(?:dist|build|out|vendor|node_modules|third[_-]?party|generated|gen|target|\.yarn)\/|\.min\.[cm]?js$|[._-]pb\.|_pb2|\.g\.cs$/;

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
    const sides = { base: await sideOf(change.path, language, base), candidate: await sideOf(change.path, language, candidate) };
    const failed = [sides.base, sides.candidate].find((one): one is Unparsed => typeof one === 'string');
    if (failed !== undefined) unread.push(unreadable(change, test, failed === 'too-deep' ? 'it is nested deeper than is read' : failed === 'too-slow' ? 'its grammar did not come to an end' : failed === 'parser-failed' ? 'the parser broke on a file of this change' : 'it is larger than is read'));
    const [before, after] = [sides.base, sides.candidate].map((one) => (typeof one === 'string' ? undefined : one));
    if (before === undefined && after === undefined) continue;
    files.push({ path: change.path, language, test, base: before, candidate: after });
    if (test && isBroken(after) && !isBroken(before)) unread.push(unreadable(change, test, 'it cannot be parsed: the grammar finds errors that were not there'));
  }
  return { files, unread };
}

function unreadable({ path }: FileChange, test: boolean, why: string): TamperFinding {
  return { rule: !test && MADE.test(path) ? 'unread-other' : 'unread', path, line: 1, words: `a file was not looked at: ${why}` };
}

const isBroken = (side: FileSide | undefined): boolean => side?.tree !== undefined && side.tree.broken > Math.max(60, side.text.length * 0.05);

/** A hint of a test in a file whose path says nothing: unit tests of Rust, in-source tests, doc blocks. */
const TESTED = /#\[(?:\w+::)*test\]|cfg\(test\)|\bdescribe\s*\(|\b(?:it|test)\s*\(\s*['"`]|def test_|@Test\b|\[(?:Fact|Test|Theory|TestMethod)\b|func Test\w*\(|RSpec\.|Minitest|PHPUnit|extends TestCase/;

async function sideOf(path: string, language: Language | undefined, text: string | undefined): Promise<FileSide | Unparsed | undefined> {
  if (text === undefined) return undefined;
  if (language === undefined) return { text, tree: undefined, inventory: undefined };
  const tree = await parse(language.grammar(path), text);
  if (typeof tree === 'string') return tree;
  const wanted = language.testPaths.test(path) || TESTED.test(text);
  return { text, tree, inventory: wanted ? readInventory(path, language, tree) : undefined };
}
