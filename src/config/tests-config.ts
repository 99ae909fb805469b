import { z } from 'zod';
import { RuleEffect } from './quality-config.js';

/** `gates.tests`: running the tests of one side on the code of the other, when a change touches tests. */
export const TestsConfig = z.strictObject({
  replay: z.enum(['auto', 'off']).default('auto').describe('Run the base\'s own tests on the new code, when the change edits or deletes tests.'),
  red: z.enum(['auto', 'off']).default('auto').describe('Run the change\'s tests on the code of the base, where a test that proves something fails.'),
  checks: z.array(z.string().min(1).max(80)).max(50).default([]).describe('The checks that run tests. Empty: those that write JUnit or CTRF, count tests, or name a test runner.'),
  timeout: z.string().regex(/^\d+(ms|s|m|h)$/, 'a whole number with a unit: ms, s, m or h').default('10m').describe('Time for both together, for one candidate. What does not end in it is said.'),
  old_test_fails: RuleEffect.default('hold').describe('When a test that passes on the base fails on the new code.'),
  proves_nothing: RuleEffect.default('note').describe('When a new test passes on the base as well.'),
  not_run: RuleEffect.default('note').describe('When it could not be tried: no check runs tests, no time, or the check broke.'),
}).describe('The execution half of the guard against weakened tests.');
export type TestsConfig = z.infer<typeof TestsConfig>;
