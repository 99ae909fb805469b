import { mkdir } from 'node:fs/promises';
import { digestOf } from '../domain/digest.js';
import type { CheckDefinition } from '../domain/check.js';
import type { Fault } from '../domain/fault.js';
import type { CheckId, TreeSha } from '../domain/ids.js';
import { err, ok, type Result } from '../kit/result.js';
import type { Sandbox } from '../ports/sandbox.js';
import { carryDependencies } from '../validation/carry-dependencies.js';
import type { CheckRun } from '../validation/check-run.js';
import { runChecks } from '../validation/run-checks.js';
import type { Context } from './context.js';
import { placesIn } from './places.js';
import type { Work } from './state.js';

/**
 * Runs the check graph on a fresh checkout of exactly `tree`, in the sandbox, without any key. What the checks say is recorded
 * as it comes; their logs go to the evidence. `carry` names
 * prepared dependency folders of the base that are brought along.
 */
export async function checkTree(context: Context, work: Work, input: { attempt: number; tree: TreeSha; checks: readonly CheckDefinition[]; changedPaths: readonly string[] | undefined; carry: readonly string[] }): Promise<Result<readonly CheckRun[], Fault>> {
  const { ports, settings, trail } = context;
  const places = placesIn(settings.scratch);
  const folder = places.checkFolder(input.attempt);
  await mkdir(places.checkHome(input.attempt), { recursive: true });
  const written = await context.early.fresh({ folder, tree: input.tree, base: work.order.base.commit });
  if (!written.ok) return written;
  const carried = await carryDependencies({ folders: input.carry, from: places.baseFolder, to: folder, mode: 'copy' });
  if (!carried.ok) return carried;
  const runs = await runChecks({
    checks: input.checks, folder, changedPaths: input.changedPaths, parallel: settings.parallelChecks, signal: context.signal, limits: work.order.limits,
    sandboxFor: async (check) => openFor(context, check, folder, places.checkHome(input.attempt)),
    onStarted: async (check) => { await trail.append({ type: 'check-started', attempt: input.attempt, check: check.id, tree: input.tree }); },
    onFinished: async (result, log) => {
      const place = `checks/${input.attempt}/${evidenceName(result.check)}`;
      const text = ports.redactor.text(log.toString('utf8'));
      await ports.evidence.writeText(`${place}/log.txt`, text);
      const recorded = { ...result, logDigest: digestOf(text) };
      await ports.evidence.writeJson(`${place}/result.json`, recorded);
      await trail.append({ type: 'check-finished', attempt: input.attempt, tree: input.tree, result: recorded });
    },
  });
  if (context.signal.aborted) return err({ code: 'rejected', side: 'ours', retryable: false, source: 'flow', message: 'The run was cancelled while checks were running.' });
  return ok(runs);
}

/** The id as a folder's name. A colon may not stand in an artifact; `+` is in no id, so `a:b` and `a-b` stay two folders. */
export function evidenceName(check: CheckId): string {
  return check.replaceAll(':', '+');
}

async function openFor(context: Context, check: CheckDefinition, workspace: string, home: string): Promise<Result<Sandbox, Fault>> {
  const { ports, settings } = context;
  const open = check.network || (check.role === 'setup' && settings.config.sandbox.setup_network);
  return ports.sandboxes.open({
    workspace, home, network: open ? 'open' : 'closed', readOnly: ['.git'],
    mounts: ports.workspace.objectFolders.map((folder) => ({ from: folder, to: folder, writable: false })),
  });
}
