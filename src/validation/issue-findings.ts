import type { Issue } from '../domain/report.js';
import type { RawFinding } from './fingerprint.js';

const FINDINGS_MAX = 2_000;

/**
 * What a scanner said, as findings of its failed check: errors; warnings only when there is no error, as with the lines of
 * a log. A check that passed has none of them: its issues are judged by the quality gate.
 */
export function issueFindings(issues: readonly Issue[]): readonly RawFinding[] {
  const open = issues.filter((issue) => issue.suppressed === undefined);
  const errors = open.filter((issue) => issue.level === 'error');
  return (errors.length > 0 ? errors : open.filter((issue) => issue.level === 'warning')).slice(0, FINDINGS_MAX).map((issue): RawFinding => ({
    from: 'sarif', severity: issue.level, file: issue.file, line: issue.line, column: issue.column, rule: issue.rule, message: issue.message,
  }));
}
