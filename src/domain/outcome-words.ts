import type { CheckOutcome } from './check.js';
import type { Fault } from './fault.js';
import type { AttemptStop, ExhaustionReason } from './stop-reason.js';
import { assertNever } from '../kit/assert-never.js';

/** One check's ending in a few words. */
export function outcomeWords(outcome: CheckOutcome | undefined): string {
  if (outcome === undefined) return 'not run';
  switch (outcome.kind) {
    case 'passed': return 'passed';
    case 'failed': return `failed (exit ${outcome.exitCode})`;
    case 'timed-out': return `timed out after ${durationWords(outcome.afterMs)}`;
    case 'output-exceeded': return 'stopped: too much output';
    case 'skipped': return { 'need-failed': 'skipped: a check it needs failed', 'no-path-matched': 'skipped: no changed path matches', cancelled: 'skipped: cancelled' }[outcome.reason];
    case 'errored': return `could not run (${outcome.fault.code})`;
    default: return assertNever(outcome);
  }
}

/** How an agent session ended, by our rules and never by its claim. */
export function endingWords(ending: { readonly kind: 'completed' } | { readonly kind: 'stopped'; readonly reason: AttemptStop } | { readonly kind: 'failed'; readonly fault: Fault }): string {
  switch (ending.kind) {
    case 'completed': return 'finished';
    case 'stopped': return STOP_WORDS[ending.reason];
    case 'failed': return `failed (${ending.fault.code})`;
    default: return assertNever(ending);
  }
}

/** `850 ms`, `9.0 s`, `3 min 05 s`, `2 h 10 min`. */
export function durationWords(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`;
  return `${Math.floor(seconds / 3_600)} h ${String(Math.floor((seconds % 3_600) / 60)).padStart(2, '0')} min`;
}

/** Which limit ended an agent session. */
const STOP_WORDS: Readonly<Record<AttemptStop, string>> = {
  wall: 'stopped at the time limit of an attempt',
  idle: 'stopped after a long silence',
  output: 'stopped at the output limit',
  processes: 'stopped at the process limit',
  memory: 'stopped at the memory limit',
  cpu: 'stopped at the limit of CPU time',
  'file-size': 'stopped at the size limit of one file',
  disk: 'stopped at the disk limit',
  cost: 'stopped at the money limit',
  tokens: 'stopped at the token limit',
  'model-calls': 'stopped at the limit of model calls',
  cancelled: 'cancelled',
};

/** Why the loop ended without a proven candidate, and what a person can do next. */
export const EXHAUSTION_WORDS: Readonly<Record<ExhaustionReason, { readonly why: string; readonly next: string }>> = {
  attempts: { why: 'all attempts are used up', next: 'Read the findings of the last attempt, make the ticket more precise and start again, or raise `limits.attempts`.' },
  'repeated-findings': { why: 'two attempts ended with the same findings', next: 'The agent does not get past these findings: add what it cannot know to the ticket, or finish the change by hand from the kept patch.' },
  'oscillating-tree': { why: 'an attempt went back to an earlier state', next: 'The agent goes in circles: say in the ticket which of the two ways is wanted.' },
  'growing-diff': { why: 'the change kept growing without fewer findings', next: 'Split the ticket into smaller ones.' },
  'empty-change': { why: 'the agent changed nothing', next: 'Say in the ticket what should be different afterwards, best with a file or a failing example.' },
  cost: { why: 'the money limit was reached', next: 'Split the ticket, or raise `limits.cost_usd`.' },
  tokens: { why: 'the token limit was reached', next: 'Split the ticket, or raise `limits.tokens`.' },
  wall: { why: 'the time limit of the run was reached', next: 'Split the ticket, or raise `limits.run_time`.' },
  'agent-failed': { why: 'the agent could not work', next: 'Read the fault below, mend the set-up (`heddle doctor` helps) and start again.' },
  'capture-refused': { why: 'the change holds files that must not be taken over', next: 'The refused paths are in the evidence; exclude them in the ticket or make the change by hand.' },
  'gate-denied': { why: 'a rule forbids the change', next: 'Read which rule decided; change the ticket, or the setting if the rule is too strict.' },
  'checks-errored': { why: 'the checks could not be run', next: 'Read the log of the check and mend its set-up; `heddle doctor` shows the derived checks.' },
  'no-checks': { why: 'there is no check that could prove a change', next: 'Name at least one command under `checks:` in .heddle.yml.' },
  'human-denied': { why: 'a person said no', next: 'Nothing was delivered. Change the ticket and start again if something else is wanted.' },
  'not-verified': { why: 'the verify job did not end with success', next: 'Read the log of the verify job: a check failed on a fresh checkout of the change, or the job was skipped or cancelled. Start the ticket again.' },
  'bundle-refused': { why: 'the bundle of the work job was refused', next: 'Nothing was delivered. A bundle that lies is a sign that the work job was taken over: look at its evidence before the ticket is started again.' },
  'approval-gone': { why: 'the ticket or its approval does not stand any more', next: 'Nothing was delivered. Look at what changed at the ticket, and approve it again if the change is still wanted.' },
  'stale-evidence': { why: 'the base branch moved in what the checks read, and the results could not be made anew', next: 'Start again: the new run stands on the base branch as it is now. Or set `delivery.stale: warn`.' },
  'wait-expired': { why: 'nobody answered in time', next: 'Ask for the ticket again, and answer what it asks for.' },
  'order-expired': { why: 'the order expired before the work was done', next: 'Approve the ticket again: the base or the ticket may have changed.' },
};
