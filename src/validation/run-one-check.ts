import type { CheckDefinition, CheckOutcome, CheckResult } from '../domain/check.js';
import { digestOf } from '../domain/digest.js';
import type { Fault } from '../domain/fault.js';
import { programBounds, type Limits } from '../domain/limits.js';
import type { ProgramEnding, Sandbox } from '../ports/sandbox.js';
import type { Result } from '../kit/result.js';
import { changesDependencies } from './carry-dependencies.js';
import type { CheckRun } from './check-run.js';
import { fingerprintAll, type RawFinding } from './fingerprint.js';
import { exitFinding, logFindings } from './log-findings.js';
import { issueFindings } from './issue-findings.js';
import { markReports, readReports, type ReportReading } from './read-reports.js';
import type { PathFrame } from './repository-path.js';

export interface OneCheck {
  readonly check: CheckDefinition;
  /** The fresh checkout on the host. */
  readonly folder: string;
  readonly sandboxFor: (check: CheckDefinition) => Promise<Result<Sandbox, Fault>>;
  readonly limits: Limits;
  readonly changedPaths: readonly string[] | undefined;
  readonly signal: AbortSignal;
}

/** Quiet, non-interactive and repeatable; beside what the sandbox sets itself. No value depends on the machine. */
export const CHECK_ENVIRONMENT: Readonly<Record<string, string>> = {
  CI: 'true', NO_COLOR: '1', TERM: 'dumb', GIT_TERMINAL_PROMPT: '0', npm_config_update_notifier: 'false', npm_config_fund: 'false', npm_config_audit: 'false',
  PIP_DISABLE_PIP_VERSION_CHECK: '1', PYTHONDONTWRITEBYTECODE: '1', HUSKY: '0',
};

/** Runs one check to its end. Never throws for what the check does; the log is the output up to the cap. */
export async function runOneCheck(input: OneCheck): Promise<{ readonly run: CheckRun; readonly log: Buffer }> {
  const { check, folder, limits } = input;
  const sandbox = await input.sandboxFor(check);
  if (!sandbox.ok) return { run: withoutOutput(check, { kind: 'errored', fault: sandbox.error }), log: Buffer.alloc(0) };
  const marks = await markReports(folder, check);
  const program = sandbox.value.start(
    { command: 'sh', args: ['-e', '-c', check.run], env: CHECK_ENVIRONMENT, cwd: check.workdir, stdin: undefined, relays: [] },
    { wallMsMax: check.timeoutMs, idleMsMax: undefined, outputBytesMax: limits.checkOutputBytesMax, ...programBounds(limits) },
    input.signal,
  );
  const log = await collect(program.output, limits.checkOutputBytesMax);
  const { ending, outputBytes, durationMs } = await program.ended;
  const frame: PathFrame = { roots: [sandbox.value.workdir, folder], workdir: check.workdir };
  const reports = await readReports({ folder, check, marks, frame: { ...frame, changed: input.changedPaths === undefined ? undefined : new Set(input.changedPaths) } });
  const outcome = outcomeOf({ ending, outputBytes, check, reports, changedPaths: input.changedPaths });
  const raws = rawFindings({ outcome, ending, log, reports, frame });
  const findings = fingerprintAll(check.id, raws.findings);
  const result: CheckResult = {
    check: check.id, outcome, durationMs: Math.max(0, Math.round(durationMs)), outputBytes, logDigest: digestOf(log),
    ...(reports.tests === undefined ? {} : { tests: reports.tests }), findings: findings.length + raws.truncated,
  };
  return { run: { check, result, findings, truncated: raws.truncated, problems: reports.problems, ...(reports.facts === undefined ? {} : { reports: reports.facts }) }, log };
}

/** The run of a check that never started a program. */
export function withoutOutput(check: CheckDefinition, outcome: CheckOutcome): CheckRun {
  return { check, result: { check: check.id, outcome, durationMs: 0, outputBytes: 0, findings: 0 }, findings: [], truncated: 0, problems: [] };
}

async function collect(output: AsyncIterable<{ readonly bytes: Uint8Array }>, bytesMax: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const { bytes } of output) {
    // The sandbox cuts at the cap; a second bound here keeps our memory safe from a sandbox with a bug.
    const room = bytesMax - size;
    if (room <= 0) continue;
    chunks.push(bytes.length > room ? bytes.subarray(0, room) : bytes);
    size += Math.min(room, bytes.length);
  }
  return Buffer.concat(chunks);
}

const SIGNALS: Readonly<Record<string, number>> = { SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGILL: 4, SIGABRT: 6, SIGBUS: 7, SIGFPE: 8, SIGKILL: 9, SIGSEGV: 11, SIGPIPE: 13, SIGTERM: 15 };

function outcomeOf(input: { readonly ending: ProgramEnding; readonly outputBytes: number; readonly check: CheckDefinition; readonly reports: ReportReading; readonly changedPaths: readonly string[] | undefined }): CheckOutcome {
  const { ending, check } = input;
  const plain = plainOutcome(ending, input.outputBytes, check);
  if (plain.kind === 'passed') {
    // A runner that swallows its exit code does not turn failed tests into a pass.
    return (input.reports.tests?.failed ?? 0) > 0 ? { kind: 'failed', exitCode: 0 } : plain;
  }
  if (check.role !== 'setup' || plain.kind === 'skipped' || plain.kind === 'errored') return plain;
  // A setup that breaks after the candidate changed a manifest or lockfile is the candidate's doing and can be repaired.
  if (input.changedPaths !== undefined && changesDependencies(input.changedPaths)) return plain;
  return { kind: 'errored', fault: { code: 'rejected', side: 'setup', retryable: plain.kind === 'timed-out', source: 'validation', message: `Setup check ${check.id} (${check.origin}) ${endingWords(ending)}; what needs it cannot run. See its log, then mend the command, the runner or sandbox.setup_network.` } };
}

function plainOutcome(ending: ProgramEnding, outputBytes: number, check: CheckDefinition): CheckOutcome {
  switch (ending.kind) {
    case 'exited':
      return ending.code === 0 ? { kind: 'passed' } : { kind: 'failed', exitCode: ending.code };
    case 'signalled':
      return { kind: 'failed', exitCode: 128 + (SIGNALS[ending.signal] ?? 0) };
    case 'not-started':
      return { kind: 'errored', fault: ending.fault };
    case 'stopped':
      if (ending.reason === 'cancelled') return { kind: 'skipped', reason: 'cancelled' };
      if (ending.reason === 'output') return { kind: 'output-exceeded', bytes: Math.max(1, outputBytes) };
      if (ending.reason === 'wall' || ending.reason === 'idle') return { kind: 'timed-out', afterMs: check.timeoutMs };
      return { kind: 'failed', exitCode: 137 };
  }
}

function endingWords(ending: ProgramEnding): string {
  switch (ending.kind) {
    case 'exited': return `ended with exit code ${ending.code}`;
    case 'signalled': return `was ended by signal ${ending.signal}`;
    case 'stopped': return `was stopped at its limit (${ending.reason})`;
    case 'not-started': return 'could not be started';
  }
}

/** Reports first; the log is read as well, because a check may both compile and test. Without either, the ending itself. */
function rawFindings(input: { readonly outcome: CheckOutcome; readonly ending: ProgramEnding; readonly log: Buffer; readonly reports: ReportReading; readonly frame: PathFrame }): { readonly findings: readonly RawFinding[]; readonly truncated: number } {
  const { outcome, reports } = input;
  if (outcome.kind !== 'failed' && outcome.kind !== 'timed-out' && outcome.kind !== 'output-exceeded') return { findings: [], truncated: 0 };
  const text = input.log.toString('utf8');
  const fromLog = logFindings(text, input.frame);
  // With a report, the log's own telling of tests would be the same failure twice; compiler lines stay.
  const ofTests = reports.findings.length > 0 ? fromLog.findings.filter((finding) => finding.test === undefined) : fromLog.findings;
  const issues = issueFindings(reports.facts?.issues ?? []);
  const told = new Set(issues.map(({ file, line }) => `${file ?? ''}:${line ?? ''}`));
  const log = ofTests.filter(({ file, line }) => !told.has(`${file ?? ''}:${line ?? ''}`));
  const findings: RawFinding[] = [...reports.findings, ...issues, ...log];
  if (outcome.kind !== 'failed') findings.unshift({ from: 'exit-code', severity: 'error', rule: outcome.kind, message: `The check ${endingWords(input.ending)}.` });
  else if (findings.length === 0) findings.push(exitFinding(text, `The check ${endingWords(input.ending)}.`));
  return { findings, truncated: reports.truncated + fromLog.truncated };
}
