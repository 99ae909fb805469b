import type { QualityConfig } from '../../config/quality-config.js';
import type { CheckReports, Concern, Issue, IssueSeverity } from '../../domain/report.js';
import type { VerdictNode } from '../../domain/verdict.js';
import { globMatcher } from '../../kit/globs.js';
import type { TextReader } from '../gate-facts.js';
import { newIssues } from './match-issues.js';
import type { NewCode } from './new-code.js';
import { effectOf, gateFinding, groupNode, offNode, placesOf, SHOWN_MAX } from './nodes.js';
import type { ReportFacts } from './quality-facts.js';

const SEVERITIES: readonly IssueSeverity[] = ['critical', 'high', 'medium', 'low'];
const CONCERNS: readonly Concern[] = ['security', 'reliability', 'maintainability'];

/** New issues of scanners, by concern. What the base has too is not charged to anybody; what the change suppresses itself is told. */
export async function issuesRule(input: { readonly config: QualityConfig; readonly reports: ReportFacts; readonly code: NewCode; readonly textOf: TextReader | undefined }): Promise<VerdictNode> {
  const { config, reports, code, textOf } = input;
  const scanned = reports.candidate.filter(hasScan);
  if (scanned.length === 0) return { rule: 'issues', effect: 'allow', words: 'no check wrote a report of a scanner (format sarif)' };
  const excluded = globMatcher(config.issues.exclude, 'exact');
  if (!excluded.ok) return { rule: 'issues', effect: 'error', words: `gates.quality.issues.exclude cannot be used: ${excluded.error}` };
  const wanted = (issue: Issue): boolean => issue.file === undefined || !excluded.value(issue.file);
  const fresh: Issue[] = [];
  const hidden: Issue[] = [];
  const incomparable: string[] = [];
  for (const one of scanned) {
    const before = reports.base.find((other) => other.check === one.check);
    const issues = one.issues.filter(wanted);
    const open = issues.filter(({ suppressed }) => suppressed === undefined);
    if (before === undefined || !hasScan(before)) {
      // Nothing to compare with: what lies in new lines is new for sure, the rest may be old.
      incomparable.push(one.check);
      fresh.push(...open.filter((issue) => issue.file !== undefined && isNewPlace(code, issue.file, issue.line)));
      continue;
    }
    fresh.push(...await newIssues({ base: before.issues, candidate: open, code, textOf }));
    hidden.push(...await newIssues({ base: before.issues, candidate: issues.filter(({ suppressed }) => suppressed !== undefined), code, textOf }));
  }
  const children = [
    ...CONCERNS.map((concern) => concernNode(config, concern, fresh.filter((issue) => issue.concern === concern))),
    suppressedNode(config, hidden),
    ...(incomparable.length === 0 ? [] : [{ rule: 'issues-compared', effect: 'allow' as const, words: `the base has no report of ${incomparable.join(', ')}: only issues in new lines were counted`, values: { checks: incomparable } }]),
  ];
  return groupNode('issues', children, 'no new issue that counts');
}

function hasScan(reports: CheckReports): boolean {
  return reports.states.some(({ format, state }) => format === 'sarif' && state !== 'missing') || reports.issues.length > 0;
}

function isNewPlace(code: NewCode, file: string, line: number | undefined): boolean {
  if (line === undefined) return code.isTouched(file);
  return code.lines.get(file)?.some((one) => one.line === line) === true;
}

function concernNode(config: QualityConfig, concern: Concern, issues: readonly Issue[]): VerdictNode {
  const rule = `new-${concern}`;
  const setting = config.issues[concern];
  if (setting === 'off') return offNode(rule);
  const from = config.issues[`${concern}_from`];
  const counting = issues.filter(({ severity }) => SEVERITIES.indexOf(severity) <= SEVERITIES.indexOf(from)).sort((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity));
  const milder = issues.length - counting.length;
  const rest = milder === 0 ? '' : ` (${milder} milder than ${from} not counted)`;
  if (counting.length === 0) return { rule, effect: 'allow', words: `no new ${concern} issue of severity ${from} or worse${rest}` };
  return {
    rule, effect: effectOf(setting), words: `${counting.length} new ${concern} ${counting.length === 1 ? 'issue' : 'issues'}: ${counting.slice(0, 3).map(told).join('; ')}${counting.length > 3 ? `; and ${counting.length - 3} more` : ''}${rest}`,
    values: { count: counting.length, worst: counting[0]?.severity ?? from, from, issues: counting.slice(0, SHOWN_MAX).map(told), ...placesOf(counting.map(placeOf)) },
    findings: counting.slice(0, SHOWN_MAX).map((issue) => gateFinding(`quality.${concern}`, {
      identity: [issue.tool, issue.rule, issue.file, issue.symbol, issue.message], severity: issue.severity === 'low' ? 'note' : issue.severity === 'medium' ? 'warning' : 'error',
      file: issue.file, line: issue.line, name: issue.rule, message: `${issue.tool} (${issue.severity}): ${issue.message}`,
    })),
  };
}

function suppressedNode(config: QualityConfig, issues: readonly Issue[]): VerdictNode {
  const setting = config.issues.suppressed;
  if (setting === 'off') return offNode('new-suppressed');
  if (issues.length === 0) return { rule: 'new-suppressed', effect: 'allow', words: 'the change suppresses no issue of its own' };
  return {
    rule: 'new-suppressed', effect: effectOf(setting), words: `the change suppresses ${issues.length} new ${issues.length === 1 ? 'issue' : 'issues'} of its own: ${issues.slice(0, 3).map(told).join('; ')}`,
    values: { count: issues.length, issues: issues.slice(0, SHOWN_MAX).map(told), ...placesOf(issues.map(placeOf)) },
  };
}

const placeOf = ({ file, line }: Issue): { readonly path: string | undefined; readonly line: number | undefined } => ({ path: file, line });

function told(issue: Issue): string {
  const place = issue.file === undefined ? '(no place)' : `${issue.file}${issue.line === undefined ? '' : `:${issue.line}`}`;
  return `${place} ${issue.rule} (${issue.tool}, ${issue.severity})`;
}
