import { z } from 'zod';
import { ApprovalWay, RiskLevel } from '../domain/approval-way.js';
import { People } from './roles-config.js';

const count = z.number().int().min(1).max(10);
const duration = z.string().regex(/^\d+(ms|s|m|h)$/, 'a whole number with a unit: ms, s, m or h (for example 72h)');
const environments = z.array(z.string().min(1).max(255)).max(20);

/** One more demand for the tickets that match. A ticket must meet every demand; a rule can only ask for more. */
const ApprovalRule = z.strictObject({
  match: z.strictObject({
    labels: z.array(z.string().min(1).max(100)).max(50).default([]).describe('The ticket has one of these labels.'),
    paths: z.array(z.string().min(1).max(500)).max(100).default([]).describe('The work touches one of these paths: the likely ones and the sub-project at admission, the real ones at delivery.'),
    risk: z.array(RiskLevel).max(3).default([]).describe('The ticket has one of these risk levels.'),
  }).refine((match) => match.labels.length + match.paths.length + match.risk.length > 0, 'name at least one of labels, paths and risk').describe('Which tickets; any of the three is enough.'),
  approve: People.optional().describe('Who may approve these; the default is admission.approval.approve.'),
  count: count.default(1).describe('How many people must approve.'),
  not_author: z.boolean().default(false).describe('The author of the ticket does not count.'),
  not_requester: z.boolean().default(false).describe('Who asked for the run does not count.'),
  by: z.array(ApprovalWay).min(1).optional().describe('Acts that count; the default is admission.approval.by.'),
});

export const ApprovalConfig = z.strictObject({
  request: People.prefault({ permission: 'write' }).describe('Who may ask for work.'),
  approve: People.prefault({ permission: 'write' }).describe('Who may approve it.'),
  by: z.array(ApprovalWay).min(1).default([...ApprovalWay.options]).describe('Acts that count as an approval: the label, the assignee, `/heddle run`, `/heddle approve DIGEST`, a protected environment, the tracker\'s own approval, a start by hand. `[approve]` takes only those that name the text.'),
  count: count.default(1).describe('How many people must approve.'),
  not_author: z.boolean().default(false).describe('The author of the ticket does not count.'),
  not_requester: z.boolean().default(false).describe('Who asked for the run does not count.'),
  environments: environments.default([]).describe('Protected environments whose reviewers approve by letting the job through.'),
  valid_for: duration.default('720h').describe('How long an approval stands.'),
  rules: z.array(ApprovalRule).max(50).default([]).describe('Further demands by label, path or risk.'),
});
export type ApprovalConfig = z.infer<typeof ApprovalConfig>;

export const OverridesConfig = z.strictObject({
  valid_for: duration.default('24h').describe('How long a lifted rule stays lifted.'),
  rules: z.array(z.string().regex(/^(?:\*|(?!(?:approved|approval)(?:[:/]|$))[A-Za-z0-9][\w:./@#+-]{0,199})$/, 'the name of a rule, or * for every rule that holds; the approval itself cannot be lifted')).max(100).default(['*']).describe('Rules that may be lifted by `/heddle override RULE REASON`, with what stands below them (`budget` is `budget:pilot` too); `*` is every rule that holds. Only holds can be lifted, never a refusal, and never the approval.'),
});

export const LoopsConfig = z.strictObject({
  runs_per_hour: z.number().int().min(1).max(100).default(5).describe('Runs of one ticket in an hour without a person doing something between; more are declined.'),
});
