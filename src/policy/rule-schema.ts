import { z } from 'zod';
import { TrackerId } from '../domain/ticket.js';
import { VerdictEffect } from '../domain/verdict.js';
import { tooComplex } from '../kit/glob-limits.js';
import { ChangeKind, FileKind, RiskLevel } from './facts.js';
import { parseSource } from './source-name.js';

/**
 * The rules of a team as they are written: the `policy:` key of `.heddle.yml`, a preset, an organisation's floor. All three have
 * this one form. Keys are spelled as users write them.
 */
const glob = z.string().min(1).superRefine((pattern, context) => {
  const why = tooComplex(pattern);
  if (why !== undefined) context.addIssue({ code: 'custom', message: why });
});
const globs = z.array(glob).min(1).max(500);
const word = z.string().min(1).max(200);
const words = z.array(word).min(1).max(200);
const names = z.array(word).max(100).default([]);
const duration = z.string().regex(/^\d+(ms|s|m|h)$/, 'a whole number with a unit: ms, s, m or h (for example 90s, 30m)');
/** Names of rules stand in verdicts, comments and overrides: no look-alikes, no blanks. */
const ruleId = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$/, 'a name of letters, digits, dot, - and _, at most 80 characters');
/** As the verdict tree names it: a rule of a preset has the preset in front. */
const anyRule = z.string().regex(/^[A-Za-z0-9][\w.:/@#+-]{0,299}$/, 'the name of a rule');

const limit = z.number().nonnegative();
export const Comparison = z.strictObject({
  over: limit.optional(), under: limit.optional(), at_least: limit.optional(), at_most: limit.optional(),
}).refine((bounds) => Object.keys(bounds).length > 0, 'must have at least one of over, under, at_least, at_most');
export type Comparison = z.infer<typeof Comparison>;

const Conditions = z.strictObject({
  paths: globs.describe('Paths of changed files. Rules that deny or hold also match other spellings of a name; rules that allow match it as written.').optional(),
  except: globs.describe('Changed files that this condition does not look at.').optional(),
  change: z.array(ChangeKind).min(1).describe('What happened to a file.').optional(),
  not_change: z.array(ChangeKind).min(1).describe('What must not have happened to the file: `change: [deleted], not_change: [renamed]` is a file that is really gone.').optional(),
  kinds: z.array(FileKind).min(1).describe('What a file is, by its name.').optional(),
  services: words.describe('Services that own a file, by `policy.services`. `*` stands for any characters.').optional(),
  tiers: words.describe('Tiers of these services.').optional(),
  data: words.describe('Data classes of these services.').optional(),
  owners: words.describe('Owners of a file, by CODEOWNERS: `login`, `org/team`; `none` for a file without one.').optional(),
  files: z.enum(['some', 'every']).default('some').describe('Whether one changed file that fits all conditions about files is enough, or every changed file must.'),
  size: z.strictObject({
    files: Comparison.optional(), lines: Comparison.optional(), additions: Comparison.optional(), deletions: Comparison.optional(), bytes: Comparison.optional(),
  }).describe('Size of the files that fit the conditions about files beside it, or of the whole change. `bytes` is always of the whole patch.').optional(),
  labels: words.describe('Labels of the ticket, in any case.').optional(),
  source: z.strictObject({
    tracker: z.array(TrackerId).min(1).optional(), requester: words.optional(), requester_kind: z.array(z.enum(['human', 'bot', 'unknown'])).min(1).optional(),
    author: words.optional(), author_kind: z.array(z.enum(['human', 'bot', 'unknown'])).min(1).optional(),
  }).describe('Where the work comes from: the tracker, who asked for it, who wrote the ticket.').optional(),
  agent: words.describe('Ids of agents.').optional(),
  model: words.describe('Models. `*` stands for any characters.').optional(),
  attempts: Comparison.describe('Agent sessions so far.').optional(),
  risk: z.array(RiskLevel).min(1).describe('Levels of the risk score.').optional(),
  risk_score: Comparison.optional(),
  gates: z.record(z.string().min(1).max(100), z.array(VerdictEffect).min(1)).describe('What other gates said: name of the gate, and the verdicts that match.').optional(),
});

interface Tree<T> { readonly all?: readonly T[] | undefined; readonly any?: readonly T[] | undefined; readonly not?: T | undefined }
export type Match = z.infer<typeof Conditions> & Tree<Match>;
type MatchInput = z.input<typeof Conditions> & Tree<MatchInput>;
type MatchSchema = z.ZodType<Match, MatchInput>;

/** Conditions at one level are all needed; `all`, `any` and `not` make trees of them. */
export const Match: MatchSchema = z.strictObject({
  ...Conditions.shape,
  get all(): z.ZodOptional<z.ZodArray<MatchSchema>> { return z.array(Match).min(1).max(50).describe('Every one of these.').optional(); },
  get any(): z.ZodOptional<z.ZodArray<MatchSchema>> { return z.array(Match).min(1).max(50).describe('At least one of these.').optional(); },
  get not(): z.ZodOptional<MatchSchema> { return Match.describe('Not this.').optional(); },
});

export const Rule = z.strictObject({
  id: ruleId.describe('Name of the rule, in verdicts and overrides.'),
  description: z.string().max(500).optional().describe('For people who read the policy.'),
  match: Match.optional().describe('When the rule applies; always, when it is left out.'),
  when: z.string().min(1).max(2000).optional().describe('A CEL expression that must be true as well. See docs/policy.md.'),
  effect: z.enum(['deny', 'hold', 'allow']).optional().describe('deny beats hold beats allow. Without it the rule only gives labels, reviewers, budget or workflow.'),
  message: z.string().min(1).max(500).optional().describe('What people are told when the rule applies.'),
  require: z.strictObject({
    count: z.number().int().positive().max(20).default(1).describe('How many must say yes.'),
    roles: names.describe('Roles that may.'), teams: names.describe('Teams that may.'), users: names.describe('Accounts that may.'),
    not_requester: z.boolean().default(true).describe('Whoever asked for the work does not count.'),
  }).optional().describe('Who must approve what is held.'),
  lifts: z.array(word).max(50).default([]).describe('With effect allow: built-in holds that are lifted, where the gate says that it may be.'),
  overridable: z.boolean().optional().describe('Whether an authorised person may lift a hold of this rule for one run. Default: yes; in a floor: no.'),
  labels: names.describe('Labels for the change.'),
  reviewers: z.strictObject({
    users: names, teams: names, owners: z.boolean().default(false).describe('The owners of the changed files.'),
  }).optional().describe('Who is asked to review.'),
  budget: z.strictObject({
    attempts: z.number().int().positive().max(20).optional(), cost_usd: z.number().positive().max(10_000).optional(), tokens: z.number().int().positive().optional(), run_time: duration.optional(),
  }).optional().describe('Bounds for the run; of several the smallest counts.'),
  workflow: ruleId.optional().describe('Name of the workflow to use; the first rule that names one decides.'),
}).superRefine((rule, context) => {
  if (rule.require !== undefined && rule.effect !== 'hold') context.addIssue({ code: 'custom', path: ['require'], message: 'only a rule with effect: hold asks for approval' });
  if (rule.lifts.length > 0 && rule.effect !== 'allow') context.addIssue({ code: 'custom', path: ['lifts'], message: 'only a rule with effect: allow lifts a hold' });
  const gives = rule.effect !== undefined || rule.labels.length > 0 || rule.reviewers !== undefined || rule.budget !== undefined || rule.workflow !== undefined;
  if (!gives) context.addIssue({ code: 'custom', message: 'the rule does nothing: give it an effect (deny, hold, allow), labels, reviewers, a budget or a workflow' });
});
export type Rule = z.infer<typeof Rule>;

export const Service = z.strictObject({
  paths: globs.describe('Files that belong to it.'),
  tier: word.optional().describe('How much depends on it, in your own words.'),
  data: names.describe('Classes of data it handles, in your own words.'),
  owners: names.describe('Owners, beside those of CODEOWNERS.'),
});
export type Service = z.infer<typeof Service>;

const source = z.string().max(1000).superRefine((text, context) => {
  const parsed = parseSource(text);
  if (!parsed.ok) context.addIssue({ code: 'custom', message: parsed.error });
});
const sources = z.array(source).max(20).default([]);

/** Lists of rules that were read once, beside each other: the recorded configuration needs no network to be read again. */
export const PolicyDocument = z.strictObject({
  description: z.string().max(2000).optional(),
  extends: sources.describe('Presets whose rules come first: `heddle:NAME`, `./FILE` of this repository, `github:OWNER/REPO@REF:FILE` or `https://HOST/REPO.git@REF:FILE`.'),
  floor: sources.describe('Presets that nothing beside them can loosen.'),
  default: z.enum(['deny', 'hold', 'allow']).optional().describe('The verdict when no rule with an effect applies. Own, or else the strictest of the presets, or else allow.'),
  disable: z.array(anyRule).max(200).default([]).describe('Rules of presets in `extends` that are off here, as the verdict tree names them. Rules of a floor cannot be.'),
  may_lift: z.array(word).max(50).default([]).describe('In a floor: built-in holds that policies below it may lift. Without it they may lift none.'),
  services: z.record(z.string().min(1).max(100), Service).default({}).describe('Which files belong to which service.'),
  rules: z.array(Rule).max(500).default([]).describe('The rules, in order.'),
}).superRefine(({ rules }, context) => {
  const seen = new Map<string, number>();
  for (const [index, { id }] of rules.entries()) {
    const before = seen.get(id);
    if (before !== undefined) context.addIssue({ code: 'custom', path: ['rules', index, 'id'], message: `the name ${id} is taken by rule ${before + 1} of this list` });
    else seen.set(id, index);
  }
});
export type PolicyDocument = z.infer<typeof PolicyDocument>;

/** A source as it was read: what it is called, where it stood, and its content. */
export const ResolvedSource = z.strictObject({ name: z.string().max(1000), commit: z.string().regex(/^[0-9a-f]{40,64}$/).optional(), document: PolicyDocument });
export type ResolvedSource = z.infer<typeof ResolvedSource>;
