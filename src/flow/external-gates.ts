import { durationMs } from '../config/duration.js';
import type { CheckReports } from '../domain/report.js';
import type { VerdictNode } from '../domain/verdict.js';
import { externalNode } from '../gates/quality/external-node.js';
import { err } from '../kit/result.js';
import type { ExternalGateConfig } from '../config/quality-config.js';
import type { CommitSha } from '../domain/ids.js';
import type { QualityGateQuestion } from '../ports/quality-gate.js';
import type { Context } from './context.js';

/**
 * Asks the services of `gates.external`. The jobs that run foreign programs hold no token and ask nobody: the job that delivers
 * asks, and it sees no analysis of a check, so there the newest one of the branch counts. Checks on the pushed commit are asked
 * about when there is one.
 */
export async function externalNodes(context: Context, reports: readonly CheckReports[], base: CommitSha): Promise<readonly VerdictNode[]> {
  const { phase, config } = context.settings;
  if (phase === 'work' || phase === 'verify') return [];
  const nodes: VerdictNode[] = [];
  for (const gate of config.gates.external) {
    if (gate.kind === 'check' && gate.on === 'head') continue;
    nodes.push(await askExternal(context, gate, gate.kind === 'check' ? { commit: base } : taskOf(gate.project, reports)));
  }
  return nodes;
}

/** Required checks on the pushed commit: what is against merging by itself. */
export async function headGates(context: Context, commit: CommitSha): Promise<readonly string[]> {
  const wanted = context.settings.config.gates.external.filter((gate) => gate.kind === 'check' && gate.on === 'head');
  const nodes = await Promise.all(wanted.map(async (gate) => askExternal(context, gate, { commit })));
  return nodes.filter(({ effect }) => effect !== 'allow').map(({ words }) => words);
}

/** One gate of another service about what it can be asked about, as a node. No answer is never a yes. */
export async function askExternal(context: Context, gate: ExternalGateConfig, about: Pick<QualityGateQuestion, 'task' | 'commit'>): Promise<VerdictNode> {
  const source = context.ports.qualityGate?.(gate);
  const answer = source === undefined
    ? err({ code: 'unsupported' as const, side: 'setup' as const, retryable: false, source: 'flow', message: 'this process has no way to ask it' })
    : await source.ask({ waitMsMax: durationMs(gate.wait), ...about }, context.signal);
  return externalNode(gate, answer);
}

function taskOf(project: string, reports: readonly CheckReports[]): Pick<QualityGateQuestion, 'task'> {
  const tasks = reports.flatMap((report) => report.tasks);
  const task = tasks.find((one) => one.project === project) ?? tasks[0];
  return task === undefined ? {} : { task };
}
