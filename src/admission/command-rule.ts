import type { RolesConfig, People, PermissionLevel } from '../config/roles-config.js';
import type { Actor } from '../domain/actor.js';
import type { CommandName } from '../domain/slash-command.js';
import { belongs, isBot, isListed, sameActor, type Accounts } from './people.js';

export interface CommandKnown {
  readonly accounts: Accounts;
  readonly roles: RolesConfig;
  /** `admission.bots`: exact ids. */
  readonly bots: readonly string[];
  readonly author: Actor;
}

/** `unknown`: the forge gave no answer, which is no yes and may be asked again. */
export interface MayUse { readonly allowed: boolean; readonly unknown: boolean; readonly words: string }

/**
 * Whether an account may use a command, by `roles.commands`. A listed bot may use what anybody with write permission may, and never
 * `override`: lifting a rule is a person's word. Pure.
 */
export function mayUse(command: CommandName, actor: Actor, known: CommandKnown): MayUse {
  const who = known.roles.commands[command];
  const answer = (allowed: boolean, words: string, unknown = false): MayUse => ({ allowed, unknown, words });
  if (isBot(actor)) {
    if (!isListed(actor, known.bots)) return answer(false, `${actor.login} is a bot whose exact id is not in admission.bots`);
    if (command !== 'override' && who.includes('write')) return answer(true, `${actor.login} is a bot that admission.bots lists by its exact id`);
  } else if (who.includes('author') && sameActor(actor, known.author)) return answer(true, `${actor.login} wrote the ticket`);
  const answers = commandWho(command, known.roles).map((people) => belongs(actor, people, { accounts: known.accounts, named: known.roles.named }));
  const yes = answers.find((one) => one.kind === 'yes');
  if (yes !== undefined) return answer(true, `${actor.login} may: ${yes.as}`);
  const unknown = answers.find((one) => one.kind === 'unknown');
  if (unknown !== undefined) return answer(false, `the forge gave no answer about ${actor.login} (${unknown.why})`, true);
  return answer(false, `${actor.login} may not; roles.commands.${command} names: ${who.join(', ') || 'nobody'}`);
}

/** The people that a command is for, beside the author of the ticket. */
export function commandWho(command: CommandName, roles: RolesConfig): readonly People[] {
  return roles.commands[command].flatMap((who): People[] => {
    if (who === 'author') return [];
    const named = roles.named[who];
    return [named === undefined ? { permission: who as PermissionLevel, teams: [], users: [], roles: [] } : { ...named, roles: [] }];
  });
}
