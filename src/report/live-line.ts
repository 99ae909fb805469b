import { formatUsd } from '../domain/money.js';
import { durationWords, endingWords, EXHAUSTION_WORDS, outcomeWords } from '../domain/outcome-words.js';
import type { RunEvent } from '../flow/event.js';
import { assertNever } from '../kit/assert-never.js';
import { cut, visible } from '../kit/harmless.js';

/**
 * One plain line per event for a terminal or a CI log, or nothing for events that say nothing to a person watching.
 * Foreign words come without hidden characters and line ends, never at the start of a line; the sink still puts the line
 * through the log filter.
 */
export function liveLine(event: RunEvent): string | undefined {
  const { fact } = event;
  switch (fact.type) {
    case 'requested': return `requested: ticket ${word(fact.request.ticket.key)} by ${word(fact.request.actor.login)} (${fact.request.trigger.kind})`;
    case 'declined': return `declined: ${plain(fact.words, 500)} (${fact.code})`;
    case 'admitted': return `admitted: "${plain(fact.snapshot.title, 120)}" on ${word(fact.order.base.branch)} at ${fact.order.base.commit.slice(0, 12)}`;
    case 'briefed': return `briefed: ${count(fact.checks.length, 'check')}, ${count(fact.likelyFiles.length, 'likely file')}, ${count(fact.instructionFiles.length, 'instruction file')}`;
    case 'attempt-started': return `attempt ${fact.attempt}: ${word(fact.agent)} with ${word(fact.model)}, isolation ${fact.rung}${fact.isolation === undefined || fact.rung === 'none' ? '' : ` (${fact.isolation})`}${fact.continued ? ', goes on from the attempt before' : ''}`;
    case 'agent-reported': return `attempt ${fact.attempt}: ${endingWords(fact.ending)} after ${durationWords(fact.durationMs)}, ${count(fact.usage.calls, 'model call')}, ${fact.usage.costKnown ? '' : 'at least '}${formatUsd(fact.usage.cost)}`;
    case 'candidate-captured': return `attempt ${fact.attempt}: ${captured(fact.outcome)}`;
    case 'check-started': return undefined;
    case 'check-finished': return `${fact.attempt === 0 ? 'base' : `attempt ${fact.attempt}`}: ${word(fact.result.check)} ${outcomeWords(fact.result.outcome)} (${durationWords(fact.result.durationMs)})`;
    case 'tests-replayed': return `attempt ${fact.attempt}: ${replayed(fact)}`;
    case 'findings-collected': return findings(fact.attempt, fact.findings, fact.fixed.length);
    case 'repair-planned': return `repair: attempt ${fact.attempt} follows, because of ${fact.because.replaceAll('-', ' ')}${fact.soft ? '; a limit is near' : ''}`;
    case 'bundle-received': return `received: a change of ${count(fact.candidate.stats.files, 'file')}, tree ${fact.candidate.tree.slice(0, 12)}, from the work job`;
    case 'verification-confirmed': return `verified: the verify job ended with success, says the CI service`;
    case 'gate-evaluated': return `gates: ${fact.verdict.effect}${fact.verdict.effect === 'allow' ? '' : `, ${plain(fact.verdict.tree.words, 300)}`}`;
    case 'human-asked': return `waiting: ${plain(fact.question, 400)}`;
    case 'approval-given': return `approved: ${word(fact.by.login)} said yes; ${plain(fact.words, 400)}`;
    case 'human-answered': return `answered: ${word(fact.by.login)} said ${fact.answer}`;
    case 'reconsidered': return `looking again: ${word(fact.request.actor.login)} (${fact.request.trigger.kind})`;
    case 'resumed': return `resumed: after a wait of ${durationWords(fact.waitedMs)}`;
    case 'override-granted': return `override: ${word(fact.grant.by.login)} lifted ${word(fact.grant.rule)}, ${plain(fact.grant.reason, 200)}`;
    case 'command-used': return `command: ${word(fact.by.login)} used ${fact.command}${fact.allowed ? '' : ', not allowed'}: ${plain(fact.words, 300)}`;
    case 'readiness-scored': return `clarity: ${fact.final} of 100 (${fact.final >= fact.threshold ? 'enough' : 'too little'}: ${fact.threshold} wanted), read as a ${fact.kind}`;
    case 'routed': return `belongs ${fact.outcome === 'here' ? 'here' : fact.outcome === 'elsewhere' ? `to ${word(fact.repository ?? '?', 300)}` : 'nobody knows where'}${fact.target === undefined ? '' : `, sub-project ${word(fact.target)}`}: ${plain(fact.because, 300)}`;
    case 'surroundings-seen': return `around: base branch ${baseWords(fact.base)}${fact.meetings.length === 0 ? '' : `, ${count(fact.meetings.length, 'open change')} in the same files`}${fact.verdict.effect === 'allow' ? '' : `, ${plain(fact.verdict.tree.words, 300)}`}`;
    case 'evidence-expired': return `expired: ${fact.checks.map((one) => word(one.check)).join(', ')}, since the base branch moved to ${fact.head.slice(0, 12)}`;
    case 'evidence-renewed': return `renewed: ${fact.checks.map((one) => `${word(one.check)} ${one.standing.replaceAll('-', ' ')}`).join(', ')} on the merged tree ${fact.merged.slice(0, 12)}`;
    case 'packet-sealed': return `sealed: review packet for tree ${fact.tree.slice(0, 12)}${fact.truncated ? ', cut to the size of a description' : ''}`;
    case 'delivered': return `delivered: ${fact.change.draft ? 'draft ' : ''}change ${fact.change.number} ${word(fact.change.url, 300)}${fact.warnings.length === 0 ? '' : `, ${count(fact.warnings.length, 'warning')}`}`;
    case 'follow-up-filed': return `filed: follow-up ${word(fact.ticket)}`;
    case 'exhausted': return `stopped: ${EXHAUSTION_WORDS[fact.reason].why}. ${plain(fact.words, 400)}`;
    case 'cancelled': return `cancelled by ${word(fact.by)}`;
    case 'superseded': return `superseded by ${word(fact.by)}`;
    case 'faulted': return `failed during ${word(fact.during)}: ${plain(fact.fault.message, 1_000)} (${fact.fault.code})`;
    default: return assertNever(fact);
  }
}

/** One line of text. Some runners obey `##[...]` and `::` wherever they stand, so both are broken up. */
function plain(text: string, charsMax: number): string {
  return cut(visible(text).replace(/\s+/g, ' ').trim().replace(/#(?=#)|:(?=:)|#(?=\[)/g, '$& '), charsMax);
}

/** A name or an address: one word. */
function word(text: string, charsMax = 120): string {
  return plain(text, charsMax).replaceAll(' ', '_');
}

function baseWords(base: Extract<RunEvent['fact'], { type: 'surroundings-seen' }>['base']): string {
  switch (base.kind) {
    case 'same': return 'has not moved';
    case 'moved': return `moved in ${count(base.files, 'file')}, merges, ${base.stale.length === 0 ? 'every result stands' : `${count(base.stale.length, 'result')} stale`}`;
    case 'conflict': return `moved and does not merge (${plain(base.paths.slice(0, 3).join(', '), 300)})`;
    case 'unknown': return `not known (${plain(base.why, 200)})`;
  }
}

function replayed({ way, outcome }: Extract<RunEvent['fact'], { type: 'tests-replayed' }>): string {
  const what = way === 'replay' ? 'tests of the base on the new code' : 'tests of the change on the base';
  if (outcome.kind === 'not-run') return `${what}: not run, ${plain(outcome.words, 300)}`;
  return `${what}: ${outcome.failed.length === 0 ? 'none fails' : `${count(outcome.failed.length + outcome.truncated, 'failure')}`}${outcome.reused ? ' (known from before)' : ''}`;
}

function captured(outcome: Extract<RunEvent['fact'], { type: 'candidate-captured' }>['outcome']): string {
  if (outcome.kind === 'empty') return 'nothing was changed';
  if (outcome.kind === 'refused') return `the change was refused: ${outcome.refusals.slice(0, 3).map((refusal) => `${refusal.code} ${plain(refusal.path, 120)}`).join(', ')}`;
  const { files, additions, deletions } = outcome.candidate.stats;
  return `changed ${count(files, 'file')}, +${additions} -${deletions}, tree ${outcome.candidate.tree.slice(0, 12)}`;
}

function findings(attempt: number, all: readonly { readonly standing: string }[], fixed: number): string | undefined {
  if (attempt === 0) return all.length === 0 ? undefined : `base: ${count(all.length, 'finding')} from before`;
  const fresh = all.filter((finding) => finding.standing === 'new').length;
  return `attempt ${attempt}: ${count(fresh, 'new finding')}${fixed > 0 ? `, ${fixed} fixed` : ''}`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
