import { parsePatch } from '../../domain/patch.js';
import type { Fault } from '../../domain/fault.js';
import { evaluateGates } from '../../gates/evaluate-gates.js';
import { ok, type Result } from '../../kit/result.js';
import { textReader } from '../text-reader.js';
import type { Context } from '../context.js';
import type { RunState } from '../state.js';

/** Judges the facts about the candidate. Pure rules; no model has a say. */
export async function judge(context: Context, state: Extract<RunState, { kind: 'validated' }>): Promise<Result<void, Fault>> {
  const { candidate, attempt } = state;
  const patch = Buffer.from(await context.ports.workspace.patch(candidate.base, candidate.tree)).toString('utf8');
  const lines = new Map(parsePatch(patch).map((file) => [file.path, file.added]));
  const added = new Map([...lines].map(([path, of]) => [path, of.map((line) => line.text).join('\n')]));
  const { config } = context.settings;
  const verdict = await evaluateGates({
    candidate, config, workdir: config.workdir, limits: state.order.limits, addedText: (path) => added.get(path),
    addedLines: (path) => lines.get(path) ?? [], likely: state.briefed.likelyFiles, textOf: textReader(context.ports.workspace, candidate),
  });
  await context.trail.append({ type: 'gate-evaluated', attempt, tree: candidate.tree, verdict });
  return ok(undefined);
}
