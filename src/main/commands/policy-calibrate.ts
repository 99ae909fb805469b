import { calibrate, type Calibration, type Quality } from '../../gates/risk/calibrate.js';
import { ok, type Result } from '../../kit/result.js';
import type { Workspace } from '../../ports/workspace.js';
import type { CommitSha } from '../../domain/ids.js';
import type { RiskWeights } from '../../domain/risk-weights.js';

export interface CalibrationReport { readonly calibration: Calibration; readonly commits: number; readonly whole: boolean; readonly why: string | undefined; readonly text: string }

/** Reads the history before `head`, at most `commits` of it, and fits the weights of the risk score on it. Changes nothing. */
export async function calibrateRisk(workspace: Workspace, at: { readonly head: CommitSha; readonly commits: number; readonly standing: RiskWeights }): Promise<Result<CalibrationReport, never>> {
  const history = await workspace.history({ head: at.head, paths: [], commitsMax: at.commits, lines: true });
  const calibration = calibrate(history.commits, at.standing);
  const read = `${history.commits.length} commits${history.whole || history.why === undefined ? '' : ` (${history.why})`}`;
  return ok({ calibration, commits: history.commits.length, whole: history.whole, why: history.why, text: textOf(calibration, read) });
}

function textOf(calibration: Calibration, read: string): string {
  if (calibration.kind === 'too-little') {
    const { samples, bad, needed } = calibration;
    return `Read ${read}: ${samples} changes old enough to judge, ${bad} of them bad. That is too little to learn from: at least ${needed.samples} changes and ${needed.bad} bad ones are needed, in the older and in the newer part. Keep the weights in use, or read more with --commits and a full clone.\n`;
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
