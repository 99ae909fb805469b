import { z } from 'zod';

/** What a rule of the diff guard does when it finds something. `note` only tells the reviewer. */
const Action = z.enum(['deny', 'hold', 'note']);
const globs = z.array(z.string().min(1).max(500)).max(500);

/**
 * The diff guard: keys of `gates:` about what a change brings in. Defaults hold what a person may want, and deny what nobody
 * asks an agent for.
 */
export const guardConfig = {
  sensitive: Action.default('hold').describe('Manifests, install scripts, container and build files, migrations, configuration of test runners, and new executables.'),
  lockfile_only: Action.default('deny').describe('A lock file changes and no manifest beside it does.'),
  vendored: Action.default('hold').describe('Copies of foreign code (`vendor/`, `third_party/`, `node_modules/`).'),
  generated: Action.default('note').describe('Generated files: by their path, or by a header that folds them away in review.'),
  out_of_view: Action.default('hold').describe('Code behind long runs of white space, where a reviewer does not see it.'),
  look_alikes: Action.default('hold').describe('Identifiers that mix alphabets. One that can be read as a name of the same file is always denied.'),
  reviewer_orders: Action.default('note').describe('Sentences in added lines that speak to an assistant which reviews the change.'),
  notable_calls: Action.default('note').describe('Added lines that evaluate text, start programs, open connections, or turn off a protection.'),
  licence_header: z.string().min(1).max(200).optional().describe('Text that every new source file must have in its first 20 lines.'),
  licence_removed: Action.default('hold').describe('A licence or copyright header is taken out.'),
  secrets: z.strictObject({
    known: z.enum(['deny', 'hold']).default('deny').describe('Keys of known forms, private keys, and environment files with values.'),
    entropy: Action.default('hold').describe('Values that look random and are assigned to a name like `password`, `token` or `secret`.'),
    allow: globs.default([]).describe('Paths in which such values are not secrets, for example fixtures with made-up keys.'),
  }).prefault({}).describe('Secrets in added lines.'),
  scope: z.strictObject({
    outside: Action.default('hold').describe('What happens when too little of the change is near the files that the brief expected.'),
    related_min: z.number().min(0).max(1).default(0.25).describe('Share of changed files that must be near them.'),
    from_files: z.number().int().positive().default(5).describe('Changes of fewer files are only measured, unless their lines stray.'),
    from_lines: z.number().int().positive().default(400).describe('From this many changed lines in files that are not near, the share is asked of the lines as well; lock files are not counted.'),
  }).prefault({}).describe('How far the change strays from what the brief expected.'),
};
