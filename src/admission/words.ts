import type { Instant } from '../domain/ids.js';
import type { DeclineCode } from '../domain/stop-reason.js';
import { inline } from '../kit/harmless.js';
import type { AdmissionFacts } from './facts.js';
import { problemText } from './placing.js';
import { questionsOf } from './readiness/judge-readiness.js';

/** What the words may mention. All optional: what is not known is not said. Every text in it is taken for foreign. */
export interface DeclineFacts {
  readonly actor?: string | undefined;
  readonly rerunBy?: string | undefined;
  readonly approver?: string | undefined;
  readonly label?: string | undefined;
  readonly changeUrl?: string | undefined;
  /** The change that an earlier run of the ticket delivered, whatever became of it. */
  readonly delivered?: string | undefined;
  readonly openChanges?: number | undefined;
  readonly openChangesMax?: number | undefined;
  readonly editedAt?: Instant | undefined;
  readonly approvedAt?: Instant | undefined;
  /** `kind`, how often, and the escaped sample of what was hidden. */
  readonly hidden?: readonly { readonly kind: string; readonly count: number; readonly sample: string }[] | undefined;
  /** Who holds the ticket until when. */
  readonly claim?: { readonly run: string; readonly expiresAt: Instant } | undefined;
  readonly command?: string | undefined;
  /** The ticket that asks for the same, how alike they are, and words that both have. */
  readonly twin?: { readonly ticket: string; readonly score: string; readonly shared?: readonly string[] | undefined } | undefined;
  /** The questions that a ticket leaves open, with its score. */
  readonly unclear?: { readonly score: number; readonly threshold: number; readonly questions: readonly string[] } | undefined;
  /** What is wrong in a `heddle` block, one sentence each with its line. */
  readonly directiveProblems?: readonly string[] | undefined;
  readonly route?: { readonly repository?: string | undefined; readonly candidates: readonly string[]; readonly because: string; readonly url?: string | undefined; readonly dispatched: boolean } | undefined;
  /** What a person would have been asked. */
  readonly question?: string | undefined;
  /** Which budget, breaker or ledger stands in the way, in our words. */
  readonly over?: string | undefined;
  readonly rungs?: { readonly reached: string; readonly required: string } | undefined;
}

/** Markdown of the one comment that a declined request leaves: what happened, why in one sentence, what to do next. */
export function declineWords(code: DeclineCode, facts: DeclineFacts = {}): string {
  const { why, next } = declineReason(code, facts);
  return `**Heddle did not start.** ${why}\n\n**What to do:** ${next}\n\nReason code: \`${code}\`\n`;
}

/** The two sentences alone, in the same harmless Markdown, for callers with a frame of their own. */
export function declineReason(code: DeclineCode, facts: DeclineFacts = {}): { readonly why: string; readonly next: string } {
  return WORDS[code](facts);
}

/** The part of the facts that people are told. */
export function declineFacts(facts: AdmissionFacts): DeclineFacts {
  const { request, approval, ticket } = facts;
  return {
    actor: request.actor.login,
    rerunBy: request.rerunBy?.login,
    approver: approval.kind === 'found' ? approval.by.login : undefined,
    label: request.trigger.kind === 'labeled' ? request.trigger.label : undefined,
    command: request.trigger.kind === 'command' ? request.trigger.command.name : undefined,
    changeUrl: facts.changeOfTicket?.url,
    delivered: deliveredBefore(facts.rows),
    openChanges: facts.changes.length,
    openChangesMax: facts.rules.openChangesMax,
    editedAt: ticket.contentEditedAt ?? undefined,
    approvedAt: approval.kind === 'found' ? approval.at : undefined,
    ...(facts.readiness === undefined ? {} : { unclear: { score: facts.readiness.final, threshold: facts.readiness.threshold, questions: questionsOf(facts.readiness) } }),
    ...(facts.placing === undefined ? {} : { directiveProblems: facts.placing.problems.map(problemText), route: facts.placing.decision }),
    hidden: facts.hiding.map(({ kind, count, sample }) => ({ kind, count, sample })),
  };
}

function deliveredBefore(rows: AdmissionFacts['rows']): string | undefined {
  return rows.filter((row) => row.outcome === 'delivered').sort((a, b) => (a.changedAt < b.changedAt ? 1 : -1))[0]?.change?.url;
}

interface Words { readonly why: string; readonly next: string }

const AGAIN = 'take the label off and put it on again, or write a comment with the line `/heddle run`';

const WORDS: Readonly<Record<DeclineCode, (facts: DeclineFacts) => Words>> = {
  'from-fork': () => ({ why: 'The event comes from a fork, and a fork may not start runs here.', next: 'somebody with write permission starts the run in this repository itself.' }),
  'actor-is-bot': ({ actor }) => ({ why: `A bot started this${by(actor)}, and its account is not allowed to.`, next: 'a person with write permission starts the run, or a maintainer adds the bot\'s exact account id to `admission.bots` in `.heddle.yml`.' }),
  'actor-may-not-write': ({ actor }) => ({ why: `The person who started this${by(actor)} has no write permission in this repository.`, next: `somebody with write permission reads the ticket and then lets it run: ${AGAIN}.` }),
  'rerunner-may-not-write': ({ rerunBy }) => ({ why: `The person who started the CI run again${by(rerunBy)} has no write permission in this repository.`, next: 'somebody with write permission starts the CI run again.' }),
  'permission-unknown': () => ({ why: 'The forge did not say whether the people involved have write permission, and no answer counts as no.', next: 'start the run again in a few minutes. If it happens again, run `heddle doctor`: the token may lack the right to read collaborators.' }),
  'not-approved': ({ label }) => ({ why: 'No approval that still stands was found on this ticket.', next: `somebody with write permission ${label === undefined ? 'approves it' : `puts the label ${inCode(label)} on it`} or writes a new comment with the line \`/heddle run\`.` }),
  'approver-may-not-write': ({ approver }) => ({ why: `The person who approved this${by(approver)} has no write permission in this repository.`, next: `somebody with write permission reads the ticket and approves it: ${AGAIN}.` }),
  'edited-after-approval': ({ editedAt, approvedAt }) => ({ why: `Title or text were edited at or after the approval${editedAt === undefined || approvedAt === undefined ? '' : ` (approved ${inCode(approvedAt)}, edited ${inCode(editedAt)})`}.`, next: `read the ticket as it stands now and approve it again: ${AGAIN}.` }),
  'edit-time-unknown': () => ({ why: 'The tracker did not say when the ticket was last edited, so it cannot be told whether the approved text is still the same.', next: `try again in a few minutes: ${AGAIN}. If it happens again, run \`heddle doctor\`.` }),
  'ticket-closed': () => ({ why: 'The ticket is closed.', next: `open it again and approve it anew: ${AGAIN}.` }),
  'ticket-empty': () => ({ why: 'The ticket has no title or no text that could be worked on.', next: `write down what should change and how one can see that it is done, then approve it: ${AGAIN}.` }),
  'already-running': ({ claim }) => ({ why: `Another run works on this ticket${claim === undefined ? '' : ` (${inCode(claim.run)}, its claim ends at ${inCode(claim.expiresAt)})`}.`, next: 'wait for its result. If that run is gone, its claim ends by itself and you can start again then.' }),
  'change-open': ({ changeUrl }) => ({ why: `A change of this ticket is open already${link(changeUrl)}.`, next: 'review it, or close it and start again.' }),
  'too-many-open-changes': ({ openChanges, openChangesMax }) => ({ why: `There are as many open Heddle changes as the limit allows${openChanges === undefined || openChangesMax === undefined ? '' : ` (${openChanges} of ${openChangesMax})`}.`, next: 'merge or close some of them, or raise `limits.open_changes` in `.heddle.yml`.' }),
  'label-not-ours': ({ label }) => ({ why: 'The label that was added is not the one that starts a run.', next: label === undefined ? 'add the label that `trigger.label` in `.heddle.yml` names.' : `add the label ${inCode(label)}.` }),
  'command-not-ours': () => ({ why: 'The comment has no command that Heddle knows.', next: 'write a new comment with the line `/heddle run`, outside of quotes and code.' }),
  'sandbox-too-weak': ({ rungs }) => ({ why: `This runner cannot isolate the agent as strongly as the configuration asks for${rungs === undefined ? '' : ` (reached ${inCode(rungs.reached)}, asked for ${inCode(rungs.required)})`}.`, next: 'use another runner (`heddle doctor` shows why the stronger levels failed), or lower `sandbox.min_rung` in `.heddle.yml`.' }),
  'no-checks': () => ({ why: 'No check was found that could prove a change right.', next: 'add `checks:` to `.heddle.yml`; `heddle doctor` shows where checks were looked for.' }),
  'over-budget': ({ over }) => ({ why: `A budget has no room for this run${over === undefined ? '' : `: ${inCode(over)}`}.`, next: 'start it again when the next day or month has begun, or when other runs have ended with less than they hold; or raise the budget in `budgets:` of `.heddle.yml`.' }),
  'too-many-failures': ({ over }) => ({ why: `Too many runs failed here lately${over === undefined ? '' : `: ${inCode(over)}`}.`, next: 'look why they failed (`heddle explain RUN`), mend it, and start this again after the pause; or change `breakers:` in `.heddle.yml`.' }),
  'ledger-away': ({ over }) => ({ why: `Budgets or rules across runs are configured, and the ledger that they count in cannot be used${over === undefined ? '' : `: ${inCode(over)}`}.`, next: 'give this job `contents: write`, or set `ledger.store` and `ledger.url` in `.heddle.yml` to a place that it can write (`docs/ledger.md`), and start the run again.' }),
  'hidden-content': ({ hidden }) => ({ why: `The ticket hides content from its readers, and its author is not known to have write permission.${hiddenList(hidden)}`, next: `somebody with write permission takes the hidden parts out of the ticket, or writes a new ticket, and approves it: ${AGAIN}. To let such tickets through, set \`admission.hidden_content: allow\` in \`.heddle.yml\`.` }),
  'command-not-allowed': ({ actor, command }) => ({ why: `The command${command === undefined ? '' : ` ${inCode(`/heddle ${command}`)}`} is not for everybody, and who wrote it${by(actor)} may not use it here.`, next: 'somebody with the right role writes it; `roles.commands` in `.heddle.yml` says who may use which command.' }),
  'command-misread': () => ({ why: 'A line of the comment begins like a command and is none that can be read.', next: 'write a new comment with one command on a line of its own: `/heddle run`, `retry`, `continue`, `stop [reason]`, `approve DIGEST`, `deny [reason]`, `override RULE REASON` or `explain`.' }),
  'command-done': () => ({ why: 'The command was carried out, and it asks for no work.', next: 'nothing.' }),
  'nothing-to-do': () => ({ why: 'There is no run of this ticket that the act could be about.', next: 'to start the work, write a new comment with the line `/heddle run`.' }),
  'requester-not-allowed': ({ actor }) => ({ why: `Who asked for this${by(actor)} may not ask for work here.`, next: 'somebody whom `admission.approval.request` in `.heddle.yml` names asks for it.' }),
  'own-approval': ({ approver }) => ({ why: `Who approved this${by(approver)} wrote or asked for it, and the rules want another person.`, next: 'somebody else who may approve reads the ticket and approves it.' }),
  'too-few-approvals': () => ({ why: 'Fewer people approved this than the rules want.', next: 'another person who may approve reads the ticket and approves it.' }),
  'approval-expired': ({ approvedAt }) => ({ why: `The approval is too old${approvedAt === undefined ? '' : ` (given ${inCode(approvedAt)})`}.`, next: `read the ticket as it stands now and approve it again: ${AGAIN}.` }),
  'approval-used': () => ({ why: 'This approval was used for a delivered change already; each approval is good for one.', next: `if more work is wanted, say so in the ticket and approve it again: ${AGAIN}.` }),
  'bot-loop': () => ({ why: 'Runs of this ticket start one another: too many began in the last hour without a person doing something between.', next: 'look what answers the comments of Heddle (another bot, a workflow), mend it, and then a person starts the run again.' }),
  'cannot-wait': ({ question }) => ({ why: `Somebody must do something first, and this job cannot keep a run that waits: its token may only read.${question === undefined ? '' : ` Missing: ${inCode(question)}.`}`, next: `do that, and then start the run again: ${AGAIN}. To let runs wait for an answer, give the job that admits \`contents: write\` and \`issues: write\` (docs/waiting.md).` }),
  'private-to-public': () => ({ why: 'The ticket is in a private place, and the change would be published in a public repository.', next: 'write a ticket in the repository that the change is for.' }),
  'near-duplicate': ({ twin }) => ({ why: `Another ticket asks for nearly the same work${twin === undefined ? '' : ` (${inCode(twin.ticket)}, likeness ${inCode(twin.score)})`}.${twin?.shared === undefined || twin.shared.length === 0 ? '' : ` Words that both have: ${twin.shared.map(inCode).join(', ')}.`}`, next: `follow the other one; or say in this ticket what is different, and approve it again: ${AGAIN}. The limit is \`overlap.near_duplicates.threshold\` in \`.heddle.yml\`.` }),
  'not-ready': ({ unclear }) => ({ why: `The ticket is not clear enough to be worked on${unclear === undefined ? '' : ` (${unclear.score} of 100, ${unclear.threshold} are wanted)`}.${bullets(unclear?.questions)}`, next: 'answer the questions in the ticket\'s text or in a comment.' }),
  'directive-invalid': ({ directiveProblems }) => ({ why: `The \`heddle\` block of the ticket cannot be followed.${bullets(directiveProblems)}`, next: `mend the block, or take it out, and approve the ticket again: ${AGAIN}.` }),
  'routed-elsewhere': ({ route }) => ({
    why: `This ticket belongs to another repository${route?.repository === undefined ? '' : `, ${inCode(route.repository)}`}${route === undefined ? '' : ` (${inline(route.because, 300)})`}${link(route?.url)}.`,
    next: route?.dispatched === true ? 'nothing: the run was asked for there. If none starts, look at the workflow for `repository_dispatch` of that repository.' : 'start it there, or move the ticket. If it does belong here, mend its `repo:` label or `routing` in `.heddle.yml`.',
  }),
  'unroutable': ({ route }) => ({
    why: `It cannot be told which repository this ticket belongs to${route === undefined ? '' : ` (${inline(route.because, 300)})`}.${route === undefined || route.candidates.length === 0 ? '' : ` Candidates: ${route.candidates.slice(0, 10).map(inCode).join(', ')}.`}`,
    next: `put one label \`repo:<alias>\` on the ticket, and approve it again: ${AGAIN}.`,
  }),
};

function by(login: string | undefined): string {
  return login === undefined ? '' : ` (${inCode(login)})`;
}

/** Foreign text inside inline code: mentions, links and markup mean nothing there, and back ticks cannot get out. */
function inCode(text: string): string {
  const plain = text.slice(0, 120).replaceAll(/[^ -~]/g, '?').replaceAll('`', '\'').trim();
  return `\`${plain === '' ? '?' : plain}\``;
}

/** A URL only when nothing in it could end the link or begin another. */
function link(url: string | undefined): string {
  if (url === undefined) return '';
  return url.length <= 500 && /^https?:\/\/[A-Za-z0-9./_:#?=&%~+-]+$/.test(url) ? `: ${url}` : `: ${inCode(url)}`;
}

const PROBLEMS_SHOWN_MAX = 10;

function bullets(lines: readonly string[] | undefined): string {
  const shown = (lines ?? []).slice(0, PROBLEMS_SHOWN_MAX).map((line) => `\n- ${inline(line, 400)}`);
  return shown.length === 0 ? '' : `\n${shown.join('')}\n`;
}

const HIDDEN_SHOWN_MAX = 10;

function hiddenList(hidden: DeclineFacts['hidden']): string {
  if (hidden === undefined || hidden.length === 0) return '';
  const parts = hidden.slice(0, HIDDEN_SHOWN_MAX).map(({ kind, count, sample }) => `${count} × ${kind} ${inCode(sample)}`);
  return ` Taken out: ${parts.join('; ')}.`;
}
