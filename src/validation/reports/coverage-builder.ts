import type { FileCoverage } from '../../domain/report.js';
import { relativePath, type PathFrame } from '../repository-path.js';

const FILES_MAX = 100_000;
const LINES_PER_FILE_MAX = 200_000;
const LINE_MAX = 10_000_000;

interface Open { readonly lines: Map<number, number>; readonly branches: Map<number, { taken: number; total: number }>; readonly ways: Map<number, Map<string, boolean>> }
const empty = (): Open => ({ lines: new Map(), branches: new Map(), ways: new Map() });

export interface CoverageFrame extends PathFrame {
  /** Paths that differ from the base: only files with one of these names are kept. Undefined on the base: none is. */
  readonly changed: ReadonlySet<string> | undefined;
}

/**
 * Puts the coverage of many report files together. A line is hit when any report says so, and the most hits count, so
 * the order of the reports and a report read twice change nothing.
 */
export class CoverageBuilder {
  private readonly files = new Map<string, Open>();
  private readonly seen = new Set<string>();
  private readonly names: ReadonlySet<string>;
  private readonly frame: CoverageFrame;

  constructor(frame: CoverageFrame) {
    this.frame = frame;
    this.names = new Set([...frame.changed ?? []].map(nameOf));
  }

  /** Where the lines of one file go. `roots` are the folders that the report says its paths start from. */
  file(printed: string, roots: readonly string[] = []): CoverageFile {
    const file = this.place(printed, roots);
    const kept = this.names.has(nameOf(file)) && (this.files.has(file) || this.files.size < FILES_MAX);
    if (this.seen.size < FILES_MAX) this.seen.add(file);
    if (!kept) return new CoverageFile(undefined);
    const open = this.files.get(file) ?? empty();
    this.files.set(file, open);
    return new CoverageFile(open);
  }

  /** How many files the reports speak of, the ones that are not kept too. */
  get fileCount(): number {
    return this.seen.size;
  }

  /** Endings of their names, in order. */
  get kinds(): readonly string[] {
    return [...new Set([...this.seen].map((file) => /\.(\w{1,20})$/.exec(nameOf(file).slice(-40))?.[1]?.toLowerCase() ?? ''))].filter((kind) => kind !== '').sort().slice(0, 100);
  }

  result(): readonly FileCoverage[] {
    return [...this.files].sort(([a], [b]) => (a < b ? -1 : 1)).map(([file, open]) => {
      for (const [line, ways] of open.ways) widen(open.branches, line, { taken: [...ways.values()].filter(Boolean).length, total: ways.size });
      return { file: file.slice(0, 1000), lines: [...open.lines].sort(([a], [b]) => a - b).flat(), branches: [...open.branches].sort(([a], [b]) => a - b).flatMap(([line, { taken, total }]) => [line, taken, total]) };
    });
  }

  /** From the root where it can be known; else as printed, with forward slashes, for matching by its end. */
  private place(printed: string, roots: readonly string[]): string {
    const plain = printed.trim().replace(/^file:\/\//, '').replaceAll('\\', '/').slice(0, 1000);
    const absolute = plain.startsWith('/') || /^[A-Za-z]:\//.test(plain);
    const below = absolute ? [] : roots.flatMap((root) => relativePath(`${root.replaceAll('\\', '/').replace(/\/+$/, '')}/${plain}`, this.frame) ?? []);
    const found = below.find((path) => this.frame.changed?.has(path) === true) ?? below[0] ?? relativePath(plain, this.frame);
    return found ?? plain.replace(/^[A-Za-z]:/, '').split('/').filter((part) => part !== '' && part !== '.' && part !== '..').join('/');
  }
}

/** The lines of one file as a reader tells them. Numbers that cannot be are passed over. */
export class CoverageFile {
  private readonly open: Open | undefined;

  constructor(open: Open | undefined) {
    this.open = open;
  }

  line(line: number, hits: number): void {
    if (this.open === undefined || !isLine(line) || !Number.isSafeInteger(hits) || hits < 0) return;
    if (this.open.lines.size >= LINES_PER_FILE_MAX && !this.open.lines.has(line)) return;
    this.open.lines.set(line, Math.max(this.open.lines.get(line) ?? 0, hits));
  }

  branch(line: number, taken: number, total: number): void {
    if (this.open === undefined || !isLine(line) || !Number.isSafeInteger(taken) || !Number.isSafeInteger(total) || taken < 0 || total <= 0 || taken > total) return;
    widen(this.open.branches, line, { taken, total });
  }

  /** One way out of a line that has a name: the same way in another report is not a second one. */
  way(line: number, name: string, taken: boolean): void {
    if (this.open === undefined || !isLine(line)) return;
    const ways = this.open.ways.get(line) ?? new Map<string, boolean>();
    this.open.ways.set(line, ways);
    if (ways.size < 1000 || ways.has(name)) ways.set(name, taken || ways.get(name) === true);
  }
}

function widen(branches: Open['branches'], line: number, seen: { readonly taken: number; readonly total: number }): void {
  const before = branches.get(line);
  branches.set(line, { taken: Math.max(before?.taken ?? 0, seen.taken), total: Math.max(before?.total ?? 0, seen.total) });
}

function isLine(line: number): boolean {
  return Number.isSafeInteger(line) && line > 0 && line <= LINE_MAX;
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
