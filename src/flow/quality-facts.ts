import type { Fault } from '../domain/fault.js';
import type { PatchedFile } from '../domain/patch.js';
import type { QualityFacts, ReportFacts } from '../gates/evaluate-gates.js';
import { err, ok, type Result } from '../kit/result.js';
import type { Context } from './context.js';
import { externalNodes } from './external-gates.js';
import { savedReports } from './saved-reports.js';
import type { RunState } from './state.js';

type Validated = Extract<RunState, { kind: 'validated' }>;

/** What the quality gate needs: the reports of base and candidate, and the lists of their files. */
export async function qualityFacts(context: Context, state: Validated, patch: readonly PatchedFile[]): Promise<Result<QualityFacts, Fault>> {
  const { workspace } = context.ports;
  const { phase } = context.settings;
  const reports = phase === 'deliver' ? ok(undefined) : await reportFacts(context, state);
  if (!reports.ok) return reports;
  return ok({
    patch, reports: reports.value, external: await externalNodes(context, reports.value?.candidate ?? [], state.candidate.base), holdsAreDenials: phase === 'work' || phase === 'verify',
    list: async (side) => workspace.list(side === 'base' ? state.candidate.base : state.candidate.tree),
  });
}

async function reportFacts(context: Context, state: Validated): Promise<Result<ReportFacts, Fault>> {
  const [base, candidate] = [await savedReports(context, 0), await savedReports(context, state.attempt)];
  const missing = base === undefined ? 0 : candidate === undefined ? state.attempt : undefined;
  if (base === undefined || candidate === undefined) {
    return err({ code: 'io', side: 'ours', retryable: false, source: 'flow', message: `checks/${missing ?? 0}/reports.json in ${context.ports.evidence.folder} is missing or damaged: the reports cannot be compared. Start a new run.` });
  }
  const results = state.attempts.find(({ attempt }) => attempt === state.attempt)?.judged.results ?? [];
  const ended = new Map(results.map((result) => [result.check, result.outcome]));
  // No result: a setup whose folders were carried over. No path matched: the check had no reason to run.
  const idle = state.checks.map(({ id }) => id).filter((id) => {
    const outcome = ended.get(id);
    return outcome === undefined || (outcome.kind === 'skipped' && outcome.reason === 'no-path-matched');
  });
  return ok({ base, candidate, idle });
}
