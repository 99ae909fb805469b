import { z } from 'zod';
import { isRepositoryPath } from '../domain/assignment.js';

const slug = z.string().max(200).regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}(?:\/[A-Za-z0-9][A-Za-z0-9_.-]{0,99})+$/, 'a repository: owner/name');
export const ROUTE_ALIAS = /^[a-z0-9][a-z0-9._-]{0,79}$/;
const alias = z.string().regex(ROUTE_ALIAS, 'an alias: small letters, digits, . _ -');
const texts = z.array(z.string().min(1).max(200)).min(1).max(100);

const Rule = z.strictObject({
  to: z.string().min(1).max(200).describe('An alias, or `here`.'),
  labels: texts.optional().describe('One of these labels is on the ticket.'),
  paths: texts.optional().describe('A path that the ticket names matches one of these globs.'),
  components: texts.optional().describe('One of these components of the catalogue is named.'),
  keywords: texts.optional().describe('One of these words or phrases stands in title or text.'),
  owners: texts.optional().describe('A component of one of these owners is named.'),
});

/** Which repository a ticket belongs to. Without it every ticket that starts a run here belongs here. */
export const RoutingConfig = z.strictObject({
  aliases: z.record(alias, slug).default({}).describe('Short names of repositories: for labels `repo:<alias>`, directives and rules.'),
  rules: z.array(Rule.refine((rule) => [rule.labels, rule.paths, rule.components, rule.keywords, rule.owners].some((one) => one !== undefined), 'must have at least one of labels, paths, components, keywords, owners')).max(200).default([]).describe('Asked when neither a directive nor a label decides. All conditions of a rule must hold; when rules name different repositories the ticket is ambiguous.'),
  catalogue: z.union([z.boolean(), z.array(z.strictObject({
    component: z.string().min(1).max(200), repository: slug, owner: z.string().max(200).optional(),
  })).max(2000)]).default(false).describe('`true` reads catalog-info.yaml (Backstage) of the base commit; or a list of components. A ticket that names a component belongs to its repository.'),
  default: z.string().min(1).max(200).default('here').describe('When nothing decides: an alias, `here`, or `none` (then `unroutable` decides).'),
  unroutable: z.enum(['decline', 'here']).default('decline').describe('A ticket with several candidates, or with none and `default: none`.'),
  elsewhere: z.enum(['dispatch', 'decline']).default('decline').describe('A ticket of another repository: start it there by repository_dispatch (the token must be allowed to), or decline with the reason.'),
}).superRefine((routing, context) => {
  const known = (to: string): boolean => to === 'here' || Object.hasOwn(routing.aliases, to);
  routing.rules.forEach((rule, index) => {
    if (!known(rule.to)) context.addIssue({ code: 'custom', path: ['rules', index, 'to'], message: unknownAlias(rule.to, routing.aliases) });
  });
  if (routing.default !== 'none' && !known(routing.default)) context.addIssue({ code: 'custom', path: ['default'], message: unknownAlias(routing.default, routing.aliases) });
});
export type RoutingConfig = z.infer<typeof RoutingConfig>;

function unknownAlias(name: string, aliases: Readonly<Record<string, string>>): string {
  return `there is no alias ${JSON.stringify(name)} in routing.aliases; allowed here: ${['here', ...Object.keys(aliases)].join(', ')}`;
}

/** A sub-project of a monorepo with its own folder, checks and budget. `checks` is the shape that `checks:` has. */
export function targetsConfig<C extends z.ZodType>(check: C) {
  return z.record(z.string().regex(ROUTE_ALIAS, 'a name: small letters, digits, . _ -'), z.strictObject({
    path: z.string().max(500).refine(isRepositoryPath, 'a folder below the repository root, like packages/api').describe('Folder that the work is bound to.'),
    labels: texts.optional().describe('Labels that choose it, beside `target:<name>`.'),
    checks: z.record(z.string(), check).optional().describe('Its own validation graph; the general `checks:`, or the derived ones of the folder, when left out.'),
    limits: z.strictObject({
      attempts: z.number().int().positive().max(20).optional(), cost_usd: z.number().positive().max(10_000).optional(), run_time: z.string().regex(/^\d+(ms|s|m|h)$/).optional(),
      diff_files: z.number().int().positive().optional(), diff_kb: z.number().int().positive().optional(),
    }).prefault({}).describe('Its own limits instead of the general ones.'),
    owners: z.array(z.string().min(1).max(200)).max(50).default([]).describe('Who owns it, as CODEOWNERS spells it.'),
  })).default({});
}
