import { z } from 'zod';

const globs = z.array(z.string().min(1).max(500)).max(500);
const count = z.number().int().positive();

/** Files that nearly every change touches, and that say nothing about who works on what. */
const SHARED_FILES = [
  '**/package-lock.json', '**/npm-shrinkwrap.json', '**/yarn.lock', '**/pnpm-lock.yaml', '**/bun.lock', '**/bun.lockb', '**/Cargo.lock', '**/go.sum', '**/poetry.lock',
  '**/uv.lock', '**/Pipfile.lock', '**/Gemfile.lock', '**/composer.lock', '**/gradle.lockfile', '**/flake.lock', '**/CHANGELOG*', '**/CHANGES*', '**/HISTORY.md', '**/NEWS*',
];

export const OverlapConfig = z.strictObject({
  people: z.enum(['warn', 'hold', 'off']).default('warn').describe('What to do when an open change of a person touches the same files.'),
  heddle: z.enum(['warn', 'hold', 'queue', 'off']).default('warn').describe('The same for runs and open changes of Heddle. `queue`: wait until the other one has ended, and look again then. Runs are known where there is a ledger.'),
  conflicts: z.enum(['hold', 'warn']).default('hold').describe('What to do when the finished work does not merge with another open change, or with what the base branch has become.'),
  near_duplicates: z.strictObject({
    threshold: z.number().min(0.2).max(1).default(0.6).describe('Share of words and word pairs that two tickets have in common, from which they count as the same work.'),
    then: z.enum(['hold', 'decline', 'warn', 'off']).default('hold').describe('What to do then. A hold can be lifted by an override.'),
    days: count.max(365).default(30).describe('How long a delivered ticket is remembered for this.'),
  }).prefault({}).describe('Tickets that ask for the same work under another number. Needs a ledger.'),
  ignore: globs.default(SHARED_FILES).describe('Files that do not count: nearly every change touches them.'),
  max_paths: count.max(3000).default(500).describe('A change that touches more files (a mass rename) is named and not compared file by file.'),
  likely_paths: count.max(50).default(6).describe('How many of the files that a ticket seems to be about are taken for its scope before the work begins.'),
});
export type OverlapConfig = z.infer<typeof OverlapConfig>;

export const CapsConfig = z.strictObject({
  repository: count.optional().describe('Open Heddle changes in the repository; a run above it waits. (`limits.open_changes` declines.)'),
  per_team: count.optional().describe('Open Heddle changes whose files one owner in CODEOWNERS owns.'),
  per_reviewer: count.optional().describe('Open Heddle changes that wait for the review of one person or team.'),
});
export type CapsConfig = z.infer<typeof CapsConfig>;
