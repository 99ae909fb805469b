import { durationWords, outcomeWords } from '../domain/outcome-words.js';
import { egressLines } from '../domain/egress-words.js';
import { code, fenced, inline, link } from '../kit/harmless.js';
import { budgeted, type Section } from './budget.js';
import { modePart, splitLines } from './render-mode.js';
import { escalation, overridesPart, riskLine, riskParts } from './render-risk.js';
import { costWords, formWords, RUNG_WORDS } from './render-words.js';
import type { CriterionProof, PacketAttempt, PacketFile, ReviewPacket } from './review-packet.js';

/**
 * The packet as Markdown of at most `charsMax` characters. Sections give way in order of their worth to a reviewer; what
 * is left out is said, with the place where all of it is. Everything foreign goes through `harmless.ts`.
 *
 * @throws RangeError below 2,000 characters, in which the head of the packet has no room.
 */
export function renderPacket(packet: ReviewPacket, options: { readonly charsMax: number }): { markdown: string; truncated: boolean } {
  if (options.charsMax < CHARS_MIN) throw new RangeError(`a packet needs at least ${CHARS_MIN} characters, not ${options.charsMax}`);
  return budgeted(head(packet), [
    escalation(packet), overridesPart(packet), focus(packet), gaps(packet), meanwhile(packet), criteria(packet), checks(packet), files(packet), words(packet), reach(packet), findings(packet), attempts(packet), modePart(packet), rules(packet), riskParts(packet), removals(packet), proof(packet),
  ].filter((section) => section !== undefined), options.charsMax);
}

const CHARS_MIN = 2_000;

/** A table line. A pipe would open a new cell even inside of code, so it is shown as a broken bar. */
export function row(...cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '¦')).join(' | ')} |`;
}

function table(...titles: readonly string[]): string[] {
  return [row(...titles), `|${' --- |'.repeat(titles.length)}`];
}

function head(packet: ReviewPacket): string[] {
  const { candidate, checks: all, criteria: wanted } = packet;
  const passed = all.filter((check) => check.candidate?.kind === 'passed').length;
  const proven = wanted.filter((criterion) => criterion.proof.kind !== 'unproven').length;
  const outside = candidate.files.filter((file) => !file.likely).length;
  const split = splitLines(packet);
  return [
    `**${inline(packet.ticket.title, 150) || 'A ticket without a title'}**`,
    '',
    `Ticket ${ticketLink(packet)}, asked for by ${code(packet.requestedBy, 60)}, made by ${code(`${packet.agent.id}:${packet.agent.model}`, 100)}${split === undefined ? ` in ${plural(packet.attempts.length, 'attempt')}` : ''}.`,
    '',
    split?.checks ?? `- **Checks:** ${passed} of ${all.length} passed on tree ${code(candidate.tree.slice(0, 12))}${preExisting(packet)}`,
    `- **Criteria:** ${wanted.length === 0 ? 'none named in the ticket' : `${proven} of ${wanted.length} proven by a check`}`,
    `- **Scope:** ${plural(candidate.files.length, 'file')}, +${candidate.additions} −${candidate.deletions} lines${outside === 0 ? '' : `, ${outside} outside of the files expected from the ticket`}`,
    ...[riskLine(packet)].filter((line) => line !== undefined),
    split?.cost ?? `- **Cost:** ${costWords(packet.usage)}, ${tokens(packet)} tokens in ${plural(packet.usage.calls, 'model call')}${packet.priceSource === null ? '' : `, prices of ${inline(packet.priceSource, 80)}`}`,
    split?.isolation ?? `- **Isolation:** ${RUNG_WORDS[packet.isolation.rung]}${formWords(packet.isolation)}`,
  ];
}

function ticketLink(packet: ReviewPacket): string {
  return link(code(packet.ticket.ref.key, 120), packet.ticket.url);
}

function preExisting(packet: ReviewPacket): string {
  const both = packet.checks.filter((check) => check.candidate?.kind === 'failed' && check.base?.kind === 'failed').length;
  return both === 0 ? '' : `; ${both} failed on the base commit already`;
}

function focus(packet: ReviewPacket): Section | undefined {
  if (packet.focus.length === 0) return undefined;
  return { title: 'Look here first', open: [], rows: packet.focus.map((one) => `- ${inline(one.why, 200)}: ${paths(one.paths)}`), close: [] };
}

function paths(all: readonly string[]): string {
  return `${all.slice(0, 10).map((path) => code(path)).join(', ')}${all.length > 10 ? ` and ${all.length - 10} more` : ''}`;
}

function gaps(packet: ReviewPacket): Section {
  return { title: 'Known gaps', open: [], rows: packet.gaps.length === 0 ? ['None found: every check has a baseline and passed, and every criterion is proven.'] : packet.gaps.map((gap) => `- ${inline(gap, 600)}`), close: [] };
}

function meanwhile(packet: ReviewPacket): Section | undefined {
  if (packet.meanwhile === undefined) return undefined;
  return { title: 'Meanwhile', open: [], rows: packet.meanwhile.map((line) => `- ${inline(line, 600)}`), close: [] };
}

function criteria(packet: ReviewPacket): Section | undefined {
  if (packet.criteria.length === 0) return undefined;
  return { title: 'Acceptance criteria', open: table('criterion', 'evidence'), rows: packet.criteria.map((criterion) => row(inline(criterion.text, 400), proofWords(criterion.proof))), close: [] };
}

function proofWords(proof: CriterionProof): string {
  if (proof.kind === 'unproven') return `**unproven**: ${inline(proof.why, 200)}`;
  if (proof.kind === 'red-to-green') return proof.by === 'new-tests' ? `${code(proof.check)} passes now, and fails with the same tests on the base` : `${code(proof.check)} failed on the base and passes now`;
  return `${code(proof.check)} passes${proof.onBase === 'passed' ? ' (it passed on the base too)' : '; not run on the base'}`;
}

function checks(packet: ReviewPacket): Section {
  const open = [`Run ${packet.mode.kind === 'split' ? 'by the verify job ' : ''}on a fresh checkout of tree ${code(packet.candidate.tree)}.`, '', ...table('check', 'base', 'this change', 'tests', 'time', 'command')];
  const rows = packet.checks.map((check) => row(
    code(check.id), packet.mode.kind === 'split' ? '' : outcomeWords(check.base), packet.mode.kind === 'split' ? 'in the verify job' : check.candidate?.kind === 'passed' ? 'passed' : `**${outcomeWords(check.candidate)}**`,
    check.tests === undefined ? '' : `${check.tests.total - check.tests.failed - check.tests.skipped} of ${check.tests.total}`,
    check.durationMs === undefined ? '' : durationWords(check.durationMs), code(check.run, 120),
  ));
  return { title: 'Checks', open, rows: rows.length === 0 ? [row('none', '', '', '', '', '')] : rows, close: [] };
}

function files(packet: ReviewPacket): Section {
  const rows = packet.candidate.files.map((file) => row(code(file.path), fileWords(file), file.binary ? 'binary' : `+${file.additions} −${file.deletions}`, file.likely ? 'yes' : 'no', file.owners.map((owner) => code(owner, 80)).join(', ')));
  return { title: 'What changed', open: [...table('file', 'change', 'lines', 'expected', 'owners')], rows, close: [] };
}

export function fileWords(file: Pick<PacketFile, 'status' | 'oldMode' | 'newMode'>): string {
  const executable = file.newMode === '100755' && file.oldMode !== '100755' ? ', **made executable**' : '';
  return `${file.status}${file.newMode === '120000' ? ', symbolic link' : ''}${executable}`;
}

/** Why, in the agent's own words: framed as such, because nothing here was verified. */
function words(packet: ReviewPacket): Section | undefined {
  if (packet.summary.trim() === '') return undefined;
  const block = fenced(packet.summary.slice(0, 20_000));
  return { title: 'Why: the agent’s own words', open: ['Quoted as it was written. Nothing in it was verified.', '', block.open], rows: block.lines, close: [block.close] };
}

/** What was tried is a sign of a taken-over agent, or of a missing setting; a person must be able to tell. */
function reach(packet: ReviewPacket): Section | undefined {
  const rows = (packet.egress ?? []).flatMap((story) => egressLines(story, { code: (text) => code(text, 140) }).map((line) => `- ${line}`));
  return rows.length === 0 ? undefined : { title: 'Network', open: [], rows, close: [] };
}

function findings(packet: ReviewPacket): Section | undefined {
  const { fresh, preExisting: old, flaky } = packet.findings;
  const line = (standing: string) => (finding: (typeof fresh)[number]): string => row(standing, code(finding.source), finding.file === undefined ? '' : code(`${finding.file}${finding.line === undefined ? '' : `:${finding.line}`}`), finding.test === undefined && finding.rule === undefined ? '' : code(finding.test ?? finding.rule ?? ''), inline(finding.message, 240));
  const rows = [...fresh.map(line('**new**')), ...flaky.map(line('flaky')), ...old.map(line('on the base too'))];
  return rows.length === 0 ? undefined : { title: 'Findings that remain', open: table('standing', 'check', 'place', 'test or rule', 'message'), rows, close: [] };
}

function attempts(packet: ReviewPacket): Section | undefined {
  if (packet.attempts.length === 0) return undefined;
  const line = (attempt: PacketAttempt): string => row(
    String(attempt.attempt), attempt.because ?? 'first attempt', attempt.ending, attempt.capture === 'captured' ? 'taken over' : attempt.capture,
    attempt.checksFailed.length === 0 ? 'none' : attempt.checksFailed.map((check) => code(check)).join(', '), String(attempt.findingsNew), costWords(attempt.usage), durationWords(attempt.durationMs),
  );
  return { title: 'Attempts', open: table('#', 'why', 'ending', 'change', 'checks not passed', 'new findings', 'cost', 'time'), rows: packet.attempts.map(line), close: [] };
}

function rules(packet: ReviewPacket): Section | undefined {
  const notes = (packet.verdict?.notes ?? []).map((note) => `- ${note.effect} by ${code(note.rule)}: ${inline(note.words, 300)}`);
  const answers = packet.answers.map((answer) => `- ${code(answer.by)} said **${answer.answer}** to: ${inline(answer.question, 300)}`);
  const rows = [...notes, ...answers];
  return rows.length === 0 ? undefined : { title: 'Rules and answers', open: [], rows, close: [] };
}

function removals(packet: ReviewPacket): Section | undefined {
  if (packet.ticket.removals.length === 0) return undefined;
  return {
    title: 'Taken out of the ticket', open: ['The agent did not see these parts. Hidden text in a ticket can be an attack.', '', ...table('what', 'where', 'how often', 'sample')],
    rows: packet.ticket.removals.map((removal) => row(removal.kind.replaceAll('-', ' '), removal.where, String(removal.count), code(removal.sample))), close: [],
  };
}

function proof(packet: ReviewPacket): Section {
  return {
    title: 'Proof', open: [], close: [],
    rows: [
      `- Validated tree: ${code(packet.candidate.tree)} on ${code(packet.base.commit)} (${code(packet.base.branch)})`,
      `- Patch: ${code(packet.candidate.patchDigest)}`,
      `- Trail: run ${code(packet.run)}, ${packet.trail.events} events, head ${code(packet.trail.head)}`,
      `- Order: ${code(packet.order)}`, `- Ticket snapshot: ${code(packet.ticket.snapshot)}`, `- Policy: ${code(packet.policy)}`,
      `- Approved by: ${packet.approvedBy.length === 0 ? 'nobody but the person who asked' : packet.approvedBy.map((login) => code(login, 60)).join(', ')}`,
    ],
  };
}

function tokens(packet: ReviewPacket): string {
  const { inputTokens, cacheReadTokens, cacheWriteTokens, outputTokens } = packet.usage;
  return String(inputTokens + cacheReadTokens + cacheWriteTokens + outputTokens).replace(/\B(?=(\d{3})+$)/g, ',');
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
