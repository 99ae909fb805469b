import type { CheckDefinition, CheckOutcome } from '../../src/domain/check.js';
import { CheckId } from '../../src/domain/ids.js';
import { Limits } from '../../src/domain/limits.js';
import type { CheckRun } from '../../src/validation/check-run.js';
import { fingerprintAll, type RawFinding } from '../../src/validation/fingerprint.js';

/** A check with plain defaults; names are parsed like those of a user. */
export function definition(id: string, more: Partial<Omit<CheckDefinition, 'id' | 'needs'>> & { readonly needs?: readonly string[] } = {}): CheckDefinition {
  return { run: 'true', workdir: '', timeoutMs: 20_000, reports: [], network: false, paths: [], role: 'check', origin: 'test', ...more, id: CheckId.parse(id), needs: (more.needs ?? []).map((need) => CheckId.parse(need)) };
}

/** A finished run of a check, with findings named like real ones. */
export function run(id: string, outcome: CheckOutcome, raws: readonly Partial<RawFinding>[] = [], more: { readonly truncated?: number; readonly tests?: number; readonly role?: 'setup' | 'check' } = {}): CheckRun {
  const check = definition(id, { role: more.role ?? 'check' });
  const findings = fingerprintAll(check.id, raws.map((raw): RawFinding => ({ from: 'log', severity: 'error', message: 'bad', ...raw })));
  const tests = more.tests === undefined ? {} : { tests: { total: more.tests, failed: 0, skipped: 0 } };
  return { check, result: { check: check.id, outcome, durationMs: 1, outputBytes: 0, findings: findings.length + (more.truncated ?? 0), ...tests }, findings, truncated: more.truncated ?? 0, problems: [] };
}

export const PASSED: CheckOutcome = { kind: 'passed' };
export const FAILED: CheckOutcome = { kind: 'failed', exitCode: 1 };

export const LIMITS: Limits = Limits.parse({
  attemptsMax: 3, runWallMsMax: 1_000_000, attemptWallMsMax: 100_000, attemptIdleMsMax: 100_000, checkWallMsMax: 20_000, costMicroUsdMax: 1_000_000, tokensMax: 1_000_000, modelCallsMax: 100,
  agentOutputBytesMax: 1_000_000, checkOutputBytesMax: 64_000, processesMax: 100, memoryBytesMax: 1_000_000_000, cpuMsMax: 7_200_000, writtenFileBytesMax: 2 ** 32, diskBytesMax: 10 * 2 ** 30, diffFilesMax: 5, diffBytesMax: 10_000, fileBytesMax: 1_000_000, ticketCharsMax: 1000, openChangesMax: 1,
});
