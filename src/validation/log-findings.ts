import type { RawFinding } from './fingerprint.js';
import { anyLocation, compilerLines, eslintStylish, rustc } from './log-readers/compiler-lines.js';
import { jestAndVitest, nodeTest } from './log-readers/javascript-tests.js';
import { LINE_CHARS_MAX, type LogReader, type ReaderTask } from './log-readers/log-reader.js';
import { cargoTest, goTest, pythonTests, summaryLines } from './log-readers/other-tests.js';
import { plainLine } from './plain-text.js';
import type { PathFrame } from './repository-path.js';

const FINDINGS_MAX = 500;
const LAST_LINES = 8;

export interface LogFindings { readonly findings: readonly RawFinding[]; readonly truncated: number }

/**
 * What a failed check said, as findings. Errors first-hand from the tools that are known; warnings only when there was
 * no error (a linter told to fail on warnings); any `file:line: message` when no tool was recognised. Empty when the
 * log has nothing of that kind: see `exitFinding`. Linear in the size of the log. The log is foreign text.
 */
export function logFindings(log: string, frame: PathFrame): LogFindings {
  const known = read(log, frame, [compilerLines, eslintStylish, rustc, jestAndVitest, nodeTest, pythonTests, goTest, cargoTest, summaryLines]);
  if (known.length > 0) return bounded(known);
  return bounded(read(log, frame, [anyLocation]));
}

/** The one finding of a check that failed without anything recognisable: its ending and its last lines that mean something. */
export function exitFinding(log: string, ending: string): RawFinding {
  const lines: string[] = [];
  forEachLine(log, (line) => {
    const text = line.trim();
    if (text === '' || NOISE.test(text) || /^[-=_*~#. ]{3,}$/.test(text)) return;
    lines.push(text.slice(0, 200));
    if (lines.length > LAST_LINES) lines.shift();
  });
  return { from: 'exit-code', severity: 'error', rule: 'exit', message: [ending, ...lines].join('\n') };
}

/** What package managers and make say about the failure of somebody else. */
const NOISE = /^(?:npm (?:ERR!|error)|yarn error|error Command failed|ELIFECYCLE|\S*ELIFECYCLE|make(?:\[\d{1,3}\])?: \*\*\*|info Visit https|> |A complete log of this run|Node\.js v\d)/;

type MakeReader = (task: ReaderTask) => LogReader;

function read(log: string, frame: PathFrame, makers: readonly MakeReader[]): readonly RawFinding[] {
  const findings: RawFinding[] = [];
  const seen = new Set<string>();
  const task: ReaderTask = {
    frame,
    emit: (finding) => {
      // Runners repeat failures in their summary: the same place, test and message is one finding.
      const key = JSON.stringify([finding.file, finding.line, finding.column, finding.rule, finding.test, finding.message]);
      if (seen.has(key) || findings.length > FINDINGS_MAX * 20) return;
      seen.add(key);
      findings.push(finding);
    },
  };
  const readers = makers.map((make) => make(task));
  forEachLine(log, (line) => {
    for (const reader of readers) reader.line(line);
  });
  for (const reader of readers) reader.end();
  return findings;
}

function bounded(all: readonly RawFinding[]): LogFindings {
  const errors = all.filter((finding) => finding.severity === 'error');
  const told = errors.length > 0 ? errors : all;
  return { findings: told.slice(0, FINDINGS_MAX), truncated: Math.max(0, told.length - FINDINGS_MAX) };
}

function forEachLine(log: string, on: (line: string) => void): void {
  let at = 0;
  while (at < log.length) {
    const feed = log.indexOf('\n', at);
    const end = feed < 0 ? log.length : feed;
    // Twice the bound is kept for escapes, which go before the line is cut.
    on(plainLine(log.slice(at, Math.min(end, at + LINE_CHARS_MAX * 2))).slice(0, LINE_CHARS_MAX));
    at = end + 1;
  }
}
