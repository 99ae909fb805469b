import type { ApprovalConfig } from '../config/approval-config.js';
import { durationMs } from '../config/duration.js';
import type { People } from '../config/roles-config.js';
import type { Actor } from '../domain/actor.js';
import type { ApprovalWay, RiskLevel } from '../domain/approval-way.js';
import type { Digest, Instant } from '../domain/ids.js';
import type { DeclineCode } from '../domain/stop-reason.js';
import type { VerdictNode } from '../domain/verdict.js';
import { globMatcher } from '../kit/globs.js';
import type { ApprovalAct } from './approval.js';
import { belongs, isBot, isListed, sameActor, type Accounts, type NamedRoles } from './people.js';
import { shownActor, type RuleAnswer } from './rule.js';

/** Everything the rule looks at. */
export interface ApprovalFacts {
  readonly acts: readonly ApprovalAct[];
  /** Why there is none, when there is none. */
  readonly missing: string;
  /** The comment that asked for the run is not what it was: the wish is withdrawn, whoever approved. */
  readonly withdrawn: string | undefined;
  readonly denials: readonly { readonly by: Actor; readonly at: Instant }[];
  /** Marks of acts that a delivered run stood on. */
  readonly used: readonly Digest[];
  /** Of what would be worked on now. */
  readonly digest: Digest | undefined;
  readonly now: Instant | undefined;
  readonly editedAt: Instant | null | undefined;
  readonly editTime: boolean;
  readonly trackerId: string;
  readonly author: Actor;
  /** Who asked, and who started the CI run again. */
  readonly requesters: readonly Actor[];
  readonly bots: readonly string[];
  readonly accounts: Accounts;
  readonly named: NamedRoles;
  readonly config: ApprovalConfig;
  readonly labels: readonly string[];
  /** Likely paths at admission, real ones at delivery; undefined = not known, and then no rule by path speaks. */
  readonly paths: readonly string[] | undefined;
  readonly risk: RiskLevel | undefined;
  readonly trustedLocally: boolean;
}

export interface ApprovalAnswer extends RuleAnswer {
  /** The acts that met a demand. */
  readonly standing: readonly ApprovalAct[];
}

interface Demand { readonly name: string; readonly approve: People; readonly count: number; readonly notAuthor: boolean; readonly notRequester: boolean; readonly by: readonly ApprovalWay[] }
interface Fallen { readonly act: ApprovalAct; readonly code: DeclineCode; readonly why: string }

/** Trackers and runners tell the time nearly alike; more than this and one of the clocks is wrong. */
const CLOCK_SLACK_MS = 5 * 60_000;

/**
 * Whether the approvals that are there are enough. Each demand (the general one, and each rule that matches) must be met by itself,
 * so that a rule can only ask for more. What can still come is held and asked for; an answer that the forge or tracker did
 * not give is an error and counts as no. Pure.
 */
export function judgeApproval(facts: ApprovalFacts): ApprovalAnswer {
  const demands = demandsOf(facts);
  const answers = demands.map((demand) => meet(demand, facts));
  const standing = unique(answers.flatMap((answer) => answer.counted));
  const children = answers.map((answer) => answer.node);
  const values = { ...valuesOf(standing), ...(facts.digest === undefined ? {} : { digest: facts.digest }) };
  if (facts.trustedLocally) {
    const [act] = facts.acts;
    return { standing: facts.acts.slice(0, 1), node: { rule: 'approved', effect: 'allow', words: `${act?.act ?? 'a person at the keyboard asks for it'}${unproven(act, facts)}`, values: { ...valuesOf(facts.acts.slice(0, 1)) } } };
  }
  if (facts.withdrawn !== undefined) return { standing, code: 'not-approved', node: { rule: 'approved', effect: 'deny', words: facts.withdrawn, values, children } };
  if (answers.every((answer) => answer.node.effect === 'allow')) {
    return { standing, node: { rule: 'approved', effect: 'allow', words: standing.map((act) => `${act.by.login} ${act.act}${unproven(act, facts)}`).join('; '), values, children } };
  }
  const worst = answers.find((answer) => answer.node.effect === 'error') ?? answers.find((answer) => answer.node.effect === 'deny') ?? answers.find((answer) => answer.node.effect === 'hold');
  const node: VerdictNode = { rule: 'approved', effect: worst?.node.effect ?? 'error', words: worst?.node.words ?? 'no demand could be judged', values, children };
  return { standing, node, code: worst?.code ?? 'not-approved', ...(node.effect === 'hold' ? { asks: 'approval' as const } : {}) };
}

function demandsOf({ config, labels, paths, risk }: ApprovalFacts): readonly Demand[] {
  const general: Demand = { name: 'admission.approval', approve: config.approve, count: config.count, notAuthor: config.not_author, notRequester: config.not_requester, by: config.by };
  const matching = config.rules.flatMap((rule, index): Demand[] => {
    const { match } = rule;
    const touches = match.paths.length > 0 && paths !== undefined && touchesOne(match.paths, paths);
    if (!touches && !match.labels.some((label) => labels.includes(label)) && !(risk !== undefined && match.risk.includes(risk))) return [];
    return [{
      name: `admission.approval.rules[${index}]`, approve: rule.approve ?? config.approve, count: rule.count, notAuthor: rule.not_author || config.not_author,
      notRequester: rule.not_requester || config.not_requester, by: rule.by ?? config.by,
    }];
  });
  return [general, ...matching];
}

/** A pattern that cannot be read matches: a rule may only ever ask for more. */
function touchesOne(patterns: readonly string[], paths: readonly string[]): boolean {
  const matcher = globMatcher(patterns, 'guard');
  return !matcher.ok || paths.some((path) => matcher.value(path));
}

function meet(demand: Demand, facts: ApprovalFacts): { readonly node: VerdictNode; readonly counted: readonly ApprovalAct[]; readonly code?: DeclineCode } {
  const judged = facts.acts.map((act) => ({ act, fallen: falls(act, demand, facts) }));
  const people = new Map<string, ApprovalAct>();
  for (const { act, fallen } of judged) if (fallen === undefined) people.set(act.by.id === '' ? act.by.login.toLowerCase() : act.by.id, act);
  // A listed bot may stand for one yes; where several people are wanted it is none of them.
  const counted = [...people.values()].filter((act) => demand.count === 1 || !isBot(act.by));
  const values = { demand: demand.name, wanted: demand.count, by: counted.map((act) => shownActor(act.by)) };
  if (counted.length >= demand.count) return { counted, node: { rule: demand.name, effect: 'allow', words: `${counted.length} of ${demand.count} approved`, values } };
  const fallen = judged.flatMap((one) => (one.fallen === undefined ? [] : [one.fallen])).sort((a, b) => (a.act.at < b.act.at ? 1 : -1));
  const unclear = fallen.find((one) => one.code === 'permission-unknown' || one.code === 'edit-time-unknown');
  if (unclear !== undefined) return { counted, code: unclear.code, node: { rule: demand.name, effect: 'error', words: unclear.why, values } };
  if (never(demand)) return { counted, code: 'too-few-approvals', node: { rule: demand.name, effect: 'deny', words: `${demand.count} people must approve, and ${demand.name} names fewer who may`, values } };
  const words = [counted.length > 0 ? `${counted.length} of ${demand.count} people approved` : '', ...fallen.slice(0, 5).map((one) => one.why)].filter((one) => one !== '');
  const code = fallen[0]?.code ?? (counted.length > 0 ? 'too-few-approvals' : 'not-approved');
  return { counted, code, node: { rule: demand.name, effect: 'hold', words: words.length > 0 ? words.join('; ') : facts.missing, values: { ...values, code } } };
}

/** Why one act does not count; nothing when it does. In the order in which a person can do something about it. */
function falls(act: ApprovalAct, demand: Demand, facts: ApprovalFacts): Fallen | undefined {
  const fallen = (code: DeclineCode, why: string): Fallen => ({ act, code, why });
  const who = act.by.login;
  if (isBot(act.by) && !isListed(act.by, facts.bots)) return fallen('actor-is-bot', `${who} is a bot whose exact id is not in admission.bots`);
  if (!demand.by.includes(act.way)) return fallen('not-approved', `${who} ${act.act}, which is not among the acts that count here (${demand.by.join(', ')})`);
  const may = isBot(act.by) ? { kind: 'yes' as const } : belongs(act.by, demand.approve, facts);
  if (may.kind === 'unknown') return fallen('permission-unknown', `the forge gave no answer about ${who} (${may.why})`);
  if (may.kind === 'no') return fallen('approver-may-not-write', `${who} ${act.act}, and may not approve here`);
  if (demand.notAuthor && sameActor(act.by, facts.author)) return fallen('own-approval', `${who} wrote the ticket, and another person must approve it`);
  if (demand.notRequester && facts.requesters.some((one) => sameActor(one, act.by))) return fallen('own-approval', `${who} asked for the run, and another person must approve it`);
  return outOfDate(act, facts, fallen);
}

/** Whether the yes is still about what would be done now. An edit in the second of the approval may have come after it, so it voids. */
function outOfDate(act: ApprovalAct, facts: ApprovalFacts, fallen: (code: DeclineCode, why: string) => Fallen): Fallen | undefined {
  const who = act.by.login;
  if (facts.denials.some((denial) => denial.at.slice(0, 19) >= act.at.slice(0, 19))) return fallen('not-approved', `${facts.denials.at(-1)?.by.login ?? 'somebody'} said no after ${who} approved`);
  if (act.mark !== undefined && facts.used.includes(act.mark)) return fallen('approval-used', `the approval of ${who} was used for a change that is delivered`);
  const ageMs = facts.now === undefined ? 0 : Date.parse(facts.now) - Date.parse(act.at);
  if (ageMs > durationMs(facts.config.valid_for)) return fallen('approval-expired', `the approval of ${who} is older than ${facts.config.valid_for}`);
  if (ageMs < -CLOCK_SLACK_MS) return fallen('approval-expired', `the approval of ${who} is of a later time than this machine's clock shows, so its age cannot be told`);
  if (act.digest !== undefined && facts.digest?.slice('sha256:'.length).startsWith(act.digest) !== true) {
    return fallen('edited-after-approval', `${who} approved ${act.digest.slice(0, 12)}, and the ticket with its bounds is ${facts.digest?.slice('sha256:'.length, 'sha256:'.length + 12) ?? 'not known'} now`);
  }
  // The digest binds the text by itself; a tracker that cannot tell the time of an edit takes nothing from that.
  if (!facts.editTime || facts.editedAt === null || (facts.editedAt === undefined && act.digest !== undefined)) return undefined;
  if (facts.editedAt === undefined) return fallen('edit-time-unknown', 'the tracker did not tell when title or text were last edited');
  if (facts.editedAt.slice(0, 19) < act.at.slice(0, 19)) return undefined;
  return fallen('edited-after-approval', `title or text were edited at or after the approval of ${who}`);
}

/** Only people are named, and fewer than must approve: nothing that anybody does can meet that. */
function never({ approve, count }: Demand): boolean {
  return approve.permission === undefined && approve.teams.length === 0 && approve.roles.length === 0 && approve.users.length < count;
}

function unproven(act: ApprovalAct | undefined, { editTime, trackerId }: ApprovalFacts): string {
  if (act?.provenBy === 'front-matter') return '; recorded as the file says, not provable';
  const who = act?.provenBy === 'ticket' ? `; not provable who did it, because the tracker ${trackerId} gives no history` : '';
  return editTime || act?.digest !== undefined ? who : `${who}; not provable: the tracker ${trackerId} does not tell when title or text were edited`;
}

function valuesOf(acts: readonly ApprovalAct[]): NonNullable<VerdictNode['values']> {
  return acts.length === 0 ? {} : { by: joined(acts, (act) => shownActor(act.by)), at: joined(acts, (act) => act.at), way: joined(acts, (act) => act.way), provenBy: joined(acts, (act) => act.provenBy) };
}

function joined(acts: readonly ApprovalAct[], of: (act: ApprovalAct) => string): string {
  return acts.map(of).join(', ');
}

function unique(acts: readonly ApprovalAct[]): readonly ApprovalAct[] {
  return [...new Set(acts)];
}
