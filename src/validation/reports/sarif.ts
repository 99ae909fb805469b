import type { z } from 'zod';
import type { Issue } from '../../domain/report.js';
import { err, ok, type Result } from '../../kit/result.js';
import type { PathFrame } from '../repository-path.js';
import { JsonElements, type ElementReader, type Wanted } from './json-elements.js';
import { issueOf, waitingOf, type Waiting } from './sarif-issue.js';
import { RuleTable } from './sarif-rules.js';
import { Artifact, BaseIds, Invocation, SarifResult, Tool } from './sarif-schema.js';

export const SARIF_BYTES_MAX = 128 * 1024 * 1024;
/** Of one report. A repository with more has a baseline that nobody can compare in a review. */
export const ISSUES_MAX = 50_000;
/** One value: the metadata of all rules, or one result with its code flows. */
const VALUE_BYTES_MAX = 24 * 1024 * 1024;
const ARTIFACTS_MAX = 200_000;
const DOUBTS_MAX = 10;

export interface SarifReport {
  readonly issues: readonly Issue[];
  readonly leftOut: number;
  /** For people: the tool says that it did not come to its end, a result could not be read. */
  readonly doubts: readonly string[];
}

/**
 * Reads a SARIF 2.1.0 report of any scanner, piece by piece and in bounded memory. Passed and informational results,
 * results of level `none` and those that are `absent` against the tool's own baseline are no issues. A `baselineState` of
 * `unchanged` is not believed: whether an issue is new is for us to find out. Foreign text throughout.
 */
export class SarifReader {
  private readonly assembler: Assembler;
  private readonly elements: JsonElements;
  private started = false;

  constructor(frame: PathFrame) {
    this.assembler = new Assembler(frame);
    this.elements = new JsonElements(this.assembler, VALUE_BYTES_MAX);
  }

  push(bytes: Uint8Array): void {
    const mark = !this.started && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
    this.started = true;
    this.elements.push(mark === 0 ? bytes : bytes.subarray(mark));
  }

  end(): Result<SarifReport, string> {
    const ended = this.elements.end();
    if (!ended.ok) return err(ended.error);
    if (this.assembler.problem !== undefined) return err(this.assembler.problem);
    if (!this.assembler.sawRuns) return err('it has no list of runs, so it is no SARIF log');
    return ok({ issues: this.assembler.issues, leftOut: this.assembler.leftOut, doubts: [...this.assembler.doubts] });
  }
}

const VERSION = ['version'];
const PLAN: readonly { readonly path: readonly string[]; readonly wanted: Wanted }[] = [
  { path: [], wanted: 'enter' }, { path: VERSION, wanted: 'whole' }, { path: ['runs'], wanted: 'enter' }, { path: ['runs', '*'], wanted: 'enter' },
  { path: ['runs', '*', 'tool'], wanted: 'whole' }, { path: ['runs', '*', 'originalUriBaseIds'], wanted: 'whole' },
  { path: ['runs', '*', 'invocations'], wanted: 'enter' }, { path: ['runs', '*', 'invocations', '*'], wanted: 'whole' },
  { path: ['runs', '*', 'artifacts'], wanted: 'enter' }, { path: ['runs', '*', 'artifacts', '*'], wanted: 'whole' },
  { path: ['runs', '*', 'results'], wanted: 'enter' }, { path: ['runs', '*', 'results', '*'], wanted: 'whole' },
];

const PLANNED = new Map(PLAN.map(({ path, wanted }) => [path.join('/'), wanted]));

/** Results may stand before the tool that explains them: they wait, small, until their run ends. */
class Assembler implements ElementReader {
  readonly issues: Issue[] = [];
  readonly doubts = new Set<string>();
  leftOut = 0;
  sawRuns = false;
  problem: string | undefined;
  private waiting: Waiting[] = [];
  private artifacts: z.infer<typeof Artifact>[] = [];
  private tool: Tool | undefined;
  private bases: z.infer<typeof BaseIds> = {};
  private invocations: Invocation[] = [];
  private readonly frame: PathFrame;

  constructor(frame: PathFrame) {
    this.frame = frame;
  }

  wanted(path: readonly string[]): Wanted {
    return path.length > 4 ? 'skip' : PLANNED.get(path.join('/')) ?? 'skip';
  }

  take(path: readonly string[], json: string): void {
    const key = path.length === 4 ? path[2] : path.at(-1);
    const value = parsed(json);
    if (value === undefined) {
      // A result that is no JSON cannot be judged; the report as a whole is no longer one.
      this.problem ??= `${path.join('.')} is no JSON`;
      return;
    }
    switch (key) {
      case 'version':
        if (value !== '2.1.0') this.problem ??= `its version is ${JSON.stringify(value).slice(0, 40)}; only 2.1.0 is read`;
        return;
      case 'tool': this.tool = this.checked(Tool, value, 'the description of the tool'); return;
      case 'originalUriBaseIds': this.bases = this.checked(BaseIds, value, 'originalUriBaseIds') ?? {}; return;
      case 'invocations': this.invocation(this.checked(Invocation, value, 'an invocation')); return;
      case 'artifacts': if (this.artifacts.length < ARTIFACTS_MAX) this.artifacts.push(this.checked(Artifact, value, 'an artifact') ?? {}); return;
      case 'results': this.result(this.checked(SarifResult, value, 'a result')); return;
    }
  }

  left(path: readonly string[]): void {
    if (path.length === 1 && path[0] === 'runs') this.sawRuns = true;
    if (path.length !== 2 || path[0] !== 'runs') return;
    const rules = new RuleTable(this.tool, this.invocations);
    for (const waiting of this.waiting) {
      const issue = issueOf(waiting, { rules, tool: this.tool?.driver.name ?? '', bases: this.bases, artifacts: this.artifacts, frame: this.frame });
      if (issue === undefined) continue;
      if (this.issues.length < ISSUES_MAX) this.issues.push(issue);
      else this.leftOut += 1;
    }
    this.waiting = [];
    this.artifacts = [];
    this.tool = undefined;
    this.bases = {};
    this.invocations = [];
  }

  private invocation(invocation: Invocation | undefined): void {
    if (invocation === undefined) return;
    this.invocations.push(invocation);
    if (invocation.executionSuccessful === false) this.doubt('the tool says that it did not come to its end (executionSuccessful is false)');
  }

  private result(result: SarifResult | undefined): void {
    const waiting = result === undefined ? undefined : waitingOf(result);
    if (waiting === undefined) return;
    if (this.waiting.length < ISSUES_MAX * 2) this.waiting.push(waiting);
    else this.leftOut += 1;
  }

  private checked<T>(schema: z.ZodType<T>, value: unknown, what: string): T | undefined {
    const result = schema.safeParse(value);
    if (result.success) return result.data;
    this.doubt(`${what} has another shape than SARIF says (${result.error.issues[0]?.path.join('.') ?? ''}: ${result.error.issues[0]?.message ?? ''})`.slice(0, 200));
    return undefined;
  }

  private doubt(words: string): void {
    if (this.doubts.size < DOUBTS_MAX) this.doubts.add(words);
  }
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch {
    return undefined;
  }
}
