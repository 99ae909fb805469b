import type { TestTotals } from '../../domain/check.js';
import type { Issue, ReportFormat } from '../../domain/report.js';
import { assertNever } from '../../kit/assert-never.js';
import { err, ok, type Result } from '../../kit/result.js';
import type { RawFinding } from '../fingerprint.js';
import { parseJunit, type JunitReport } from '../junit.js';
import { CoverageBuilder, type CoverageFrame } from './coverage-builder.js';
import { readClover, readCobertura, readJacoco, readLcov, type CoverageReader } from './coverage.js';
import { parseCtrf } from './ctrf.js';
import { ISSUES_MAX, SARIF_BYTES_MAX, SarifReader } from './sarif.js';

const MIB = 1024 * 1024;
const FINDINGS_MAX = 2_000;
const ADVISORIES_BYTES_MAX = 16 * MIB;

/** The largest file of each format. SARIF is read piece by piece; the others are put together first. */
export const REPORT_BYTES_MAX: Readonly<Record<ReportFormat, number>> = {
  junit: 32 * MIB, ctrf: 16 * MIB, sarif: SARIF_BYTES_MAX, lcov: 64 * MIB, cobertura: 64 * MIB, jacoco: 64 * MIB, clover: 64 * MIB, osv: ADVISORIES_BYTES_MAX, 'sonar-task': 64 * 1024,
};

/** One report being read. `end` adds what it says, or tells why it cannot be used; nothing of a broken report is added. */
export interface OpenReport {
  push(bytes: Uint8Array): void;
  end(): Result<void, string>;
}

/** What all reports of one check say together. */
export class ReportCollector {
  readonly totals = { total: 0, failed: 0, skipped: 0 };
  readonly findings: RawFinding[] = [];
  readonly issues: Issue[] = [];
  readonly advisories: string[] = [];
  readonly tasks: { readonly project: string; readonly id: string }[] = [];
  readonly doubts: string[] = [];
  testReports = 0;
  truncated = 0;
  issuesLeftOut = 0;
  readonly coverage: CoverageBuilder;
  private readonly frame: CoverageFrame;

  constructor(frame: CoverageFrame) {
    this.frame = frame;
    this.coverage = new CoverageBuilder(frame);
  }

  get tests(): TestTotals | undefined {
    return this.testReports === 0 ? undefined : { ...this.totals };
  }

  open(format: ReportFormat): OpenReport {
    switch (format) {
      case 'sarif': return this.sarif();
      case 'junit': return inOnePiece((text) => this.testReport(parseJunit(text, this.frame)));
      case 'ctrf': return inOnePiece((text) => this.testReport(parseCtrf(text, this.frame)));
      case 'lcov': return this.covered(readLcov);
      case 'cobertura': return this.covered(readCobertura);
      case 'jacoco': return this.covered(readJacoco);
      case 'clover': return this.covered(readClover);
      case 'sonar-task': return inOnePiece((text) => this.sonarTask(text));
      case 'osv': return inOnePiece((text) => this.advisoryText(text));
      default: return assertNever(format);
    }
  }

  private sarif(): OpenReport {
    const reader = new SarifReader(this.frame);
    return {
      push: (bytes) => { reader.push(bytes); },
      end: () => {
        const report = reader.end();
        if (!report.ok) return report;
        const room = Math.max(0, ISSUES_MAX - this.issues.length);
        for (const issue of report.value.issues.slice(0, room)) this.issues.push(issue);
        this.issuesLeftOut += report.value.leftOut + Math.max(0, report.value.issues.length - room);
        this.doubts.push(...report.value.doubts);
        return ok(undefined);
      },
    };
  }

  private testReport(report: Result<JunitReport, string>): Result<void, string> {
    if (!report.ok) return report;
    const { totals, findings, truncated } = report.value;
    this.testReports += 1;
    this.totals.total += totals.total;
    this.totals.failed += totals.failed;
    this.totals.skipped += totals.skipped;
    const room = FINDINGS_MAX - this.findings.length;
    this.findings.push(...findings.slice(0, room));
    this.truncated += truncated + Math.max(0, findings.length - room);
    return ok(undefined);
  }

  /** A text is walked twice, so that a report which breaks in its middle adds nothing. */
  private covered(read: CoverageReader): OpenReport {
    return inOnePiece((text) => {
      const trial = read(text, new CoverageBuilder({ ...this.frame, changed: undefined }));
      return trial.ok ? read(text, this.coverage) : trial;
    });
  }

  /** The properties file that SonarQube's scanners leave: `projectKey=…`, `ceTaskId=…`. Its addresses are not looked at. */
  private sonarTask(text: string): Result<void, string> {
    const project = /^projectKey=(\S{1,400})\s*$/m.exec(text)?.[1];
    const id = /^ceTaskId=([\w-]{1,100})\s*$/m.exec(text)?.[1];
    if (project === undefined || id === undefined) return err('it names no projectKey or no ceTaskId');
    this.tasks.push({ project, id });
    return ok(undefined);
  }

  private advisoryText(text: string): Result<void, string> {
    try {
      JSON.parse(text);
    } catch {
      return err('it is no JSON');
    }
    this.advisories.push(text);
    return ok(undefined);
  }
}

function inOnePiece(read: (text: string) => Result<void, string>): OpenReport {
  const pieces: Uint8Array[] = [];
  return {
    push: (bytes) => { pieces.push(Uint8Array.prototype.slice.call(bytes)); },
    end: () => read(textOf(Buffer.concat(pieces))),
  };
}

/** Windows tools write UTF-16 with a byte order mark. */
function textOf(bytes: Buffer): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return bytes.subarray(2).toString('utf16le');
  return bytes.toString('utf8');
}
