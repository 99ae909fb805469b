import { z } from 'zod';

/**
 * The profile for new code, «you are responsible for what you changed». Every rule can refuse, hold for a person, be only
 * noted, or be off. The defaults are the profile that reviewers of this field are used to.
 */
export const RuleEffect = z.enum(['deny', 'hold', 'note', 'off']);
export type RuleEffect = z.infer<typeof RuleEffect>;

const globs = z.array(z.string().min(1).max(500)).max(200);
const percent = z.number().min(0).max(100);
const file = z.string().min(1).max(500).regex(/^(?!\/)(?!.*(?:^|\/)\.\.(?:\/|$))[^\\]+$/, 'a path below the repository\'s root');

export const QualityConfig = z.strictObject({
  small_change: z.number().int().min(0).default(20).describe('Below so many new lines coverage and duplication are told and stop nothing.'),
  issues: z.strictObject({
    security: RuleEffect.default('deny').describe('A new security issue.'),
    reliability: RuleEffect.default('deny').describe('A new reliability issue.'),
    maintainability: RuleEffect.default('hold').describe('A new maintainability issue of `maintainability_from` or worse.'),
    security_from: z.enum(['critical', 'high', 'medium', 'low']).default('low').describe('Least severity of a security issue that counts.'),
    reliability_from: z.enum(['critical', 'high', 'medium', 'low']).default('low').describe('Least severity of a reliability issue that counts.'),
    maintainability_from: z.enum(['critical', 'high', 'medium', 'low']).default('medium').describe('Least severity of a maintainability issue that counts.'),
    suppressed: RuleEffect.default('note').describe('A new issue that the change itself suppresses.'),
    exclude: globs.default([]).describe('Paths whose issues do not count.'),
  }).prefault({}).describe('What scanners find (reports of the format `sarif`).'),
  coverage: z.strictObject({
    effect: RuleEffect.default('deny').describe('When fewer than `lines` percent of the new lines are covered.'),
    lines: percent.default(80).describe('Percent of the new executable lines that tests must run.'),
    branch_effect: RuleEffect.default('hold').describe('When fewer than `branches` percent of the ways out of new lines are taken.'),
    branches: percent.default(80).describe('Percent of the branches in new lines that tests must take.'),
    unmeasured: RuleEffect.default('hold').describe('A changed source file that no coverage report speaks of, though files of its kind are measured.'),
    exclude: globs.default([]).describe('Paths that need no coverage; tests and generated files never do.'),
  }).prefault({}).describe('Coverage of new lines (reports of the formats lcov, cobertura, jacoco, clover).'),
  duplication: z.strictObject({
    effect: RuleEffect.default('hold').describe('When more than `percent` of the new lines are copies.'),
    percent: percent.default(3).describe('Percent of the new lines that may be copies of other code.'),
    tokens: z.number().int().min(20).max(1000).default(60).describe('Least length of a copy, in tokens of the language.'),
    exclude: globs.default([]).describe('Paths that are not looked at; tests and generated files never are.'),
  }).prefault({}).describe('Copies in new code.'),
  complexity: z.strictObject({
    effect: RuleEffect.default('note').describe('A new or changed function that became more complex than `max`.'),
    max: z.number().int().min(1).max(1000).default(15).describe('Complexity of one function.'),
    exclude: globs.default([]).describe('Paths that are not looked at.'),
  }).prefault({}).describe('Complexity of new and changed functions.'),
  dependencies: z.strictObject({
    new: RuleEffect.default('hold').describe('A dependency that the base does not have.'),
    vulnerable: RuleEffect.default('deny').describe('A new or changed dependency with a known advisory.'),
    advisories: z.array(file).max(20).default([]).describe('Files with advisories in the OSV format, read from the base commit. A check of the base commit may give more with a report of the format `osv`.'),
    deny: z.array(z.string().min(1).max(300)).max(500).default([]).describe('Names that no change may bring in: `left-pad`, `npm:left-pad`, `npm:@evil/*`.'),
    licences: z.array(z.string().min(1).max(100)).max(200).default([]).describe('SPDX ids that a new dependency may have, where the lockfile tells; empty: all.'),
    licence_effect: RuleEffect.default('hold').describe('A new dependency with another licence.'),
  }).prefault({}).describe('Dependencies that a change adds or moves.'),
  reports: z.strictObject({
    broken: RuleEffect.default('hold').describe('A report that cannot be read or does not come to its end.'),
    vanished: RuleEffect.default('deny').describe('A report that the base commit has and the candidate has not.'),
    missing: RuleEffect.default('note').describe('A report that neither has.'),
  }).prefault({}).describe('Reports of checks that are not as they should be.'),
}).describe('The quality gate on new code.');
export type QualityConfig = z.infer<typeof QualityConfig>;

/** A verdict of somebody else about the candidate, fetched when the gates are judged. */
export const ExternalGateConfig = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('sonarqube'),
    url: z.url({ protocol: /^https?$/ }).describe('The server. The token in `SONAR_TOKEN` is sent there and nowhere else.'),
    project: z.string().min(1).max(400).describe('Project key. An analysis that a check left (report format `sonar-task`) must be of it.'),
    branch: z.string().min(1).max(255).optional().describe('Branch whose newest analysis counts when no check left one.'),
    wait: z.string().regex(/^\d+(ms|s|m|h)$/, 'a whole number with a unit: ms, s, m or h').default('5m').describe('How long to wait for an analysis that a check left.'),
    failed: RuleEffect.default('deny').describe('When the quality gate failed.'),
    unanswered: RuleEffect.default('hold').describe('When there is no answer, or the server has no gate for the project.'),
  }).describe('The quality gate of a SonarQube server.'),
  z.strictObject({
    kind: z.literal('check'),
    name: z.string().min(1).max(200).describe('Name of a check run or commit status of the repository, as the forge shows it.'),
    on: z.enum(['base', 'head']).default('base').describe('`base`: the commit that the change stands on, judged with the other gates. `head`: the pushed commit of the change, waited for after it is opened; until it is green the change is not asked to merge by itself.'),
    app: z.string().min(1).max(100).optional().describe('The app that must have written it; without it any writer counts.'),
    wait: z.string().regex(/^\d+(ms|s|m|h)$/, 'a whole number with a unit: ms, s, m or h').default('5m').describe('How long to wait while it is running.'),
    failed: RuleEffect.default('hold').describe('When it is red. On the head, anything but `off` and `note` keeps the change from merging by itself.'),
    unanswered: RuleEffect.default('hold').describe('When there is no such check, it did not end in time, or the forge cannot be asked.'),
  }).describe('A check of the repository at the forge that must be green.'),
]);
export type ExternalGateConfig = z.infer<typeof ExternalGateConfig>;
