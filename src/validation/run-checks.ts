import type { CheckDefinition, CheckResult } from '../domain/check.js';
import type { CheckId } from '../domain/ids.js';
import type { Limits } from '../domain/limits.js';
import type { Fault } from '../domain/fault.js';
import type { Sandbox } from '../ports/sandbox.js';
import type { Result } from '../kit/result.js';
import { concerns, nextSteps, topologicalOrder, type Settled } from './check-graph.js';
import type { CheckRun } from './check-run.js';
import { runOneCheck, withoutOutput } from './run-one-check.js';

export interface RunChecksInput {
  readonly checks: readonly CheckDefinition[];
  /** A fresh checkout of exactly the tree that is judged; a path of the host. */
  readonly folder: string;
  readonly sandboxFor: (check: CheckDefinition) => Promise<Result<Sandbox, Fault>>;
  readonly limits: Limits;
  /** Paths that differ from the base; undefined on the base itself, where every check runs. */
  readonly changedPaths: readonly string[] | undefined;
  /** Checks at a time, at least 1. */
  readonly parallel: number;
  readonly signal: AbortSignal;
  /** Awaited before the program starts. Not called for a check that is skipped. */
  readonly onStarted: (check: CheckDefinition) => void | Promise<void>;
  /** Awaited; called once for each check, skipped ones too. The calls never overlap. */
  readonly onFinished: (result: CheckResult, log: Buffer, run: CheckRun) => void | Promise<void>;
}

/**
 * Runs the graph and answers one run for each check, in the graph's order. A check whose need failed is skipped; one
 * whose setup failed is errored, because nothing was learnt about the tree. A check that the changed paths do not
 * concern is skipped and counts as passed for those that need it. An abort skips what has not started.
 */
export async function runChecks(input: RunChecksInput): Promise<CheckRun[]> {
  const schedule = new Schedule(input);
  await schedule.run();
  return input.checks.map((check) => schedule.finished.get(check.id) ?? withoutOutput(check, { kind: 'skipped', reason: 'need-failed' }));
}

class Schedule {
  readonly finished = new Map<CheckId, CheckRun>();
  private readonly settled = new Map<CheckId, Settled>();
  private readonly running = new Map<CheckId, Promise<void>>();
  private telling: Promise<void> = Promise.resolve();
  private readonly input: RunChecksInput;
  private readonly checks: readonly CheckDefinition[];

  constructor(input: RunChecksInput) {
    this.input = input;
    this.checks = topologicalOrder(input.checks);
  }

  async run(): Promise<void> {
    for (const check of this.input.checks) {
      // A circle cannot come from deriveChecks; a graph from elsewhere must not hang the run.
      if (!this.checks.includes(check)) await this.finish(withoutOutput(check, { kind: 'skipped', reason: 'need-failed' }), Buffer.alloc(0));
    }
    for (;;) {
      const next = nextSteps(this.checks, { settled: this.settled, running: new Set(this.running.keys()) });
      for (const { check, by, need } of next.blocked) await this.block(check, by, need);
      if (next.blocked.length > 0) continue;
      const skipped = await this.startSome(next.start);
      if (skipped) continue;
      if (this.running.size === 0) return;
      await Promise.race(this.running.values());
    }
  }

  /** Starts what there is room for; true when a check was settled without running, so that more may be ready now. */
  private async startSome(ready: readonly CheckDefinition[]): Promise<boolean> {
    for (const check of ready) {
      const cancelled = this.input.signal.aborted;
      if (cancelled || !concerns(check, this.input.changedPaths)) {
        await this.finish(withoutOutput(check, { kind: 'skipped', reason: cancelled ? 'cancelled' : 'no-path-matched' }), Buffer.alloc(0));
        return true;
      }
      if (this.running.size >= Math.max(1, this.input.parallel)) return false;
      const job = this.runOne(check).finally(() => this.running.delete(check.id));
      this.running.set(check.id, job);
    }
    return false;
  }

  private async runOne(check: CheckDefinition): Promise<void> {
    await this.tell(() => this.input.onStarted(check));
    const { run, log } = await runOneCheck({ ...this.input, check });
    await this.finish(run, log);
  }

  private async block(check: CheckDefinition, by: 'need-failed' | 'setup-failed', need: CheckId): Promise<void> {
    const fault: Fault = { code: 'rejected', side: 'setup', retryable: false, source: 'validation', message: `Check ${check.id} did not run because its setup ${need} failed.` };
    await this.finish(withoutOutput(check, by === 'setup-failed' ? { kind: 'errored', fault } : { kind: 'skipped', reason: 'need-failed' }), Buffer.alloc(0));
  }

  private async finish(run: CheckRun, log: Buffer): Promise<void> {
    this.settled.set(run.check.id, settledBy(run));
    this.finished.set(run.check.id, run);
    await this.tell(() => this.input.onFinished(run.result, log, run));
  }

  /** One caller at a time: the trail that is written there has one writer. */
  private tell(say: () => void | Promise<void>): Promise<void> {
    this.telling = this.telling.then(say);
    return this.telling;
  }
}

function settledBy(run: CheckRun): Settled {
  const { outcome } = run.result;
  if (outcome.kind === 'passed' || (outcome.kind === 'skipped' && outcome.reason === 'no-path-matched')) return 'passed';
  // Errored travels on: a check behind a broken setup knows nothing about the tree either.
  return outcome.kind === 'errored' ? 'setup-failed' : 'failed';
}
