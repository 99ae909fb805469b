import type { CheckResult } from '../domain/check.js';
import type { Fault } from '../domain/fault.js';
import type { JudgedFinding } from '../domain/finding.js';
import type { FileCoverage } from '../domain/report.js';
import type { Result } from '../kit/result.js';

/** Who started us and where. From the environment, read once by the adapter. */
export interface HostFacts {
  readonly id: string;
  /** Names this CI run across re-runs: `github/acme/shop/runs/123`. On a laptop: `local/<host>/<pid>`. */
  readonly runKey: string;
  readonly attempt: number;
  /** Where a person can watch it; undefined on a laptop. */
  readonly url: string | undefined;
  /** Where the run folder can be looked at, when that is another place than `url`. */
  readonly evidenceUrl?: string | undefined;
  readonly ci: boolean;
}

/** The CI system (or terminal) around the run. Only main and the sinks use it. */
export interface Host {
  readonly facts: HostFacts;
  /** Hides a value in everything the host prints from now on. */
  mask(secret: string): void;
  /** Opens and closes a collapsible part of the log; on a terminal it does nothing. */
  group(title: string): void;
  endGroup(): void;
  /** A line of the job log. Already filtered by the caller: the log filter is the only way to here. */
  line(text: string): void;
  annotate(level: 'notice' | 'warning' | 'error', message: string, at?: { readonly file: string; readonly line?: number }): void;
  /** The page a person sees after the job. At most 1 MiB is accepted by the caller's renderer. */
  summary(markdown: string): Promise<Result<void, Fault>>;
  output(name: string, value: string): Promise<void>;
  /** Keeps the files as an artifact; answers its URL or id. Absent where the host has no artifacts. */
  uploadArtifact?(name: string, folder: string, files: readonly string[]): Promise<Result<string, Fault>>;
  /** Writes the report files that this CI system shows by itself. Absent where it reads none. */
  reports?(reports: JobReports): Promise<Result<void, Fault>>;
}

/** What a CI system can show beside a log: of the best tree that the run came to. Messages are foreign text. */
export interface JobReports {
  readonly checks: readonly CheckResult[];
  readonly findings: readonly JudgedFinding[];
  readonly coverage: readonly FileCoverage[];
  readonly links: readonly { readonly label: string; readonly url: string }[];
}
