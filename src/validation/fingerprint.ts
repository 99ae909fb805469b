import { digestOfJson } from '../domain/digest.js';
import type { CheckId, Digest } from '../domain/ids.js';
import type { Finding } from '../domain/finding.js';
import { untrusted } from '../domain/text.js';

/** A finding as a parser saw it. All text is foreign. */
export interface RawFinding {
  readonly from: Finding['from'];
  readonly severity: Finding['severity'];
  readonly file?: string | undefined;
  readonly line?: number | undefined;
  readonly column?: number | undefined;
  readonly rule?: string | undefined;
  readonly test?: string | undefined;
  readonly message: string;
}

const MESSAGE_CHARS_MAX = 2000;

/**
 * Gives findings their names. Equal findings in one check (the same rule broken twice in a file) are told apart by
 * their number, not by their line, so that a line added above moves no name.
 */
export function fingerprintAll(check: CheckId, raws: readonly RawFinding[]): readonly Finding[] {
  const seen = new Set<string>();
  const count = new Map<string, number>();
  const findings: Finding[] = [];
  for (const raw of raws) {
    const place = JSON.stringify([raw.file, raw.line, raw.column, raw.rule, raw.test, raw.message]);
    if (seen.has(place)) continue;
    seen.add(place);
    const key = JSON.stringify(identity(raw));
    const occurrence = (count.get(key) ?? 0) + 1;
    count.set(key, occurrence);
    findings.push(named(check, raw, fingerprint(check, raw, occurrence)));
  }
  return findings;
}

/** The name of a finding: check, file, rule, test and its message without what changes from run to run. */
export function fingerprint(check: CheckId, raw: RawFinding, occurrence = 1): Digest {
  return digestOfJson({ check, ...identity(raw), occurrence });
}

function identity(raw: RawFinding): { readonly file: string; readonly rule: string; readonly test: string; readonly message: string } {
  return { file: raw.file ?? '', rule: raw.rule ?? '', test: stableText(raw.test ?? ''), message: stableText(raw.message) };
}

/**
 * Takes out what differs between two runs of the same tree: times, durations, addresses, temporary folders, uuids,
 * ports, process numbers and places in files. Plain numbers stay: «expected 3» and «expected 4» are two findings.
 * Each pattern is bounded, and each character is looked at a fixed number of times.
 */
export function stableText(text: string): string {
  let stable = text.slice(0, MESSAGE_CHARS_MAX);
  for (const [pattern, mark] of CHANGING) stable = stable.replace(pattern, mark);
  return stable.replace(/\s+/g, ' ').trim();
}

const CHANGING: readonly (readonly [RegExp, string])[] = [
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, '<uuid>'],
  [/\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?)?/g, '<time>'],
  [/\b\d{1,2}:\d\d:\d\d(?:[.,]\d{1,9})?\b/g, '<time>'],
  [/\b0x[0-9a-f]{4,32}\b/gi, '<address>'],
  [/(?:\/private)?\/(?:tmp|var\/tmp|var\/folders|dev\/shm)\/[^\s'"`)\]:,;]{1,400}/g, '<temp>'],
  [/\b[A-Z]:\\[^\s'"]{0,200}\\Temp\\[^\s'"]{1,200}/gi, '<temp>'],
  [/\b(localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1?\]):\d{2,5}\b/g, '$1:<port>'],
  [/\bport:? \d{2,5}\b/gi, 'port <port>'],
  [/\b(?:pid|process)[ :=#]{1,2}\d{1,10}\b/gi, '<pid>'],
  [/\b\d{1,12}(?:\.\d{1,9})? ?(?:ns|µs|us|ms|milliseconds?|secs?|seconds?|s|minutes?|mins?)\b/g, '<duration>'],
  [/(\.[A-Za-z]\w{0,9}):\d{1,7}(?::\d{1,7})?\b/g, '$1:<place>'],
  [/(\.[A-Za-z]\w{0,9})\(\d{1,7},\d{1,7}\)/g, '$1:<place>'],
  [/\b[Ll]ines? \d{1,7}\b/g, 'line <place>'],
  [/\b[0-9a-f]{32,128}\b/g, '<hash>'],
];

function named(check: CheckId, raw: RawFinding, name: Digest): Finding {
  const line = inRange(raw.line);
  const column = inRange(raw.column);
  return {
    fingerprint: name, source: check, from: raw.from, severity: raw.severity,
    ...(raw.file === undefined ? {} : { file: raw.file.slice(0, 1000) }),
    ...(line === undefined ? {} : { line }),
    ...(column === undefined ? {} : { column }),
    ...(raw.rule === undefined || raw.rule === '' ? {} : { rule: raw.rule.slice(0, 200) }),
    ...(raw.test === undefined || raw.test === '' ? {} : { test: raw.test.slice(0, 500) }),
    message: untrusted(raw.message.slice(0, MESSAGE_CHARS_MAX)),
  };
}

function inRange(value: number | undefined): number | undefined {
  return value !== undefined && Number.isSafeInteger(value) && value > 0 ? value : undefined;
}
