import { z } from 'zod';
import type { Fault } from '../../../domain/fault.js';
import type { ForgeCheck } from '../../../domain/forge-check.js';
import type { QualityGateAnswer } from '../../../domain/quality-gate.js';
import { err, ok, type Result } from '../../../kit/result.js';
import type { ForgeReader } from '../../../ports/forge.js';
import type { QualityGateSource } from '../../../ports/quality-gate.js';

export const optionSchema = z.strictObject({ name: z.string().min(1).max(200), app: z.string().min(1).max(100).optional(), comes: z.boolean() });
/** `comes`: the commit is new, and its checks may begin a moment later. */
export type ForgeCheckOptions = z.infer<typeof optionSchema>;

export interface ForgeCheckDeps {
  readonly reader: Pick<ForgeReader, 'checksAt' | 'id'>;
  /** Waits before the forge is asked again. Ends early when the signal aborts. */
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly monotonicMs: () => number;
}

const POLL_MS = 5_000;

/**
 * A named check of the repository at its forge. Green = every check run and status of that name is; where an app is named, one
 * that another account wrote under the same name does not count at all. Running is waited for, absent is no answer.
 */
export function create(options: ForgeCheckOptions, { reader, pause, monotonicMs }: ForgeCheckDeps): QualityGateSource {
  return {
    id: 'check',
    ask: async ({ commit, waitMsMax }, signal = new AbortController().signal) => {
      if (reader.checksAt === undefined) return err(fault('unsupported', 'setup', `the forge ${reader.id} knows no checks`));
      if (commit === undefined) return err(fault('unsupported', 'ours', 'there is no commit to ask about'));
      const until = monotonicMs() + waitMsMax;
      for (;;) {
        const found = await reader.checksAt(commit, options.name, signal);
        if (!found.ok) return found;
        const own = found.value.filter(({ by }) => options.app === undefined || by === options.app);
        if (!own.some(({ state }) => state === 'pending') && own.length > 0) return ok(answerOf(own, commit));
        if (own.length === 0 && !options.comes) return ok(nothing(commit));
        if (signal.aborted || monotonicMs() >= until) return own.length === 0 ? ok(nothing(commit)) : late(waitMsMax);
        await pause(Math.min(POLL_MS, Math.max(1, until - monotonicMs())), signal);
      }
    },
  };
}

function nothing(commit: string): QualityGateAnswer {
  return { status: 'none', conditions: [], about: `commit ${commit.slice(0, 12)}` };
}

function late(waitMsMax: number): Result<never, Fault> {
  return err(fault('timed-out', 'theirs', `it is still running after ${Math.round(waitMsMax / 1000)} s (setting \`wait\`)`));
}

function answerOf(checks: readonly ForgeCheck[], commit: string): QualityGateAnswer {
  return {
    status: checks.every(({ state }) => state === 'green') ? 'passed' : 'failed', about: `commit ${commit.slice(0, 12)}`,
    conditions: checks.map(({ name, state, by }) => ({ metric: `${name}${by === undefined ? '' : ` by ${by}`}`, passed: state === 'green', actual: state, threshold: 'green' })),
  };
}

function fault(code: Fault['code'], side: Fault['side'], message: string): Fault {
  return { code, side, retryable: false, source: 'quality-gate/check', message };
}
