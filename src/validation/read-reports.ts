import { constants } from 'node:fs';
import { lstat, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import picomatch from 'picomatch';
import type { CheckDefinition, TestTotals } from '../domain/check.js';
import type { CheckReports, ReportState } from '../domain/report.js';
import { err, ok, type Result } from '../kit/result.js';
import type { RawFinding } from './fingerprint.js';
import type { CoverageFrame } from './reports/coverage-builder.js';
import { REPORT_BYTES_MAX, ReportCollector, type OpenReport } from './reports/report-collector.js';

const FILES_MAX = 500;
const ENTRIES_MAX = 20_000;
/** Of all reports of one check together: each alone may be large, five hundred large ones would take too long. */
const ALL_BYTES_MAX = 128 * 1024 * 1024;
const PIECE_BYTES = 1024 * 1024;

/** What the reports of a check said; `problems` are for people (a report that is missing or refused). */
export interface ReportReading {
  readonly tests: TestTotals | undefined;
  readonly findings: readonly RawFinding[];
  readonly truncated: number;
  readonly problems: readonly string[];
  /** Absent for a check that has no reports. */
  readonly facts: CheckReports | undefined;
}

/** The state of report files before a check starts: an unchanged one is a committed file, not a report of this run. */
export type ReportMarks = ReadonlyMap<string, string>;

type Where = Pick<CheckDefinition, 'id' | 'reports' | 'workdir'>;

export async function markReports(folder: string, check: Where): Promise<ReportMarks> {
  const marks = new Map<string, string>();
  for (const { path } of await reportFiles(folder, check)) marks.set(path, (await markOf(join(folder, path))) ?? '');
  return marks;
}

/**
 * Reads the reports that a check wrote since `marks`. The folder was written by foreign programs that are dead now:
 * every part of a path is looked at without following links, sizes are bounded, contents are parsed as hostile.
 */
export async function readReports(input: { readonly folder: string; readonly check: Where; readonly marks: ReportMarks; readonly frame: CoverageFrame }): Promise<ReportReading> {
  const { folder, check, marks, frame } = input;
  if (check.reports.length === 0) return { tests: undefined, findings: [], truncated: 0, problems: [], facts: undefined };
  const collector = new ReportCollector(frame);
  const states = new Map(check.reports.map((report): [string, ReportState] => [keyOf(report), { ...report, state: 'missing', words: 'the check did not write it' }]));
  const problems: string[] = [];
  let bytes = 0;
  for (const file of await reportFiles(folder, check)) {
    if (marks.get(file.path) === (await markOf(join(folder, file.path)))) continue;
    const full = bytes >= ALL_BYTES_MAX;
    const read = full ? tooMuch() : await readInto(join(folder, file.path), collector.open(file.report.format), REPORT_BYTES_MAX[file.report.format]);
    const key = keyOf(file.report);
    const doubts = collector.doubts.splice(0);
    problems.push(...doubts.map((doubt) => `report ${file.path}: ${doubt}`));
    if (read.ok && doubts.length > 0) states.set(key, { ...file.report, state: 'broken', words: `report ${file.path}: ${doubts.join('; ')}`.slice(0, 500) });
    if (read.ok) {
      bytes += read.value;
      if (states.get(key)?.state !== 'broken') states.set(key, { ...file.report, state: 'read' });
      continue;
    }
    const words = `report ${file.path} was not read: ${read.error}`;
    problems.push(words);
    states.set(key, { ...file.report, state: 'broken', words: words.slice(0, 500) });
  }
  const missing = [...states.values()].filter(({ state }) => state === 'missing');
  if (missing.length === states.size) problems.push('the check wrote none of its reports');
  else problems.push(...missing.map(({ path, format }) => `the check did not write its ${format} report ${path}`));
  const facts: CheckReports = {
    check: check.id, states: [...states.values()], issues: collector.issues, issuesLeftOut: collector.issuesLeftOut,
    coverage: [...collector.coverage.result()], coverageFiles: collector.coverage.fileCount, coverageKinds: [...collector.coverage.kinds], advisories: collector.advisories, tasks: collector.tasks,
  };
  return { tests: collector.tests, findings: collector.findings, truncated: collector.truncated, problems, facts };
}

function keyOf(report: Where['reports'][number]): string {
  return `${report.format}:${report.path}`;
}

function tooMuch(): Result<number, string> {
  return err(`the reports of the check are more than ${ALL_BYTES_MAX / 1024 / 1024} MiB together`);
}

interface ReportFile { readonly path: string; readonly report: Where['reports'][number] }

/** The files that the check's report paths name now. A path may have `*` and `**`; links are neither followed nor read. */
async function reportFiles(folder: string, check: Where): Promise<readonly ReportFile[]> {
  const found = new Map<string, ReportFile>();
  for (const report of check.reports) {
    const full = [check.workdir, report.path].join('/').split('/').filter((part) => part !== '' && part !== '.').join('/');
    const add = (path: string): void => { found.set(`${path}\0${report.format}`, { path, report }); };
    const globAt = full.split('/').findIndex((part) => /[*?[{(!]/.test(part));
    if (globAt < 0) {
      if (await plainParents(folder, full) && (await markOf(join(folder, full))) !== undefined) add(full);
      continue;
    }
    const start = full.split('/').slice(0, globAt).join('/');
    const matches = picomatch(full, { dot: true, noextglob: true, nonegate: true });
    if (start !== '' && !(await plainParents(folder, `${start}/x`))) continue;
    for (const file of await walk(folder, start)) if (matches(file)) add(file);
  }
  return [...found.values()].sort((a, b) => (a.path < b.path ? -1 : 1)).slice(0, FILES_MAX);
}

/** True when every folder above the file is a folder and no link. */
async function plainParents(folder: string, path: string): Promise<boolean> {
  const parts = path.split('/').slice(0, -1);
  if (parts.includes('..')) return false;
  for (let index = 1; index <= parts.length; index += 1) {
    const stats = await lstat(join(folder, ...parts.slice(0, index))).catch(() => undefined);
    if (stats?.isDirectory() !== true) return false;
  }
  return true;
}

async function walk(folder: string, start: string): Promise<readonly string[]> {
  const files: string[] = [];
  const queue = [start];
  let entries = 0;
  for (let next = queue.shift(); next !== undefined && entries < ENTRIES_MAX; next = queue.shift()) {
    for (const entry of await readdir(join(folder, next), { withFileTypes: true }).catch(() => [])) {
      entries += 1;
      const path = next === '' ? entry.name : `${next}/${entry.name}`;
      if (entry.isDirectory() && entry.name !== 'node_modules' && entry.name !== '.git') queue.push(path);
      else if (entry.isFile()) files.push(path);
    }
  }
  return files;
}

async function markOf(path: string): Promise<string | undefined> {
  const stats = await lstat(path, { bigint: true }).catch(() => undefined);
  return stats === undefined ? undefined : `${stats.ino}:${stats.size}:${stats.mtimeNs}:${stats.ctimeNs}`;
}

/** Feeds a plain file to its reader, opened without following a link and without waiting for a pipe's other end. Answers its size. */
async function readInto(path: string, report: OpenReport, bytesMax: number): Promise<Result<number, string>> {
  const refused = (): Result<number, string> => err(`it is no plain file of at most ${Math.floor(bytesMax / 1024 / 1024)} MiB`);
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(() => undefined);
  if (file === undefined) return refused();
  try {
    const stats = await file.stat();
    if (!stats.isFile() || stats.size > bytesMax) return refused();
    const piece = Buffer.alloc(Math.min(PIECE_BYTES, Math.max(1, stats.size)));
    let at = 0;
    while (at < stats.size) {
      const { bytesRead } = await file.read(piece, 0, Math.min(piece.length, stats.size - at), at);
      if (bytesRead === 0) break;
      report.push(piece.subarray(0, bytesRead));
      at += bytesRead;
    }
    const ended = report.end();
    return ended.ok ? ok(at) : ended;
  } catch {
    return refused();
  } finally {
    await file.close();
  }
}
