import { constants } from 'node:fs';
import { lstat, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import picomatch from 'picomatch';
import type { CheckDefinition, TestTotals } from '../domain/check.js';
import type { RawFinding } from './fingerprint.js';
import { JUNIT_BYTES_MAX, parseJunit } from './junit.js';
import type { PathFrame } from './repository-path.js';

const FILES_MAX = 500;
const ENTRIES_MAX = 20_000;
/** Of all reports of one check together: each alone may be large, five hundred large ones would fill our memory. */
const ALL_BYTES_MAX = 64 * 1024 * 1024;
const FINDINGS_MAX = 2_000;

/** What the reports of a check said; `problems` are for people (a report that is missing or refused). */
export interface ReportReading { readonly tests: TestTotals | undefined; readonly findings: readonly RawFinding[]; readonly truncated: number; readonly problems: readonly string[] }

/** The state of report files before a check starts: an unchanged one is a committed file, not a report of this run. */
export type ReportMarks = ReadonlyMap<string, string>;

type Where = Pick<CheckDefinition, 'reports' | 'workdir'>;

export async function markReports(folder: string, check: Where): Promise<ReportMarks> {
  const marks = new Map<string, string>();
  for (const path of await reportPaths(folder, check)) marks.set(path, (await markOf(join(folder, path))) ?? '');
  return marks;
}

/**
 * Reads the reports that a check wrote since `marks`. The folder was written by foreign programs that are dead now:
 * every part of a path is looked at without following links, sizes are bounded, contents are parsed as hostile.
 */
export async function readReports(input: { readonly folder: string; readonly check: Where; readonly marks: ReportMarks; readonly frame: PathFrame }): Promise<ReportReading> {
  const { folder, check, marks, frame } = input;
  if (check.reports.length === 0) return { tests: undefined, findings: [], truncated: 0, problems: [] };
  const totals = { total: 0, failed: 0, skipped: 0 };
  const findings: RawFinding[] = [];
  const problems: string[] = [];
  let truncated = 0;
  let read = 0;
  let bytes = 0;
  for (const path of await reportPaths(folder, check)) {
    if (marks.get(path) === (await markOf(join(folder, path)))) continue;
    if (bytes >= ALL_BYTES_MAX) {
      problems.push(`report ${path} and those after it were not read: the reports of the check are more than ${ALL_BYTES_MAX / 1024 / 1024} MiB together`);
      break;
    }
    const text = await readRegular(join(folder, path));
    bytes += text?.length ?? 0;
    const report = text === undefined ? undefined : parseJunit(text, frame);
    if (report?.ok !== true) {
      problems.push(`report ${path} was not read: ${report === undefined ? `it is no plain file of at most ${JUNIT_BYTES_MAX / 1024 / 1024} MiB` : report.error}`);
      continue;
    }
    read += 1;
    totals.total += report.value.totals.total;
    totals.failed += report.value.totals.failed;
    totals.skipped += report.value.totals.skipped;
    const room = FINDINGS_MAX - findings.length;
    findings.push(...report.value.findings.slice(0, room));
    truncated += report.value.truncated + Math.max(0, report.value.findings.length - room);
  }
  if (read === 0 && problems.length === 0) problems.push('the check wrote none of its reports');
  return { tests: read === 0 ? undefined : totals, findings, truncated, problems };
}

/** The files that the check's report paths name now. A path may have `*` and `**`; links are neither followed nor read. */
async function reportPaths(folder: string, check: Where): Promise<readonly string[]> {
  const found = new Set<string>();
  for (const { path } of check.reports) {
    const full = [check.workdir, path].join('/').split('/').filter((part) => part !== '' && part !== '.').join('/');
    const globAt = full.split('/').findIndex((part) => /[*?[{(!]/.test(part));
    if (globAt < 0) {
      if (await plainParents(folder, full)) found.add(full);
      continue;
    }
    const start = full.split('/').slice(0, globAt).join('/');
    const matches = picomatch(full, { dot: true, noextglob: true, nonegate: true });
    if (start !== '' && !(await plainParents(folder, `${start}/x`))) continue;
    for (const file of await walk(folder, start)) if (matches(file)) found.add(file);
  }
  return [...found].sort().slice(0, FILES_MAX);
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

/** The text of a plain file, opened without following a link and without waiting for a pipe's other end. */
async function readRegular(path: string): Promise<string | undefined> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(() => undefined);
  if (file === undefined) return undefined;
  try {
    const stats = await file.stat();
    if (!stats.isFile() || stats.size > JUNIT_BYTES_MAX) return undefined;
    const bytes = Buffer.alloc(stats.size);
    const { bytesRead } = await file.read(bytes, 0, stats.size, 0);
    return bytes.subarray(0, bytesRead).toString('utf8');
  } catch {
    return undefined;
  } finally {
    await file.close();
  }
}
