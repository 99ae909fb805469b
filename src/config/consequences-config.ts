import { z } from 'zod';

const names = z.array(z.string().min(1).max(200)).max(50).default([]);

const Review = z.strictObject({
  users: names.describe('Logins that are asked.'), teams: names.describe('Teams that are asked, as `org/team` or `team`.'),
  count: z.number().int().min(1).max(20).default(1).describe('How many of them must say yes. Where the level holds the change (`gates.risk`), so many distinct people are counted before it is delivered; an opened change is left to your branch rules and never merges by itself.'),
});

/** What follows from verdict and risk when a change is opened: keys of `delivery:`. */
export const consequencesConfig = {
  on_hold: z.enum(['ask', 'propose']).default('ask').describe('What a held change does: `ask` waits before anything is opened; `propose` opens it as a draft that says it is held, with its own failing check, for people to decide there.'),
  review: z.strictObject({ medium: Review.optional(), high: Review.optional(), critical: Review.optional() }).prefault({}).describe('Who is asked beside the owners, by level of risk. Never the person who asked for the work.'),
  risk_labels: z.boolean().default(true).describe('Give the change the label `risk:<level>`.'),
  line_notes: z.number().int().min(0).max(50).default(10).describe('Notes on changed lines, at most; 0 = none.'),
  auto_merge: z.strictObject({
    levels: z.array(z.enum(['low', 'medium'])).default([]).describe('Levels of risk whose changes the forge may merge by itself when all its rules are met. None by default.'),
    method: z.enum(['merge', 'squash', 'rebase']).default('squash').describe('How it merges.'),
    revert_watch: z.string().regex(/^\d{1,3}d$/, 'days, for example 14d').default('14d').describe('When a Heddle change was taken back on the base branch within this time, nothing merges by itself.'),
  }).prefault({}).describe('Merging through the forge\'s own auto-merge or queue. Your branch rules decide when; without any, nothing is merged.'),
};
