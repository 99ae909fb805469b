import type { People } from '../config/roles-config.js';
import type { Actor } from '../domain/actor.js';
import type { ForgeReader } from '../ports/forge.js';
import { isBot, permissionKey, rolesOf, teamKey, type Accounts, type NamedRoles, type PermissionFact, type TeamFact } from './people.js';
import { belongs } from './people.js';

/**
 * Asks the forge about accounts, each question once. A call that fails becomes an `unknown` fact, with the fault's code: no
 * answer is never a yes. A team is asked for only where the permission does not decide.
 */
export class AskAccounts {
  private readonly permissions: Record<string, PermissionFact> = {};
  private readonly teams: Record<string, TeamFact> = {};
  private readonly reader: ForgeReader;
  private readonly named: NamedRoles;
  private readonly signal: AbortSignal | undefined;

  constructor(reader: ForgeReader, named: NamedRoles, signal?: AbortSignal) {
    this.reader = reader;
    this.named = named;
    this.signal = signal;
  }

  get known(): Accounts { return { permissions: this.permissions, teams: this.teams }; }

  /** The account is of another service: the forge knows nothing of it, whatever it is called. */
  foreign(actor: Actor, tracker: string): void {
    this.permissions[permissionKey(actor)] ??= { kind: 'unknown', why: `accounts of ${tracker} are not accounts of ${this.reader.id}` };
  }

  async permission(actor: Actor): Promise<void> {
    const key = permissionKey(actor);
    if (this.permissions[key] !== undefined) return;
    const answer = await this.reader.permissionOf(actor.login, this.signal);
    this.permissions[key] = answer.ok ? { kind: 'known', permission: answer.value } : { kind: 'unknown', why: answer.error.code };
  }

  async about(actor: Actor, people: readonly People[]): Promise<void> {
    await this.permission(actor);
    if (isBot(actor)) return;
    for (const some of people) {
      for (const team of new Set(rolesOf(some, this.named).flatMap((role) => role.teams))) {
        if (belongs(actor, some, { accounts: this.known, named: this.named }).kind !== 'yes') await this.team(team, actor);
      }
    }
  }

  private async team(team: string, actor: Actor): Promise<void> {
    const key = teamKey(team, actor);
    // An account of another service has no team here either.
    if (this.teams[key] !== undefined || this.permissions[permissionKey(actor)]?.kind === 'unknown') return;
    if (this.reader.memberOf === undefined) {
      this.teams[key] = { kind: 'unknown', why: `${this.reader.id} has no teams` };
      return;
    }
    const answer = await this.reader.memberOf(team, actor.login, this.signal);
    this.teams[key] = answer.ok ? { kind: 'known', member: answer.value } : { kind: 'unknown', why: answer.error.code };
  }
}
