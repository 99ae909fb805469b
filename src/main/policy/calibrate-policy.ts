import { calibrate, type Calibration, type Quality } from '../../gates/risk/calibrate.js';
import { err, ok, type Result } from '../../kit/result.js';
import type { Arguments } from '../arguments.js';
import { faultProblem, usageProblem, type Problem } from '../problem.js';
import type { PolicyAnswer } from './policy-answer.js';
import { policyOnDisk, withCheckout } from './policy-place.js';

const COMMITS_DEFAULT = 5_000;
const COMMITS_MAX = 20_000;

/**
 * `heddle policy calibrate`: fits the weights of the risk score on the history of the repository, at most `--last` commits of it, and
 * says how much better than size alone they are. Changes nothing; no model, no network.
 */
export async function calibratePolicy(given: Arguments): Promise<Result<PolicyAnswer, Problem>> {
  const commits = Number(given.values.get('last') ?? COMMITS_DEFAULT);
  if (!Number.isInteger(commits) || commits < 1 || commits > COMMITS_MAX) return err(usageProblem(`--last is a whole number from 1 to ${COMMITS_MAX}.`));
  const standing = await policyOnDisk(given, given.values.get('config'));
  // A repository without a configuration has the weights that come with the program.
  const weights = standing.ok ? standing.value.config.gates.risk.weights : undefined;
  if (!standing.ok && given.values.get('config') !== undefined) return standing;
  return withCheckout(given, async ({ workspace, facts }) => {
    const head = await workspace.resolve(given.values.get('branch') ?? facts.branch ?? 'HEAD');
    if (!head.ok) return err(faultProblem(head.error));
    const history = await workspace.history({ head: head.value, paths: [], commitsMax: commits, lines: true });
    if (history.commits.length === 0 && !history.whole) return err(usageProblem(`The history cannot be read: ${history.why ?? 'git gave no reason'}. Try fewer commits with --last.`));
    const calibration = calibrate(history.commits, weights);
    const read = `${history.commits.length} commits${history.whole || history.why === undefined ? '' : ` (${history.why})`}`;
    return ok({ text: textOf(calibration, read), json: { commits: history.commits.length, whole: history.whole, ...calibration }, passed: true });
  });
}

function textOf(calibration: Calibration, read: string): string {
  if (calibration.kind === 'too-little') {
    const { samples, bad, needed } = calibration;
    return `Read ${read}: ${samples} changes old enough to judge, ${bad} of them bad. That is too little to learn from: at least ${needed.samples} changes and ${needed.bad} bad ones are needed, in the older and in the newer part. Keep the weights in use, or read more with --last and a full clone.\n`;
  }
  const { samples, bad, held, weights, levels } = calibration;
  return [
    `Read ${read}: ${samples} changes old enough to judge, ${bad} of them bad (taken back, or mended within 14 days in the same lines).`,
    `On the newest ${held.samples} changes, ${held.bad} of them bad, which the fit had not seen:`,
    '',
    '                       area under the curve   bad changes in the top fifth',
    line('these weights', held.fitted), line('weights in use', held.standing), line('lines alone', held.size),
    '', advice(held), '',
    'gates:', '  risk:', `    levels: { medium: ${levels.medium}, high: ${levels.high}, critical: ${levels.critical} }`,
    '    weights:', `      bias: ${weights.bias}`, `      unknown: ${weights.unknown}`, '      features:',
    ...Object.entries(weights.features).map(([feature, weight]) => `        ${feature}: ${weight}`), '',
  ].join('\n');
}

function line(name: string, { auc, foundInTopFifth }: Quality): string {
  return `  ${name.padEnd(20)} ${(auc === undefined ? 'unknown' : auc.toFixed(2)).padEnd(22)} ${Math.round(foundInTopFifth * 100)} %`;
}

/** A fit that is not better than what it would replace is said to be that. */
function advice({ fitted, standing, size }: { readonly fitted: Quality; readonly standing: Quality; readonly size: Quality }): string {
  const best = Math.max(standing.auc ?? 0, size.auc ?? 0);
  if ((fitted.auc ?? 0) > best + 0.01) return 'These weights find more than the ones in use and than the lines alone. Put this into .heddle.yml:';
  return 'These weights are no better than what they would replace, so there is no reason to change. For the record:';
}
