import type { FailedThere, TestReplay } from '../../domain/test-replay.js';
import type { VerdictNode } from '../../domain/verdict.js';
import type { Gate, GateInput } from '../gate-facts.js';
import { effectOf, gateFinding, groupNode, SHOWN_MAX } from '../quality/nodes.js';
import { newTestsThatPass, type PassingTests } from './new-tests.js';

type Ran = Extract<TestReplay['outcome'], { kind: 'ran' }>;

/**
 * What running the tests of one side on the code of the other said. A failing old test may be right to fail (a feature is gone, a
 * behaviour is meant to change): a person says so, by answering, by an override or by a rule of the team that lifts it.
 */
export const testReplay: Gate = async (input): Promise<VerdictNode> => {
  const rule = 'test-replay';
  const { replays, replayHeld } = input;
  if (replayHeld !== undefined) return heldElsewhere(rule, replayHeld);
  if (replays === undefined || replays.length === 0) return { rule, effect: 'allow', words: 'no test of the base was changed, and none is new' };
  const children: VerdictNode[] = [];
  for (const replay of replays) {
    if (replay.outcome.kind === 'not-run') children.push(notRun(input, replay, replay.outcome));
    else if (replay.way === 'replay') children.push(oldTests(input, replay, replay.outcome));
    else children.push(await newTests(input, replay, replay.outcome));
  }
  const node = groupNode(rule, children, children.map(({ words }) => words).join('; '));
  return node.effect === 'hold' ? { ...node, liftable: true } : node;
};

/** The job that delivers runs nothing: what the job that verified held is all it has, and silence is not an allowance. */
function heldElsewhere(rule: string, held: readonly string[] | 'unknown'): VerdictNode {
  if (held === 'unknown') return { rule, effect: 'hold', liftable: true, words: 'the change touches tests, and what the verify job held was not handed over (input `held` of the deliver job)' };
  const own = held.filter((name) => name.startsWith('test-replay/') || name === 'test-tampering/fewer-tests');
  if (own.length === 0) return { rule, effect: 'allow', words: 'the verify job ran the tests of both sides and held nothing' };
  const children = own.map((name): VerdictNode => ({ rule: name, effect: 'hold', words: `the verify job holds it: ${WORDS[name] ?? name}; its evidence has the places` }));
  return { ...groupNode(rule, children, ''), liftable: true };
}

const WORDS: Readonly<Record<string, string>> = {
  'test-replay/old-test-fails': 'an old test fails on the new code', 'test-replay/proves-nothing': 'a new test passes on the base as well',
  'test-replay/not-run': 'the tests of one side could not be run on the other', 'test-tampering/fewer-tests': 'fewer tests ran than on the base, and the change does not show why',
};

function notRun({ config }: GateInput, { way }: TestReplay, { why, words }: Extract<TestReplay['outcome'], { kind: 'not-run' }>): VerdictNode {
  const what = way === 'replay' ? 'the tests of the base were not run on the new code' : 'the tests of the change were not run on the base';
  // Where nothing but tests changed there is nothing to try, and nobody needs to be asked about that.
  return { rule: 'test-replay/not-run', effect: why === 'only-tests' ? 'allow' : effectOf(config.gates.tests.not_run), words: `${what}: ${words}`, values: { way, why } };
}

function oldTests({ config }: GateInput, replay: TestReplay, { failed, truncated, checks }: Ran): VerdictNode {
  const rule = 'test-replay/old-test-fails';
  const over = `${replay.files} ${replay.files === 1 ? 'file' : 'files'} of tests as on the base`;
  if (failed.length === 0) return { rule, effect: 'allow', words: `the old tests pass on the new code (${over})`, values: { files: replay.files, checks: checks.map(({ check }) => check) } };
  const count = failed.length + truncated;
  const names = failed.slice(0, NAMED_MAX).map(shown).join('; ');
  return {
    rule, effect: effectOf(config.gates.tests.old_test_fails),
    words: `${count === 1 ? 'the old test fails' : `${count} old tests fail`} on the new code, though the change's own tests pass: ${names}${count > NAMED_MAX ? '; …' : ''}`,
    values: { count, files: replay.files, tests: failed.slice(0, SHOWN_MAX).map(shown), places: placesOf(failed), checks: checks.map(({ check }) => check) },
    findings: failed.slice(0, SHOWN_MAX).map((one) => gateFinding('old-test-fails', {
      identity: [one.check, one.test, one.file, one.test === undefined ? one.message : ''], severity: 'error', file: one.file, line: one.line, name: 'old-test-fails',
      message: `The test of the base fails on the new code (check ${one.check}${one.test === undefined ? '' : `, ${one.test}`}): ${one.message}`,
    })),
  };
}

async function newTests(input: GateInput, replay: TestReplay, { failed, truncated, checks }: Ran): Promise<VerdictNode> {
  const rule = 'test-replay/proves-nothing';
  const passing = await newTestsThatPass(input, replay, failed);
  const red = failed.length + truncated;
  const values = { red, checks: checks.map(({ check }) => check) };
  const proves = red === 0 ? '' : `; ${red} ${red === 1 ? 'failure' : 'failures'} on the base ${red === 1 ? 'shows' : 'show'} that the others prove something`;
  if (passing.kind === 'none-new') return { rule, effect: 'allow', words: red === 0 ? 'no test is new; those that were edited pass on the base as well' : `no test is new; ${red} of those that were edited ${red === 1 ? 'fails' : 'fail'} on the base`, values };
  if (passing.kind === 'all-fail') return { rule, effect: 'allow', words: `the new tests fail on the base and pass here (${passing.count})`, values };
  return { rule, effect: effectOf(input.config.gates.tests.proves_nothing), words: `${wordsOf(passing)}${proves}`, values: { ...values, count: passing.places.length, places: passing.places.slice(0, SHOWN_MAX), tests: passing.names.slice(0, SHOWN_MAX) } };
}

function wordsOf(passing: Extract<PassingTests, { kind: 'some-pass' }>): string {
  const { names, places } = passing;
  if (names.length === 0) return `no test of the change fails on the base, so they prove nothing about the new code: ${places.slice(0, NAMED_MAX).join(', ')}${places.length > NAMED_MAX ? ', …' : ''}`;
  return `${names.length === 1 ? 'a new test passes' : `${names.length} new tests pass`} on the base as well and ${names.length === 1 ? 'proves' : 'prove'} nothing about the new code: ${names.slice(0, NAMED_MAX).map((name, index) => `${name} (${places[index] ?? ''})`).join('; ')}${names.length > NAMED_MAX ? '; …' : ''}`;
}

const NAMED_MAX = 5;

function shown({ check, test, file }: FailedThere): string {
  return test === undefined ? `${file ?? 'the check'} (${check}, which does not say which test)` : `${test}${file === undefined ? '' : ` (${file})`}`;
}

function placesOf(failed: readonly FailedThere[]): readonly string[] {
  return failed.flatMap(({ file, line }) => (file === undefined ? [] : [`${file}:${line ?? 1}`])).slice(0, SHOWN_MAX);
}
