import { mayWrite } from '../domain/actor.js';
import type { Actor } from '../domain/actor.js';
import type { WaitKind } from '../domain/grant.js';
import type { DeclineCode } from '../domain/stop-reason.js';
import { strictest } from '../domain/verdict.js';
import type { Verdict, VerdictNode } from '../domain/verdict.js';
import type { AdmissionFacts } from './facts.js';
import { loopRule } from './loop-guard.js';
import { belongs, isBot, isListed, permissionKey, type PermissionFact } from './people.js';
import { boundsRule, directivesRule, routedRule } from './placing.js';
import { readinessRule } from './readiness/judge-readiness.js';
import { lifted, shownActor as shown, type RuleAnswer } from './rule.js';

/** Says nothing about what was not asked. */
type Rule = (facts: AdmissionFacts) => RuleAnswer | undefined;

export interface AdmissionJudgement {
  readonly verdict: Verdict;
  readonly decline: DeclineCode | undefined;
  /** Nothing forbids it, and a person must say or do something first. Never set beside `decline`. */
  readonly asks: WaitKind | undefined;
}

/** Fixed order: the first rule that does not allow gives the code. Every rule speaks always, so that a person sees all at once. */
const RULES: readonly Rule[] = [fork, open, content, keptPrivate, directivesRule, readinessRule, bots, actorMayWrite, rerunnerMayWrite, noLoop, approved, nothingHidden, noOpenChange, belowCap, routedRule, boundsRule];

/**
 * Decides whether a request becomes an order. Pure. Who asked, who started this CI run and who approved must each be among the
 * people that `admission.approval` names (by default: write permission), by the forge's own answer; an unknown answer is an error
 * and counts as no. An approval that can still come is held and asked for.
 *
 * The person at the keyboard (command line outside CI) is believed without a question: whoever starts the program there
 * already holds the files, the model key and, on a forge, the token that every write is checked against by the forge
 * itself. `approved_by` of a ticket file is recorded, and it proves nothing: anybody who writes the file writes it.
 *
 * A bot that the configuration lists by its exact id is allowed by that listing alone, because forges answer no
 * permission for Apps; a login is never compared.
 */
export function judgeAdmission(facts: AdmissionFacts): AdmissionJudgement {
  // A grant never stands for an approval: lifting that would let one person do what the rules give to others.
  const answers = RULES.flatMap((rule) => {
    const answer = rule(facts);
    return answer === undefined || rule === approved ? answer ?? [] : lifted(answer, facts.grants);
  });
  const children = answers.map((answer) => answer.node);
  const effect = strictest(children.map((child) => child.effect));
  const decline = answers.find((answer) => answer.node.effect !== 'allow' && answer.asks === undefined)?.code;
  const asks = decline === undefined ? answers.find((answer) => answer.asks !== undefined && answer.node.effect === 'hold')?.asks : undefined;
  const words = effect === 'allow' ? 'every rule of admission allows it' : `not admitted: ${children.filter((child) => child.effect !== 'allow').map((child) => child.rule).join(', ')}`;
  return { verdict: { effect, tree: { rule: 'admission', effect, words, children } }, decline, asks };
}

function fork({ request }: AdmissionFacts): RuleAnswer {
  if (!request.fromFork) return allow('from-fork', 'the event is of this repository');
  return deny('from-fork', 'from-fork', { words: 'the event comes from a fork or speaks of another repository' });
}

function open({ ticket }: AdmissionFacts): RuleAnswer {
  const values = { state: ticket.state };
  return ticket.state === 'open' ? allow('ticket-open', 'the ticket is open', values) : deny('ticket-open', 'ticket-closed', { words: 'the ticket is closed', values });
}

function content({ empty }: AdmissionFacts): RuleAnswer {
  return empty ? deny('ticket-content', 'ticket-empty', { words: 'after cleaning the ticket has no title or no text' }) : allow('ticket-content', 'the ticket has a title and a text');
}

function keptPrivate({ publishes }: AdmissionFacts): RuleAnswer {
  const rule = 'kept-private';
  if (publishes === 'no') return allow(rule, 'whoever can read the change may read the ticket');
  if (publishes === 'yes') return deny(rule, 'private-to-public', { words: 'the ticket is in a private place, and the change would be in a public repository' });
  return { node: { rule, effect: 'error', words: 'the forge did not say whether the change would be public, and the ticket is in a private place' }, code: 'permission-unknown' };
}

function bots({ asked, request, rules }: AdmissionFacts): RuleAnswer {
  const people = [asked.actor, ...[asked.rerunBy, request.rerunBy].filter((one) => one !== undefined)];
  const seen = people.filter(isBot);
  const unlisted = seen.filter((actor) => !isListed(actor, rules.bots));
  const values = { bots: unique(seen.map(shown)), listed: rules.bots };
  if (unlisted.length > 0) return deny('bots', 'actor-is-bot', { words: 'a bot acted whose exact id is not in admission.bots', values });
  return allow('bots', seen.length === 0 ? 'no bot acted' : 'every bot that acted is listed by its exact id', values);
}

/** Who asked first decides whose wish it is; whoever did something about it since asked for nothing. */
function actorMayWrite(facts: AdmissionFacts): RuleAnswer {
  return mayAsk(facts, { rule: 'actor-may-write', who: 'the person who asked', actor: facts.asked.actor, code: 'actor-may-not-write' });
}

function rerunnerMayWrite(facts: AdmissionFacts): RuleAnswer {
  const [first, second] = [facts.asked.rerunBy, facts.request.rerunBy].filter((one) => one !== undefined);
  const of = (actor: Actor): RuleAnswer => mayAsk(facts, { rule: 'rerunner-may-write', who: 'the person who started this CI run again', actor, code: 'rerunner-may-not-write' });
  if (first === undefined) return allow('rerunner-may-write', 'the person who acted also started this CI run');
  const answer = of(first);
  return second === undefined || answer.node.effect !== 'allow' ? answer : of(second);
}

function noLoop({ rows, now, asked, config, trustedLocally }: AdmissionFacts): RuleAnswer {
  return trustedLocally ? allow('loop', 'a person at the keyboard started it') : loopRule({ rows, now, actor: asked.actor, most: config.admission.loops.runs_per_hour });
}

function approved(facts: AdmissionFacts): RuleAnswer {
  const { node, code, asks } = facts.approved;
  return { node, ...(code === undefined ? {} : { code }), ...(asks === undefined ? {} : { asks }) };
}

function nothingHidden(facts: AdmissionFacts): RuleAnswer {
  const { hiding, rules, ticket, trustedLocally } = facts;
  if (hiding.length === 0) return allow('nothing-hidden', 'nothing was hidden in the ticket');
  const permission = facts.permissions[permissionKey(ticket.author)];
  const values = { removed: hiding.map((removal) => `${removal.where}: ${removal.count} × ${removal.kind}`), author: shown(ticket.author), permission: permissionWords(permission) };
  if (permission?.kind === 'known' && mayWrite(permission.permission)) return allow('nothing-hidden', 'hidden content was taken out; the author may write here', values);
  if (trustedLocally && ticket.ref.tracker === 'file') return allow('nothing-hidden', 'hidden content was taken out of a file of the local user', values);
  if (rules.hiddenContent === 'allow') return allow('nothing-hidden', 'hidden content was taken out; admission.hidden_content allows it', values);
  return { node: { rule: 'nothing-hidden', effect: 'hold', words: 'content was hidden in the ticket, and its author is not known to have write permission', values }, code: 'hidden-content' };
}

function noOpenChange({ changeOfTicket }: AdmissionFacts): RuleAnswer {
  if (changeOfTicket === undefined) return allow('no-open-change', 'no change of this ticket is open');
  return deny('no-open-change', 'change-open', { words: 'a change of this ticket is open already', values: { number: changeOfTicket.number, branch: changeOfTicket.branch } });
}

function belowCap({ changes, rules }: AdmissionFacts): RuleAnswer {
  const values = { open: changes.length, most: rules.openChangesMax };
  if (changes.length < rules.openChangesMax) return allow('below-cap', 'fewer Heddle changes are open than limits.open_changes', values);
  return deny('below-cap', 'too-many-open-changes', { words: 'as many Heddle changes are open as limits.open_changes allows', values });
}

function mayAsk(facts: AdmissionFacts, person: { readonly rule: string; readonly who: string; readonly actor: Actor; readonly code: DeclineCode }): RuleAnswer {
  const { rule, who, actor } = person;
  const { request: people } = facts.config.admission.approval;
  if (facts.trustedLocally) return allow(rule, `${who} is at the keyboard, or is named by the file`, { account: shown(actor) });
  if (isBot(actor) && isListed(actor, facts.rules.bots)) return allow(rule, `${who} is a bot that admission.bots lists by its exact id`, { account: shown(actor) });
  const permission = facts.permissions[permissionKey(actor)];
  const values = { account: shown(actor), permission: permissionWords(permission) };
  const may = belongs(actor, people, { accounts: facts.accounts, named: facts.config.roles.named });
  if (may.kind === 'unknown') return { node: { rule, effect: 'error', words: `the forge gave no answer about ${who} (${may.why})`, values }, code: 'permission-unknown' };
  if (may.kind === 'yes') return allow(rule, `${who} may ask for work here: ${may.as}`, values);
  // What stands in the configuration by default has its own words: most people never change it.
  const plain = people.permission === 'write' && people.teams.length === 0 && people.users.length === 0 && people.roles.length === 0;
  return deny(rule, plain || person.code === 'rerunner-may-not-write' ? person.code : 'requester-not-allowed', { words: plain ? `${who} has no write permission` : `${who} is not among those who may ask for work (admission.approval.request)`, values });
}

function permissionWords(permission: PermissionFact | undefined): string {
  if (permission === undefined) return 'not asked';
  return permission.kind === 'known' ? permission.permission : `unknown: ${permission.why}`;
}

function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)];
}

function allow(rule: string, words: string, values?: VerdictNode['values']): RuleAnswer {
  return { node: { rule, effect: 'allow', words, ...(values === undefined ? {} : { values }) } };
}

function deny(rule: string, code: DeclineCode, why: { readonly words: string; readonly values?: VerdictNode['values'] }): RuleAnswer {
  return { node: { rule, effect: 'deny', words: why.words, ...(why.values === undefined ? {} : { values: why.values }) }, code };
}
