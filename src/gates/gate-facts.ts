import type { Candidate, FileChange } from '../domain/candidate.js';
import type { Configuration } from '../config/configuration.js';
import type { QualityFacts } from './quality/quality-facts.js';
import type { Grant } from '../domain/grant.js';
import type { RiskFacts } from './risk/risk-facts.js';
import type { TestReplay } from '../domain/test-replay.js';
import type { Limits } from '../domain/limits.js';
import type { VerdictEffect, VerdictNode } from '../domain/verdict.js';

export interface GateInput {
  readonly candidate: Candidate;
  readonly config: Configuration;
  /** Sub-folder the work is bound to; '' is the whole repository. */
  readonly workdir: string;
  /** Folders that the ticket's directives bind the change to, within the working folder; none or empty is no further bound. */
  readonly folders?: readonly string[] | undefined;
  readonly limits: Limits;
  /** What was added to a path: its new lines, or the target of a link. Undefined when it is not text or not known. */
  readonly addedText?: ((path: string) => string | undefined) | undefined;
  /** The same with their numbers in the new file. Without it nothing can be said about lines. */
  readonly addedLines?: ((path: string) => readonly AddedLine[]) | undefined;
  /** What risk is judged by. Without it the change gets no level. */
  readonly risk?: RiskFacts | undefined;
  /** Rules that authorised people lifted for this run. */
  readonly grants?: readonly Grant[] | undefined;
  /** Files that the brief expected to change, best first. */
  readonly likely?: readonly string[] | undefined;
  /**
   * The whole text of a path before or after the change, read when it is asked for. Undefined when the side has no such
   * file, or it is not text, or larger than a gate should read (`TEXT_BYTES_MAX`); the candidate's file list tells which.
   */
  readonly textOf?: TextReader | undefined;
  /** How many tests each check ran before and after the change, where its reports say so. */
  readonly executed?: readonly ExecutedTests[] | undefined;
  /** What the tests of one side said about the code of the other, where they ran in this very run. */
  readonly replays?: readonly TestReplay[] | undefined;
  /** In the job that delivers: the rules that the verify job held; `unknown` = it was not handed over though it would matter. */
  readonly replayHeld?: readonly string[] | 'unknown' | undefined;
  /** What the checks reported; undefined when nobody asks for the quality of new code. */
  readonly quality?: QualityFacts | undefined;
}

/** Tests that really ran: skipped ones are not counted. */
export interface ExecutedTests { readonly check: string; readonly before: number; readonly after: number }

export interface AddedLine { readonly line: number; readonly text: string }

export type TextSide = 'base' | 'candidate';
export type TextReader = (side: TextSide, path: string) => Promise<string | undefined>;

/** Largest text that a reader gives to a gate, in bytes. */
export const TEXT_BYTES_MAX = 4 * 1024 * 1024;

/** A gate is a rule over facts, without effects; it answers one node of the evidence. */
export type Gate = (input: GateInput) => VerdictNode | Promise<VerdictNode>;

const SHOWN_MAX = 50;

/** A node about paths: `effect` when there are any, allow when there is none. At most 50 paths are listed; the count is whole. */
export function pathsNode(input: { readonly rule: string; readonly effect: VerdictEffect; readonly paths: readonly string[]; readonly none: string; readonly some: string }): VerdictNode {
  const { rule, paths } = input;
  if (paths.length === 0) return { rule, effect: 'allow', words: input.none };
  return { rule, effect: input.effect, words: input.some, values: { count: paths.length, paths: paths.slice(0, SHOWN_MAX) } };
}

export function pathsOf(candidate: Candidate, where: (file: FileChange) => boolean): readonly string[] {
  return candidate.files.filter(where).map((file) => file.path);
}

/** What a configured action means for the change. */
export function effectOf(action: 'deny' | 'hold' | 'note'): VerdictEffect {
  return action === 'note' ? 'allow' : action;
}

/** A node about places in added lines, `path:line`. At most 50 are listed; the count is whole. The lines themselves are never repeated. */
export function placesNode(input: { readonly rule: string; readonly effect: VerdictEffect; readonly places: readonly string[]; readonly none: string; readonly some: string }): VerdictNode {
  const { rule, places } = input;
  if (places.length === 0) return { rule, effect: 'allow', words: input.none };
  return { rule, effect: input.effect, words: input.some, values: { count: places.length, places: places.slice(0, SHOWN_MAX) } };
}

/** Paths whose added lines can be read: no links, nothing deleted. */
export function readablePaths(candidate: Candidate): readonly string[] {
  return pathsOf(candidate, (file) => file.status !== 'deleted' && file.newMode !== '120000' && file.newMode !== '160000');
}
