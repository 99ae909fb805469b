import { mkdir, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Fault } from '../domain/fault.js';
import { ok, type Result } from '../kit/result.js';
import { carryDependencies, carryPlan } from '../validation/carry-dependencies.js';
import type { Context } from './context.js';
import { placesIn } from './places.js';
import type { Work } from './state.js';

/**
 * The folder that the agent edits: the base commit's files on the first attempt, afterwards what the attempt before left
 * there. When it is gone (another machine, a cleaned disk) it is made anew from the last candidate, or from the base; `fresh`
 * then says that no session of the agent is there to be continued.
 */
export async function prepareAgentFolder(context: Context, work: Work): Promise<Result<{ readonly fresh: boolean }, Fault>> {
  const { ports, settings } = context;
  const places = placesIn(settings.scratch);
  await mkdir(places.agentHome, { recursive: true });
  const brief = await ports.evidence.readText('brief.json');
  await writeFile(places.briefFile, brief ?? '{}');
  if (existsSync(path.join(places.agentFolder, '..', '.ready'))) return ok({ fresh: false });
  const last = work.attempts.flatMap((record) => (record.captured?.kind === 'captured' ? [record.captured.candidate.tree] : [])).at(-1);
  const tree = last ?? await ports.workspace.treeOf(work.order.base.commit);
  const written = await context.early.fresh({ folder: places.agentFolder, tree, base: work.order.base.commit });
  if (!written.ok) return written;
  const entries = await ports.workspace.list(work.order.base.commit);
  const plan = carryPlan([], entries.map((entry) => entry.path));
  if (plan.kind === 'carry') await carryDependencies({ folders: plan.folders, from: places.baseFolder, to: places.agentFolder, mode: 'copy' });
  // Written last: a crash in the middle leaves no folder that looks whole.
  await writeFile(path.join(places.agentFolder, '..', '.ready'), '');
  return ok({ fresh: true });
}
