import { z } from 'zod';
import { CommandName } from '../domain/slash-command.js';

/** `maintain` means: at least that. The forge answers it; an answer that does not come is none of them. */
export const PermissionLevel = z.enum(['read', 'triage', 'write', 'maintain', 'admin']);
export type PermissionLevel = z.infer<typeof PermissionLevel>;

/** A person by login, anybody by the exact account id. An App or a bot is never known by its login: another one may look the same. */
const user = z.string().regex(/^(?:[0-9]{1,20}|[A-Za-z0-9](?:[A-Za-z0-9_-]{0,98}[A-Za-z0-9])?)$/, 'an account id (digits), or the login of a person');
const team = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9-]{0,99}\/[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, 'a team as organisation/team');
const name = z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, 'a role: lower-case letters, digits and -');

const kinds = {
  permission: PermissionLevel.optional().describe('Everybody with at least this permission in the repository.'),
  teams: z.array(team).max(20).default([]).describe('Members of these teams, as organisation/team. The token must be able to read them.'),
  users: z.array(user).max(200).default([]).describe('Accounts: the exact id, or the login of a person. Bots and Apps by id only.'),
};

/** Some people: whoever fits one of the kinds. */
export const Role = z.strictObject(kinds);
export type Role = z.infer<typeof Role>;

/** As `Role`, and by the names of roles. */
export const People = z.strictObject({ ...kinds, roles: z.array(name).max(20).default([]).describe('Names of roles below `roles.named`.') });
export type People = z.infer<typeof People>;

/** Who may do a thing: a permission level (at least that), `author` (of the ticket), or the name of a role. */
const who = z.array(name).max(20);

export const RolesConfig = z.strictObject({
  named: z.record(name, Role).default({}).describe('Roles of your own: a name, and who has it.'),
  commands: z.strictObject({
    run: who.default(['write']).describe('May start the work (and approves the ticket by it).'),
    retry: who.default(['write']).describe('May start a new run after one that ended.'),
    continue: who.default(['write']).describe('May let a waiting run look again.'),
    stop: who.default(['write', 'author']).describe('May stop a run.'),
    approve: who.default(['write']).describe('May write the command; whether it counts is said by admission.approval.'),
    deny: who.default(['write']).describe('May say no to a ticket or to a held change.'),
    override: who.default(['maintain']).describe('May lift a rule that holds, with a reason.'),
    explain: who.default(['triage', 'author']).describe('May ask why.'),
  }).prefault({}).describe('Who may use which command in a comment: `read`, `triage`, `write`, `maintain`, `admin` (at least that), `author`, or a role of yours.'),
});
export type RolesConfig = z.infer<typeof RolesConfig>;

/** Names that mean something without being defined. */
const BUILT_IN: ReadonlySet<string> = new Set([...PermissionLevel.options, 'author']);

interface Named { readonly roles: RolesConfig; readonly admission: { readonly approval: { readonly request: People; readonly approve: People; readonly rules: readonly { readonly approve?: People | undefined }[] } } }

/** A role that is named and nowhere defined would let nobody through, or, misspelled in a rule, let the rule's people out. */
export function rolesAreDefined(config: Named, context: z.RefinementCtx): void {
  const { roles, admission: { approval } } = config;
  const known = Object.keys(roles.named);
  const missing = (names: readonly string[], path: (string | number)[]): void => {
    for (const [index, one] of names.entries()) {
      if (!known.includes(one)) context.addIssue({ code: 'custom', path: [...path, index], message: `no role ${JSON.stringify(one)} is defined below roles.named; there are: ${known.join(', ') || 'none'}` });
    }
  };
  for (const one of known) if (BUILT_IN.has(one)) context.addIssue({ code: 'custom', path: ['roles', 'named', one], message: 'the name has a meaning already; take another one' });
  for (const command of CommandName.options) {
    for (const [index, one] of roles.commands[command].entries()) {
      if (!BUILT_IN.has(one) && !known.includes(one)) context.addIssue({ code: 'custom', path: ['roles', 'commands', command, index], message: `${JSON.stringify(one)} is no permission level, not author, and no role below roles.named` });
    }
  }
  missing(approval.request.roles, ['admission', 'approval', 'request', 'roles']);
  missing(approval.approve.roles, ['admission', 'approval', 'approve', 'roles']);
  for (const [index, rule] of approval.rules.entries()) missing(rule.approve?.roles ?? [], ['admission', 'approval', 'rules', index, 'approve', 'roles']);
}
