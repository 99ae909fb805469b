import { PermissionLevel, type People } from '../config/roles-config.js';
import type { Actor } from '../domain/actor.js';
import type { PolicyOutcome } from '../domain/policy-outcome.js';
import type { Verdict } from '../domain/verdict.js';
import { belongs, isBot, sameActor, type Accounts, type NamedRoles } from './people.js';

/** So many distinct people, of these, must say yes to a held change. Nobody named = whoever may approve at all. */
export interface ChangeDemand {
  /** The rule or setting that asks for it. */
  readonly name: string;
  readonly count: number;
  readonly people: readonly People[];
  readonly notRequester: boolean;
  /** For people, who is meant. */
  readonly from: string;
}

interface Named { readonly users: readonly string[]; readonly teams: readonly string[]; readonly roles?: readonly string[] }
type Level = 'medium' | 'high' | 'critical';

export interface HeldChange {
  readonly verdict: Verdict;
  readonly policy: PolicyOutcome | undefined;
  /** `delivery.review`: who is named for a level of risk. It is a demand where the level itself holds. */
  readonly review: Readonly<Partial<Record<Level, (Named & { readonly count: number }) | undefined>>>;
  /** For teams that are named without one. */
  readonly organisation: string;
}

/** What must be met before the hold of a change is lifted: by each rule of the team that holds it, and by its level of risk. Pure. */
export function changeDemands({ verdict, policy, review, organisation }: HeldChange): readonly ChangeDemand[] {
  if (verdict.effect !== 'hold') return [];
  const risk = verdict.tree.children?.find(({ rule }) => rule === 'risk');
  const level = risk?.effect === 'hold' ? risk.values?.['level'] : undefined;
  const wanted = level === 'medium' || level === 'high' || level === 'critical' ? review[level] : undefined;
  return [
    ...(policy?.approvals ?? []).map(({ rule, count, notRequester, ...named }) => demand({ name: rule, count, notRequester, named, organisation })),
    ...(wanted === undefined ? [] : [demand({ name: `delivery.review.${String(level)}`, count: wanted.count, notRequester: true, named: wanted, organisation })]),
  ];
}

function demand({ name, count, notRequester, named, organisation }: { readonly name: string; readonly count: number; readonly notRequester: boolean; readonly named: Named; readonly organisation: string }): ChangeDemand {
  const users = named.users.map((user) => user.replace(/^@/, ''));
  const teams = named.teams.map((team) => team.replace(/^@/, '')).map((team) => (team.includes('/') ? team : `${organisation}/${team}`));
  const roles = named.roles ?? [];
  // A role is a name of roles.named, or a level of permission.
  const levels = roles.flatMap((role) => { const known = PermissionLevel.safeParse(role); return known.success ? [known.data] : []; });
  const own = roles.filter((role) => !(levels as readonly string[]).includes(role));
  const people: readonly People[] = [
    ...(users.length + teams.length + own.length === 0 ? [] : [{ users, teams, roles: own }]), ...levels.map((permission) => ({ permission, users: [], teams: [], roles: [] })),
  ];
  const from = [...users, ...teams.map((team) => `team ${team}`), ...roles.map((role) => `role ${role}`)].join(', ') || 'those who may approve';
  return { name, count, notRequester, people, from };
}

export interface ApproverKnown { readonly accounts: Accounts; readonly named: NamedRoles; readonly requesters: readonly Actor[] }

/** Why a yes does not count for a demand; nothing when it does. No answer of the forge is never a yes. */
export function whyNot(demanded: ChangeDemand, actor: Actor, { accounts, named, requesters }: ApproverKnown): string | undefined {
  if (isBot(actor)) return `${actor.login} is no person`;
  if (demanded.notRequester && requesters.some((one) => sameActor(one, actor))) return `${actor.login} asked for the work, and ${demanded.name} wants somebody else`;
  if (demanded.people.length === 0) return undefined;
  const answers = demanded.people.map((people) => belongs(actor, people, { accounts, named }));
  if (answers.some(({ kind }) => kind === 'yes')) return undefined;
  const unknown = answers.find((one) => one.kind === 'unknown');
  return unknown?.kind === 'unknown' ? `whether ${actor.login} is one of ${demanded.from} is not known (${unknown.why})` : `${actor.login} is none of ${demanded.from} (${demanded.name})`;
}

export interface GivenYes { readonly by: Actor; readonly counts: readonly string[] }

/** How far each demand is met: distinct people, each once. */
export function metDemands(demands: readonly ChangeDemand[], given: readonly GivenYes[]): readonly { readonly demand: ChangeDemand; readonly by: readonly Actor[]; readonly met: boolean }[] {
  return demands.map((one) => {
    const by = given.filter(({ counts }) => counts.includes(one.name)).map(({ by: actor }) => actor);
    const distinct = by.filter((actor, index) => by.findIndex((other) => sameActor(other, actor)) === index);
    return { demand: one, by: distinct, met: distinct.length >= one.count };
  });
}

/** `1 of 2 by nora, of team acme/payments (policy/payments)`, for each demand. */
export function demandWords(demands: readonly ChangeDemand[], given: readonly GivenYes[]): string {
  return metDemands(demands, given).map(({ demand: { count, from, name, notRequester }, by }) => `${by.length} of ${count} ${count === 1 ? 'yes' : 'yeses'}${by.length === 0 ? '' : ` by ${by.map(({ login }) => login).join(', ')}`}, of ${from}${notRequester ? ', not whoever asked for the work' : ''} (${name})`).join('; ');
}
