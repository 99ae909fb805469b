import type { Change } from '../domain/change.js';
import type { Fault } from '../domain/fault.js';
import { EXHAUSTION_WORDS } from '../domain/outcome-words.js';
import type { DeclineCode, ExhaustionReason } from '../domain/stop-reason.js';
import type { WaitKind } from '../domain/grant.js';
import type { Instant } from '../domain/ids.js';
import { WAIT_WORDS } from '../domain/wait-words.js';
import type { TicketRef } from '../domain/ticket.js';
import type { Verdict, VerdictNode } from '../domain/verdict.js';
import { assertNever } from '../kit/assert-never.js';
import { code, inline, link } from '../kit/harmless.js';
import type { Result } from '../kit/result.js';
import type { Tracker } from '../ports/tracker.js';

/**
 * All words that Heddle says at a ticket. There is one marker for all of them, so that a ticket has one comment of ours
 * that changes, and never a row of them. Everything foreign in these words is made harmless here.
 */
export const TICKET_MARKER = 'heddle-ticket';

/** Writes or renews the one comment. Answers its address where the tracker has one. */
export async function noteTicket(tracker: Tracker, ref: TicketRef, note: { readonly markdown: string; readonly signal?: AbortSignal | undefined }): Promise<Result<string | undefined, Fault>> {
  return tracker.upsertComment(ref, TICKET_MARKER, note.markdown, note.signal);
}

/** What every note may point at. */
export interface NoteContext {
  readonly run: string;
  /** The page of the CI run or the artifact; absent on a laptop. */
  readonly evidenceUrl?: string | undefined;
  /** What `/heddle approve` must name, for a question that is answered so. */
  readonly approve?: string | undefined;
  /** Markdown of ours: what an approval of the ticket would cover. */
  readonly approval?: string | undefined;
}

/** What a ticket is told about: the facts of a run that end it or wait for a person, with the members that are shown. */
export type Told = Delivered | Declined | Exhausted | Faulted | Asked | Cancelled | Superseded;
interface Delivered { readonly type: 'delivered'; readonly change: Change; readonly reviewers: readonly string[]; readonly ci: { readonly kind: 'started'; readonly runs: readonly { readonly name: string; readonly url: string }[] } | { readonly kind: 'none'; readonly why: string }; readonly warnings: readonly string[]; readonly tree: string }
interface Declined { readonly type: 'declined'; readonly code: DeclineCode; readonly words: string }
interface Exhausted { readonly type: 'exhausted'; readonly reason: ExhaustionReason; readonly words: string; readonly best?: Best }
interface Faulted { readonly type: 'faulted'; readonly fault: Fault; readonly during: string; readonly best?: Best }
interface Asked { readonly type: 'human-asked'; readonly question: string; readonly why: Verdict; readonly asks?: WaitKind | undefined; readonly expiresAt?: Instant | undefined }
interface Cancelled { readonly type: 'cancelled'; readonly by: string; readonly best?: Best }
interface Superseded { readonly type: 'superseded'; readonly by: string; readonly best?: Best }
type Best = { readonly attempt: number; readonly tree: string } | undefined;

/** The note for an event at which a ticket is told something. */
export function noteFor(fact: Told, context: NoteContext): string {
  switch (fact.type) {
    case 'delivered': return deliveredNote(fact, context);
    case 'declined': return declinedNote(fact, context);
    case 'exhausted': return exhaustedNote(fact, context);
    case 'faulted': return faultedNote(fact, context);
    case 'human-asked': return waitingNote(fact, context);
    case 'cancelled': return cancelledNote(fact, context);
    case 'superseded': return supersededNote(fact, context);
    default: return assertNever(fact);
  }
}

export function deliveredNote(delivered: Omit<Delivered, 'type'>, context: NoteContext): string {
  const { change, reviewers, ci } = delivered;
  return page(`**A ${change.draft ? 'draft ' : ''}change is ready for review:** ${link(`change ${change.number}`, change.url)}`, [
    `The checks of this repository ran on exactly this tree (${code(delivered.tree.slice(0, 12))}). The description of the change holds the evidence and what is not proven.`,
    ...(reviewers.length === 0 ? [] : [`Asked to review: ${reviewers.map((name) => code(name, 100)).join(', ')}.`]),
    ci.kind === 'started' ? `The repository's own CI was started: ${ci.runs.slice(0, 10).map((run) => link(inline(run.name, 80), run.url)).join(', ')}.` : `The repository's own CI was not started by Heddle: ${inline(ci.why, 300)}.`,
    ...delivered.warnings.map((warning) => `Note: ${inline(warning, 500)}`),
  ], context);
}

function declinedNote(declined: Omit<Declined, 'type'>, context: NoteContext): string {
  return page('**Heddle did not start.**', [`> ${inline(declined.words, 1_500)} (${code(declined.code)})`], context);
}

function exhaustedNote(exhausted: Omit<Exhausted, 'type'>, context: NoteContext): string {
  const { why, next } = EXHAUSTION_WORDS[exhausted.reason];
  return page(`**Heddle stopped without a change:** ${why}.`, [`> ${inline(exhausted.words, 1_500)}`, kept(exhausted.best), `**What to do next:** ${next}`], context);
}

function faultedNote(faulted: Omit<Faulted, 'type'>, context: NoteContext): string {
  const { fault } = faulted;
  const next = fault.retryable || fault.side === 'theirs' ? 'The same run can go on later: start the job again, or `heddle resume` with its run folder.'
    : fault.side === 'setup' ? 'Mend what the message names, then start again. `heddle doctor` checks the set-up.' : 'This is an error of Heddle or of the machine. The evidence has what is needed to report it.';
  const whose = { theirs: 'a service outside failed', setup: 'something is not set up', ours: 'Heddle failed' }[fault.side];
  return page(`**Heddle could not finish:** ${whose} during ${code(faulted.during, 60)}.`, [`> ${inline(fault.message, 2_000)} (${code(fault.code)})`, kept(faulted.best), `**What to do next:** ${next}`], context);
}

export function waitingNote(asked: Omit<Asked, 'type'>, context: NoteContext): string {
  const reasons = leaves(asked.why.tree).map((node) => `- ${code(node.rule)}: ${inline(node.words, 400)}`);
  const { why, who, how } = WAIT_WORDS[asked.asks ?? 'delivery'];
  return page(`**Heddle waits for a person.** ${why}`, [
    `> ${inline(asked.question, 600)}`, ...(reasons.length === 0 ? [] : [reasons.slice(0, 20).join('\n')]),
    ...openQuestions(asked.why.tree), ...sharedWords(asked.why.tree),
    `**Who:** ${who}.`, `**How:** ${context.approve === undefined ? how : how.replace('approve DIGEST', `approve ${context.approve}`)}.`,
    ...(context.approval === undefined ? [] : [context.approval]),
    ...(asked.expiresAt === undefined ? [] : [`**Until:** ${code(asked.expiresAt)}. After that the run ends, and the ticket has to be asked for again.`]),
  ], context);
}

/** The questions that a rule found unanswered, one a line. Some are a model's, so they are foreign text. */
function openQuestions(tree: VerdictNode): string[] {
  const asked = leaves(tree).flatMap((node) => (node.effect === 'hold' && Array.isArray(node.values?.['questions']) ? node.values['questions'].map(String) : []));
  return asked.length === 0 ? [] : [`**Questions:**\n\n${asked.slice(0, 12).map((question) => `- ${inline(question, 400)}`).join('\n')}`];
}

/** Words of two tickets that ask for nearly the same. */
function sharedWords(tree: VerdictNode): string[] {
  const shared = leaves(tree).flatMap((node) => (Array.isArray(node.values?.['shared']) ? node.values['shared'].map(String) : []));
  return shared.length === 0 ? [] : [`**Words that both tickets have:** ${shared.slice(0, 12).map((word) => code(word, 60)).join(', ')}.`];
}

export function cancelledNote(cancelled: Omit<Cancelled, 'type'>, context: NoteContext): string {
  return page('**The run was cancelled.**', [`By ${code(cancelled.by, 100)}.`, kept(cancelled.best)], context);
}

export function supersededNote(superseded: Omit<Superseded, 'type'>, context: NoteContext): string {
  return page('**Another run took over.**', [`By ${code(superseded.by, 100)}.`, kept(superseded.best)], context);
}

function page(first: string, paragraphs: readonly string[], context: NoteContext): string {
  const evidence = context.evidenceUrl === undefined ? `Run ${code(context.run, 60)}.` : `Run ${code(context.run, 60)}, ${link('evidence', context.evidenceUrl)}.`;
  return [first, ...paragraphs.filter((paragraph) => paragraph !== ''), evidence].join('\n\n') + '\n';
}

function kept(best: Best): string {
  return best === undefined ? 'There is no change to keep.' : `The best state so far (attempt ${best.attempt}, tree ${code(best.tree.slice(0, 12))}) is kept in the evidence as \`change.patch\` and \`bundle/change.bundle\`.`;
}

function leaves(node: VerdictNode): VerdictNode[] {
  const children = (node.children ?? []).flatMap(leaves);
  return children.length > 0 || node.effect === 'allow' ? children : [node];
}
