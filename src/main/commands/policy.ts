import { distance } from '../../kit/distance.js';
import { logText } from '../../kit/log-text.js';
import type { Result } from '../../kit/result.js';
import type { Arguments } from '../arguments.js';
import { EXIT } from '../exit-code.js';
import type { PolicyAnswer } from '../policy/policy-answer.js';
import type { Problem } from '../problem.js';

const WORDS = {
  check: async (given: Arguments) => (await import('../policy/check-policy.js')).checkPolicy(given),
  explain: async (given: Arguments) => (await import('../policy/explain-policy.js')).explainPolicy(given),
  test: async (given: Arguments) => (await import('../policy/test-policy.js')).testPolicy(given),
  simulate: async (given: Arguments) => (await import('../policy/simulate-policy.js')).simulatePolicy(given),
  calibrate: async (given: Arguments) => (await import('../policy/calibrate-policy.js')).calibratePolicy(given),
} satisfies Readonly<Record<string, (given: Arguments) => Promise<Result<PolicyAnswer, Problem>>>>;

/**
 * `heddle policy check|explain|test|simulate|calibrate`: what a team asks about its rules. Reads only. What was asked for goes to standard
 * output, problems to standard error.
 *
 * @returns 0, 5 when a case of `test` failed, 2 when the policy or the command line is wrong.
 */
export async function policyCommand(given: Arguments): Promise<number> {
  const [word] = given.positionals;
  if (word === undefined || !Object.hasOwn(WORDS, word)) {
    const close = Object.keys(WORDS).filter((one) => word !== undefined && distance(one, word) <= 2);
    return complain({ exit: EXIT.usage, message: `\`heddle policy\` needs a word: ${Object.keys(WORDS).join(', ')}.${close.length === 1 ? ` Did you mean ${close[0] ?? ''}?` : ''}` });
  }
  const answer = await WORDS[word as keyof typeof WORDS](given);
  const json = given.values.get('json') === 'true';
  if (!answer.ok) {
    if (json) process.stdout.write(`${JSON.stringify({ ok: false, error: answer.error.message })}\n`);
    return complain(answer.error);
  }
  process.stdout.write(json ? `${JSON.stringify(answer.value.json)}\n` : `${logText(answer.value.text)}\n`);
  return answer.value.passed ? EXIT.done : EXIT.stopped;
}

function complain(problem: Problem): number {
  process.stderr.write(`${logText(problem.message)}\n`);
  return problem.exit;
}
