import type { People, Role } from '../config/roles-config.js';
import type { Actor, Permission } from '../domain/actor.js';

/** What the forge said about an account. A call that failed is `unknown` and never counts as a permission. */
export type PermissionFact =
  | { readonly kind: 'known'; readonly permission: Permission }
  | { readonly kind: 'unknown'; readonly why: string };

export type TeamFact =
  | { readonly kind: 'known'; readonly member: boolean }
  | { readonly kind: 'unknown'; readonly why: string };

/** What is known of accounts. `permissions` by `permissionKey`, `teams` by `teamKey`. */
export interface Accounts {
  readonly permissions: Readonly<Record<string, PermissionFact>>;
  readonly teams: Readonly<Record<string, TeamFact>>;
}

/** `as` says by what. Unknown is never yes: who asks must stop, or ask again later. */
export type Belonging = { readonly kind: 'yes'; readonly as: string } | { readonly kind: 'no' } | { readonly kind: 'unknown'; readonly why: string };

export type NamedRoles = Readonly<Record<string, Role>>;

/** Whether an account is among some people, by what is known of it. Pure; the more people, the more often yes. */
export function belongs(actor: Actor, people: People, known: { readonly accounts: Accounts; readonly named: NamedRoles }): Belonging {
  const answers = rolesOf(people, known.named).flatMap((role) => inRole(actor, role, known.accounts));
  return answers.find((answer) => answer.kind === 'yes') ?? answers.find((answer) => answer.kind === 'unknown') ?? { kind: 'no' };
}

/** The kinds that some people are made of: their own, and those of the roles that they name. */
export function rolesOf(people: People, named: NamedRoles): readonly Role[] {
  return [people, ...people.roles.flatMap((name) => named[name] ?? [])];
}

/** Login and id together: an account that took over a login never gets the answer of the one before it. */
export function permissionKey(actor: Actor): string {
  return `${actor.id}/${actor.login.toLowerCase()}`;
}

export function teamKey(team: string, actor: Actor): string {
  return `${team.toLowerCase()} ${permissionKey(actor)}`;
}

/** A login that ends like an App's is a bot whatever the event says its kind is. */
export function isBot(actor: Actor): boolean {
  return actor.kind === 'bot' || actor.login.toLowerCase().endsWith('[bot]');
}

/** By the exact id alone: a login can be made to look like another. */
export function isListed(actor: Actor, listed: readonly string[]): boolean {
  return actor.id !== '' && listed.includes(actor.id);
}

export function sameActor(a: Actor, b: Actor): boolean {
  const numeric = /^[0-9]+$/;
  return numeric.test(a.id) && numeric.test(b.id) ? a.id === b.id : a.login.toLowerCase() === b.login.toLowerCase() || (a.id !== '' && a.id === b.id);
}

export function atLeast(permission: Permission, level: NonNullable<Role['permission']>): boolean {
  return LEVELS.indexOf(permission) >= LEVELS.indexOf(level);
}

const LEVELS: readonly Permission[] = ['none', 'read', 'triage', 'write', 'maintain', 'admin'];

function inRole(actor: Actor, role: Role, accounts: Accounts): readonly Belonging[] {
  const answers: Belonging[] = [];
  if (role.users.some((user) => isUser(actor, user))) answers.push({ kind: 'yes', as: 'by name' });
  // Forges answer no permission for Apps, and a team has none: a bot is only what an exact id says.
  if (isBot(actor)) return answers;
  if (role.permission !== undefined) {
    const fact = accounts.permissions[permissionKey(actor)];
    if (fact?.kind === 'known') answers.push(atLeast(fact.permission, role.permission) ? { kind: 'yes', as: fact.permission } : { kind: 'no' });
    else answers.push({ kind: 'unknown', why: fact?.why ?? 'not asked' });
  }
  for (const team of role.teams) {
    const fact = accounts.teams[teamKey(team, actor)];
    if (fact?.kind === 'known') answers.push(fact.member ? { kind: 'yes', as: `member of ${team}` } : { kind: 'no' });
    else answers.push({ kind: 'unknown', why: `${team}: ${fact?.why ?? 'not asked'}` });
  }
  return answers;
}

/** Digits are an id, never a login, though a login may be digits. */
function isUser(actor: Actor, user: string): boolean {
  return /^[0-9]+$/.test(user) ? actor.id === user : !isBot(actor) && actor.login.toLowerCase() === user.toLowerCase();
}
