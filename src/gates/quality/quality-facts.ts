import type { PatchedFile } from '../../domain/patch.js';
import type { CheckReports } from '../../domain/report.js';
import type { VerdictNode } from '../../domain/verdict.js';

/** What the quality gate knows beside the candidate itself. All of it is foreign: reports are written by the candidate's own code. */
export interface QualityFacts {
  readonly patch: readonly PatchedFile[];
  /** Undefined where the checks did not run in this process: the deliver job believes the verify job's word, and has no reports. */
  readonly reports: ReportFacts | undefined;
  /** All files of one side, with their sizes in bytes. */
  readonly list: (side: 'base' | 'candidate') => Promise<readonly { readonly path: string; readonly size: number }[]>;
  /** What others said about the candidate, as nodes already. */
  readonly external: readonly VerdictNode[];
  /** A report-based hold becomes a refusal: whoever delivers this tree cannot ask for what it cannot see. */
  readonly holdsAreDenials: boolean;
}

export interface ReportFacts {
  readonly base: readonly CheckReports[];
  readonly candidate: readonly CheckReports[];
  /** Checks that had no reason to run on the candidate: none of their paths changed. */
  readonly idle: readonly string[];
}
