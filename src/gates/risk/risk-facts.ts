import type { History } from '../../domain/history.js';
import type { FileFact } from '../../policy/facts.js';

/** What risk is judged by: plain data, taken once. A member that is undefined is not known, and the score says so. */
export interface RiskFacts {
  readonly files: readonly FileFact[];
  /** Seconds since 1970: what «soon» and «long ago» count from. The base commit's time, so that a judgement can be repeated. */
  readonly now: number;
  /** Commits of the changed paths in the window. */
  readonly history: History | undefined;
  readonly dependents: Dependents | undefined;
  readonly services: readonly TouchedService[];
  readonly incidents: readonly { readonly paths: number; readonly at: number; readonly severity: 'low' | 'medium' | 'high'; readonly name: string }[];
  /** Changed paths that a law, a contract or an auditor looks at. */
  readonly regulated: readonly string[];
  readonly attempts: number | undefined;
  /** Sessions that were ended by one of our bounds. */
  readonly stops: number;
  /** Open changes that already wait for the people who would review this one. */
  readonly waiting: number | undefined;
  /** Gates that hold or deny this change, by rule. */
  readonly speaking: readonly string[];
}

export interface TouchedService { readonly name: string; readonly tier: string | undefined; readonly lifecycle: string | undefined; readonly dependents: readonly string[] }

/** Files that import a changed file, and files that import those. */
export interface Dependents { readonly direct: readonly string[]; readonly further: number }

/** How far back history counts. */
export const WINDOW_DAYS = 180;
