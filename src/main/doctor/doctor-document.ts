import { z } from 'zod';

/** How one examination came out. `not-asked`: it does not apply here, or what it builds on is missing. */
export const Standing = z.enum(['good', 'warning', 'missing', 'not-asked']);
export type Standing = z.infer<typeof Standing>;

/** Headings of the report, in the order they are shown. */
export const Group = z.enum(['machine', 'repository', 'agent', 'forge', 'host']);
export type Group = z.infer<typeof Group>;

/** What one examination saw. Texts are for people: redacted, without invisible characters, `\n` between lines. */
export const Examined = z.strictObject({
  id: z.string().regex(/^[a-z]+(-[a-z]+)*$/).describe('Stays the same between versions; scripts may depend on it.'),
  group: Group,
  title: z.string(),
  standing: Standing,
  words: z.string().describe('What was seen.'),
  details: z.array(z.string()).default([]).describe('Single findings, one each: checks, reasons, permissions.'),
  next: z.string().optional().describe('What to do about it.'),
  side: z.enum(['ours', 'theirs', 'setup']).optional().describe('Whose it is to mend, of something missing: Heddle\'s, an outside service\'s, or the set-up\'s.'),
});
export type Examined = z.infer<typeof Examined>;

/** What `heddle doctor --json` prints. */
export const DoctorDocument = z.strictObject({
  version: z.literal(1),
  heddle: z.string().describe('Version of Heddle.'),
  standing: z.enum(['good', 'warning', 'missing']).describe('The worst of all examinations.'),
  exit: z.number().int().describe('Exit code: 0 a run can work, 2 something is missing, 6 an outside service did not answer, 1 an examination itself broke.'),
  examinations: z.array(Examined),
});
export type DoctorDocument = z.infer<typeof DoctorDocument>;
