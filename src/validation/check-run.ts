import type { CheckDefinition, CheckResult } from '../domain/check.js';
import type { Finding } from '../domain/finding.js';
import type { CheckReports } from '../domain/report.js';

/** One check on one tree, with everything it said. `result` is what the trail records; the findings are judged first. */
export interface CheckRun {
  readonly check: CheckDefinition;
  /** `findings` counts all of them, those beyond the bound too. */
  readonly result: CheckResult;
  readonly findings: readonly Finding[];
  /** Findings beyond the bound: they exist and were not kept. */
  readonly truncated: number;
  /** For people: reports that were missing or refused. */
  readonly problems: readonly string[];
  /** What its reports said beside findings; absent for a check that has none or did not run, and for a run told by its events. */
  readonly reports?: CheckReports | undefined;
}

/** The runs of a tree as its events tell them, so that a resumed run judges like the one that was cut off. */
export function checkRunsOf(input: { readonly checks: readonly CheckDefinition[]; readonly results: readonly CheckResult[]; readonly findings: readonly Finding[] }): readonly CheckRun[] {
  return input.checks.flatMap((check): readonly CheckRun[] => {
    const result = input.results.find((one) => one.check === check.id);
    if (result === undefined) return [];
    const findings = input.findings.filter((finding) => finding.source === check.id);
    return [{ check, result, findings, truncated: Math.max(0, result.findings - findings.length), problems: [] }];
  });
}
