import { createHash } from 'node:crypto';
import type { CheckResult } from '../../../domain/check.js';
import type { JudgedFinding } from '../../../domain/finding.js';
import type { FileCoverage } from '../../../domain/report.js';
import { visible } from '../../../kit/harmless.js';
import type { JobReports } from '../../../ports/host.js';

/** Where the component finds them below the run folder: the names of its `artifacts:reports`. */
export const REPORT_FILES = { annotations: 'annotations.json', codeQuality: 'gl-code-quality-report.json', junit: 'junit.xml', coverage: 'cobertura.xml' } as const;

const MESSAGE_CHARS_MAX = 1000;
const FINDINGS_MAX = 2000;
const SECTION = 'Heddle';

/** The files that GitLab reads after the job, by name. A report about nothing is still a valid file: a missing one would be a warning of the runner. */
export function reportFiles(reports: JobReports): Readonly<Record<string, string>> {
  return {
    [REPORT_FILES.annotations]: annotations(reports.links),
    [REPORT_FILES.codeQuality]: codeQuality(reports.findings),
    [REPORT_FILES.junit]: junit(reports.checks, reports.findings),
    ...(reports.coverage.length === 0 ? {} : { [REPORT_FILES.coverage]: cobertura(reports.coverage) }),
  };
}

/** `artifacts:reports:annotations`: links on the page of the job. GitLab takes links alone. */
export function annotations(links: JobReports['links']): string {
  const usable = links.filter(({ url }) => /^https?:\/\//.test(url));
  return `${JSON.stringify({ [SECTION]: usable.map(({ label, url }) => ({ external_link: { label: oneLine(label, 200), url } })) }, null, 2)}\n`;
}

const SEVERITY = { error: 'major', warning: 'minor', note: 'info' } as const;

/** `artifacts:reports:codequality`: findings with a place. GitLab compares them by fingerprint with those of the target branch, so each has its own. */
export function codeQuality(findings: readonly JudgedFinding[]): string {
  const seen = new Map<string, number>();
  const list = findings.filter((one) => one.file !== undefined).slice(0, FINDINGS_MAX).map((one) => {
    const at = seen.get(one.fingerprint) ?? 0;
    seen.set(one.fingerprint, at + 1);
    return {
      description: described(one), check_name: oneLine(one.rule ?? one.test ?? one.source, 200), severity: SEVERITY[one.severity],
      fingerprint: createHash('sha256').update(`${one.fingerprint} ${at}`).digest('hex'),
      location: { path: one.file, lines: { begin: one.line ?? 1 } },
    };
  });
  return `${JSON.stringify(list, null, 2)}\n`;
}

/** `artifacts:reports:junit`: one case for each check, and one for each of its failed tests; what was there before the change is skipped. */
export function junit(checks: readonly CheckResult[], findings: readonly JudgedFinding[]): string {
  const suites = checks.map((check) => suite(check, findings.filter((one) => one.source === check.check)));
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="Heddle">\n${suites.join('')}</testsuites>\n`;
}

function suite(check: CheckResult, findings: readonly JudgedFinding[]): string {
  const tests = [...new Map(findings.flatMap((one) => (one.test === undefined ? [] : [[one.test, one] as const]))).values()].slice(0, FINDINGS_MAX);
  const other = findings.filter((one) => one.test === undefined && one.standing === 'new' && one.severity === 'error').slice(0, 50);
  const cases = [caseOf(check, other), ...tests.map((one) => testCase(check.check, one))];
  const count = (what: string): number => cases.filter((text) => text.includes(what)).length;
  return `  <testsuite name=${attribute(check.check)} tests="${cases.length}" failures="${count('<failure ')}" errors="${count('<error ')}" skipped="${count('<skipped')}" time="${seconds(check.durationMs)}">\n${cases.join('')}  </testsuite>\n`;
}

function caseOf({ check, outcome, durationMs }: CheckResult, findings: readonly JudgedFinding[]): string {
  const head = `    <testcase classname="heddle.check" name=${attribute(check)} time="${seconds(durationMs)}"`;
  const details = findings.map((one) => `${one.file === undefined ? '' : `${one.file}${one.line === undefined ? '' : `:${one.line}`}: `}${described(one)}`).join('\n');
  switch (outcome.kind) {
    case 'passed': return `${head}/>\n`;
    case 'skipped': return `${head}><skipped message=${attribute(outcome.reason)}/></testcase>\n`;
    case 'errored': return `${head}><error message=${attribute(outcome.fault.message)}/></testcase>\n`;
    case 'failed': return `${head}><failure message=${attribute(`exit code ${outcome.exitCode}`)}>${escaped(details)}</failure></testcase>\n`;
    case 'timed-out': return `${head}><failure message=${attribute(`stopped after ${outcome.afterMs} ms`)}>${escaped(details)}</failure></testcase>\n`;
    case 'output-exceeded': return `${head}><failure message=${attribute(`stopped after ${outcome.bytes} bytes of output`)}>${escaped(details)}</failure></testcase>\n`;
  }
}

function testCase(check: string, finding: JudgedFinding): string {
  const place = finding.file === undefined ? '' : ` file=${attribute(finding.file)}`;
  const head = `    <testcase classname=${attribute(check)} name=${attribute(finding.test ?? '')}${place}>`;
  if (finding.standing !== 'new') return `${head}<skipped message=${attribute(finding.standing === 'flaky' ? 'flaky: flips without a change' : 'fails on the base commit as well')}/></testcase>\n`;
  return `${head}<failure message=${attribute(oneLine(finding.message, 300))}>${escaped(described(finding))}</failure></testcase>\n`;
}

/** `artifacts:reports:coverage_report` in the Cobertura form: only what GitLab reads, lines with their hits by file. */
export function cobertura(files: readonly FileCoverage[]): string {
  const pairs = files.map(({ file, lines }) => ({ file, lines: pairsOf(lines) }));
  const all = pairs.flatMap((one) => one.lines);
  const covered = all.filter(([, hits]) => hits > 0).length;
  const rate = (part: number, whole: number): string => (whole === 0 ? '1' : (part / whole).toFixed(4));
  const classes = pairs.map(({ file, lines }) => {
    const rows = lines.map(([line, hits]) => `<line number="${line}" hits="${hits}"/>`).join('');
    return `      <class name=${attribute(file)} filename=${attribute(file)} line-rate="${rate(lines.filter(([, hits]) => hits > 0).length, lines.length)}"><methods/><lines>${rows}</lines></class>\n`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<coverage line-rate="${rate(covered, all.length)}" lines-covered="${covered}" lines-valid="${all.length}" version="1" timestamp="0">\n  <sources><source>.</source></sources>\n  <packages><package name="changed"><classes>\n${classes.join('')}  </classes></package></packages>\n</coverage>\n`;
}

function pairsOf(flat: readonly number[]): (readonly [number, number])[] {
  return Array.from({ length: Math.floor(flat.length / 2) }, (_, at) => [flat[at * 2] ?? 0, flat[at * 2 + 1] ?? 0] as const);
}

function described(finding: JudgedFinding): string {
  const note = finding.standing === 'new' ? '' : finding.standing === 'flaky' ? ' (flaky)' : ' (was there before)';
  return `${oneLine(finding.message, MESSAGE_CHARS_MAX)}${note}`;
}

/** Foreign text on one line. GitLab shows it as text; XML and JSON are escaped by their writers. */
function oneLine(text: string, charsMax: number): string {
  const line = visible(text).replace(/\s+/g, ' ').trim();
  return line.length <= charsMax ? line : `${line.slice(0, charsMax).replace(/[\uD800-\uDBFF]$/, '')} …`;
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}

function attribute(text: string): string {
  return `"${escaped(oneLine(text, MESSAGE_CHARS_MAX)).replaceAll('"', '&quot;')}"`;
}

/** `visible` has taken out the characters that XML 1.0 does not allow, but for the two noncharacters and lone surrogates. */
function escaped(text: string): string {
  return visible(text).replace(/[\uFFFE\uFFFF\p{Cs}]/gu, '').replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
