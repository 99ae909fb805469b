import { z } from 'zod';
import { CheckId } from './ids.js';
import { UntrustedText } from './text.js';

/** What a check may write for us to read. */
export const ReportFormat = z.enum(['junit', 'ctrf', 'sarif', 'lcov', 'cobertura', 'jacoco', 'clover', 'osv', 'sonar-task']);
export type ReportFormat = z.infer<typeof ReportFormat>;

/** What a person is worried about when a scanner speaks. The words and their order follow the common «software qualities». */
export const Concern = z.enum(['security', 'reliability', 'maintainability']);
export type Concern = z.infer<typeof Concern>;

/** From worst to least. */
export const IssueSeverity = z.enum(['critical', 'high', 'medium', 'low']);
export type IssueSeverity = z.infer<typeof IssueSeverity>;

/** One result of a scanner. All text is foreign. Unlike a finding it is kept when its check passed. */
export const Issue = z.strictObject({
  tool: z.string().max(100),
  rule: z.string().max(200),
  concern: Concern,
  severity: IssueSeverity,
  level: z.enum(['error', 'warning', 'note']),
  /** From the repository's root; absent when the tool did not say or pointed outside. */
  file: z.string().max(1000).optional(),
  line: z.number().int().positive().optional(),
  column: z.number().int().positive().optional(),
  /** The function or class it lies in, as the tool calls it. */
  symbol: z.string().max(300).optional(),
  message: UntrustedText,
  /** The tool's own fingerprints, `name=value`. */
  prints: z.array(z.string().max(300)),
  /** A comment in the source, or an entry elsewhere, says that the tool should not count it. */
  suppressed: z.enum(['source', 'elsewhere']).optional(),
});
export type Issue = z.infer<typeof Issue>;

const count = z.number().int().nonnegative();

/** One file of a coverage report. The path is as the tool wrote it, with forward slashes; the lists are flat to keep them small. */
export const FileCoverage = z.strictObject({
  file: z.string().max(1000),
  /** line, hits, line, hits … in the order of lines. Lines that are not named cannot be executed. */
  lines: z.array(count),
  /** line, taken, total … for lines that branch. */
  branches: z.array(count),
});
export type FileCoverage = z.infer<typeof FileCoverage>;

/** What became of one configured report. `broken` and `missing` say why, for people. */
export const ReportState = z.strictObject({ format: ReportFormat, path: z.string(), state: z.enum(['read', 'broken', 'missing']), words: z.string().max(500).optional() });
export type ReportState = z.infer<typeof ReportState>;

/** What the reports of one check said on one tree, beside its findings. */
export const CheckReports = z.strictObject({
  check: CheckId,
  states: z.array(ReportState),
  issues: z.array(Issue),
  /** Issues beyond the bound: they exist and were not kept. */
  issuesLeftOut: count,
  /** Only files that carry the name of a changed one; on the base commit none. */
  coverage: z.array(FileCoverage),
  /** Files that the coverage reports speak of, kept or not. */
  coverageFiles: count,
  /** Endings of their names: which kinds of files are measured at all. */
  coverageKinds: z.array(z.string().max(20)),
  /** Advisories in the OSV format, as text: read again where they are needed. */
  advisories: z.array(z.string()),
  /** Analyses that a SonarQube scanner says it uploaded. */
  tasks: z.array(z.strictObject({ project: z.string().max(400), id: z.string().max(100) })),
});
export type CheckReports = z.infer<typeof CheckReports>;
