import { durationMs } from '../config/duration.js';
import type { CheckReports } from '../domain/report.js';
import type { VerdictNode } from '../domain/verdict.js';
import { externalNode } from '../gates/quality/external-node.js';
import { err } from '../kit/result.js';
import type { Context } from './context.js';

/**
 * Asks the services of `gates.external`. The jobs that run foreign programs hold no token and ask nobody: the job that delivers
 * asks, and it sees no analysis of a check, so there the newest one of the branch counts.
 */
export async function externalNodes(context: Context, reports: readonly CheckReports[]): Promise<readonly VerdictNode[]> {
  const { phase, config } = context.settings;
  if (phase === 'work' || phase === 'verify') return [];
  const nodes: VerdictNode[] = [];
  for (const gate of config.gates.external) {
    const source = context.ports.qualityGate?.(gate);
    const task = reports.flatMap(({ tasks }) => tasks).find(({ project }) => project === gate.project) ?? reports.flatMap(({ tasks }) => tasks)[0];
    const answer = source === undefined
      ? err({ code: 'unsupported' as const, side: 'setup' as const, retryable: false, source: 'flow', message: 'this process has no way to ask it' })
      : await source.ask({ waitMsMax: durationMs(gate.wait), ...(task === undefined ? {} : { task }) }, context.signal);
    nodes.push(externalNode(gate, answer));
  }
  return nodes;
}
