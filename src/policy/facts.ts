import { z } from 'zod';
import type { Actor } from '../domain/actor.js';
import type { VerdictEffect } from '../domain/verdict.js';
import type { TrackerId } from '../domain/ticket.js';

/** What happened to a file. `mode`: its permissions changed; `executable`: it can now be run; `link`: it is a symbolic link. */
export const ChangeKind = z.enum(['added', 'modified', 'deleted', 'renamed', 'type-changed', 'mode', 'executable', 'binary', 'link', 'submodule']);
export type ChangeKind = z.infer<typeof ChangeKind>;

/** What a file is, by its name. A file can be several of these; `code` is what is none of the others but a source file. */
export const FileKind = z.enum(['docs', 'tests', 'dependencies', 'ci', 'code', 'migrations', 'config', 'generated', 'build', 'assets', 'other']);
export type FileKind = z.infer<typeof FileKind>;

export const RiskLevel = z.enum(['low', 'medium', 'high', 'critical']);
export type RiskLevel = z.infer<typeof RiskLevel>;

/** One changed path with all that rules may ask about it. Paths are foreign text. */
export interface FileFact {
  readonly path: string;
  readonly changes: readonly ChangeKind[];
  readonly kinds: readonly FileKind[];
  readonly additions: number;
  readonly deletions: number;
  readonly oldMode: string;
  readonly newMode: string;
  readonly services: readonly string[];
  readonly tiers: readonly string[];
  readonly data: readonly string[];
  /** Without the `@` of CODEOWNERS. */
  readonly owners: readonly string[];
}

export interface GateFact { readonly rule: string; readonly effect: VerdictEffect }

export interface CheckFact { readonly id: string; readonly outcome: string }

export interface TestFact { readonly total: number; readonly failed: number; readonly skipped: number }

/**
 * Everything a policy may know about one candidate: plain data, taken once. A member that is undefined is not known here, and a
 * rule that needs it says so instead of guessing. Whoever has a new kind of fact adds an optional member, a condition in
 * `rule-schema.ts` with its test in `conditions.ts`, and a field for CEL in `cel.ts`.
 */
export interface PolicyFacts {
  readonly change: { readonly files: readonly FileFact[]; readonly bytes: number };
  readonly ticket: { readonly tracker?: TrackerId | undefined; readonly key?: string | undefined; readonly labels: readonly string[]; readonly author?: Actor | undefined };
  readonly requester?: Actor | undefined;
  readonly approvers: readonly Actor[];
  readonly agent?: string | undefined;
  readonly model?: string | undefined;
  readonly attempts?: number | undefined;
  /** Why sessions were ended by us: `wall`, `cost`, …; one for each that was. */
  readonly stops: readonly string[];
  readonly risk?: { readonly level: RiskLevel; readonly score: number } | undefined;
  readonly gates: readonly GateFact[];
  readonly checks: readonly CheckFact[];
  /** Tests that the checks executed, on the candidate and on its base. */
  readonly tests?: { readonly candidate: TestFact; readonly base: TestFact } | undefined;
  /** Rules whose hold an authorised person lifted for this run, as the verdict tree names them. */
  readonly overrides: readonly string[];
}
