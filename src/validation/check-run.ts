import type { CheckDefinition, CheckResult } from '../domain/check.js';
import type { Finding } from '../domain/finding.js';

/** One check on one tree, with everything it said. `result` is what the trail records; the findings are judged first. */
export interface CheckRun {
  readonly check: CheckDefinition;
  readonly result: CheckResult;
  readonly findings: readonly Finding[];
  /** Findings beyond the bound: they exist and were not kept. */
  readonly truncated: number;
  /** For people: reports that were missing or refused. */
  readonly problems: readonly string[];
}
