import type { TestTotals } from '../domain/check.js';
import { err, ok, type Result } from '../kit/result.js';
import type { RawFinding } from './fingerprint.js';
import { relativePath, type PathFrame } from './repository-path.js';
import { plainText } from './plain-text.js';
import { scanXml, type XmlEvent } from '../kit/xml-events.js';

const FINDINGS_MAX = 500;
const MESSAGE_CHARS = 1500;

export interface JunitReport {
  readonly totals: TestTotals;
  readonly findings: readonly RawFinding[];
  /** Failures beyond the bound: counted in the totals, not listed. */
  readonly truncated: number;
}

/**
 * Reads a JUnit XML report of any dialect: root `testsuites` or `testsuite`, nested suites, `failure` and `error`,
 * `skipped`, surefire's `flakyFailure`/`rerunFailure` (a re-run that ended well is no failure). The counts that a
 * report claims about itself are ignored; cases are counted. Foreign text: see `scanXml` for what is refused.
 */
export function parseJunit(text: string, frame: PathFrame): Result<JunitReport, string> {
  const reader = new JunitReader(frame);
  const scanned = scanXml(text, (event) => reader.take(event));
  if (!scanned.ok) return err(scanned.error);
  if (!reader.isJunit) return err('it has no testsuite element');
  return ok({ totals: { total: reader.total, failed: reader.failed, skipped: reader.skipped }, findings: reader.findings, truncated: reader.failed - reader.failuresListed });
}

interface OpenElement { readonly name: string; readonly attributes: ReadonlyMap<string, string> }
interface OpenCase { readonly attributes: ReadonlyMap<string, string>; readonly suites: readonly string[]; readonly suiteFile: string | undefined; problem: { rule: string; message: string; text: string } | undefined; skipped: boolean }

class JunitReader {
  total = 0;
  failed = 0;
  skipped = 0;
  failuresListed = 0;
  isJunit = false;
  readonly findings: RawFinding[] = [];
  private readonly path: OpenElement[] = [];
  private case: OpenCase | undefined;
  private readonly frame: PathFrame;

  constructor(frame: PathFrame) {
    this.frame = frame;
  }

  take(event: XmlEvent): void {
    switch (event.type) {
      case 'open':
        this.opened({ name: event.name, attributes: event.attributes });
        return;
      case 'text':
        if (this.case?.problem !== undefined && isProblem(this.path.at(-1)?.name) && this.case.problem.text.length < MESSAGE_CHARS * 4) this.case.problem.text += event.text;
        return;
      case 'close':
        if (this.path.pop()?.name === 'testcase') this.closeCase();
        return;
    }
  }

  private opened(element: OpenElement): void {
    const parent = this.path.at(-1)?.name;
    this.path.push(element);
    if (element.name === 'testsuites' || element.name === 'testsuite') this.isJunit = true;
    if (element.name === 'testcase') {
      const suites = this.path.filter(({ name }) => name === 'testsuite');
      this.case = { attributes: element.attributes, suites: suites.map(({ attributes }) => attributes.get('name') ?? ''), suiteFile: suites.at(-1)?.attributes.get('file'), problem: undefined, skipped: false };
    } else if (this.case !== undefined && parent === 'testcase') {
      if (element.name === 'skipped') this.case.skipped = true;
      // The first problem of a case names it; a case with both a failure and an error is one failed case.
      if (isProblem(element.name) && this.case.problem === undefined) this.case.problem = { rule: element.attributes.get('type') ?? element.name, message: element.attributes.get('message') ?? '', text: '' };
    } else if (isProblem(element.name) && parent === 'testsuite') {
      // A suite that broke before its first case (a file that cannot be loaded).
      this.failed += 1;
      this.total += 1;
      this.list({ from: 'junit', severity: 'error', rule: element.attributes.get('type') ?? element.name, test: plainText(this.path.at(-2)?.attributes.get('name') ?? '', 400), message: plainText(element.attributes.get('message') ?? 'the suite could not run', MESSAGE_CHARS) });
    }
  }

  private closeCase(): void {
    const done = this.case;
    this.case = undefined;
    if (done === undefined) return;
    this.total += 1;
    if (done.problem === undefined) {
      if (done.skipped) this.skipped += 1;
      return;
    }
    this.failed += 1;
    const { attributes } = done;
    const name = attributes.get('name') ?? '(no name)';
    const group = attributes.get('classname') ?? done.suites.at(-1) ?? '';
    const stack = done.problem.text;
    const file = relativePath(attributes.get('file') ?? done.suiteFile ?? '', this.frame);
    const line = Number.parseInt(attributes.get('line') ?? '', 10);
    this.list({
      from: 'junit', severity: 'error', file, line: Number.isNaN(line) ? undefined : line,
      rule: plainText(done.problem.rule, 100), test: plainText(group === '' || group === name ? name : `${group} > ${name}`, 500),
      message: plainText(done.problem.message.trim() === '' ? stack : done.problem.message, MESSAGE_CHARS) || 'the test failed without a message',
    });
  }

  private list(finding: RawFinding): void {
    if (this.findings.length >= FINDINGS_MAX) return;
    this.failuresListed += 1;
    this.findings.push(finding);
  }
}

function isProblem(name: string | undefined): boolean {
  return name === 'failure' || name === 'error';
}
