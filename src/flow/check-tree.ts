import { mkdir, rm } from 'node:fs/promises';
import { digestOf } from '../domain/digest.js';
import type { CheckDefinition } from '../domain/check.js';
import type { Fault } from '../domain/fault.js';
import type { TreeSha } from '../domain/ids.js';
import { err, ok, type Result } from '../kit/result.js';
import type { Sandbox } from '../ports/sandbox.js';
import { carryDependencies } from '../validation/carry-dependencies.js';
import { runChecks, type CheckRun } from '../validation/run-checks.js';
import type { Context } from './context.js';
import { placesIn } from './places.js';
import type { Work } from './state.js';

/**
 * Runs the check graph on a fresh checkout of exactly `tree`, in the sandbox, without any key. What the checks say is recorded
 * as it comes; their logs go to the evidence. `carry` brings prepared dependency folders along, so that setup is skipped.
 */
export async function checkTree(context: Context, work: Work, input: { attempt: number; tree: TreeSha; checks: readonly CheckDefinition[]; changedPaths: readonly string[] | undefined; carry: boolean }): Promise<Result<readonly CheckRun[], Fault>> {
  const { ports, settings, trail } = context;
  const places = placesIn(settings.scratch);
  const folder = places.checkFolder(input.attempt);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await mkdir(places.checkHome(input.attempt), { recursive: true });
  const written = await ports.workspace.checkout(input.tree, folder, { git: work.order.base.commit });
  if (!written.ok) return written;
  if (input.carry) await carryDependencies(places.baseFolder, folder);
  const { limits } = work.order;
  // Appends are queued: checks end in parallel, the trail grows one line at a time.
  let appended: Promise<unknown> = Promise.resolve();
  const queue = (step: () => Promise<unknown>): void => { appended = appended.then(step); };
  const runs = await runChecks({
    checks: input.checks, folder, changedPaths: input.changedPaths, parallel: settings.parallelChecks, signal: context.signal,
    limits: { outputBytesMax: limits.checkOutputBytesMax, processesMax: limits.processesMax, memoryBytesMax: limits.memoryBytesMax },
    sandboxFor: async (check) => openFor(context, check, folder, places.checkHome(input.attempt)),
    onStarted: (check) => { queue(() => trail.append({ type: 'check-started', attempt: input.attempt, check: check.id, tree: input.tree })); },
    onFinished: (result, log) => {
      queue(async () => {
        const place = `checks/${input.attempt}/${result.check.replaceAll(':', '-')}`;
        const text = ports.redactor.text(Buffer.from(log).toString('utf8'));
        await ports.evidence.writeText(`${place}/log.txt`, text);
        const recorded = { ...result, logDigest: digestOf(text) };
        await ports.evidence.writeJson(`${place}/result.json`, recorded);
        await trail.append({ type: 'check-finished', attempt: input.attempt, tree: input.tree, result: recorded });
      });
    },
  });
  await appended;
  if (context.signal.aborted) return err({ code: 'rejected', side: 'ours', retryable: false, source: 'flow', message: 'The run was cancelled while checks were running.' });
  return ok(runs);
}

async function openFor(context: Context, check: CheckDefinition, workspace: string, home: string): Promise<Result<Sandbox, Fault>> {
  const { ports, settings } = context;
  const open = check.network || (check.role === 'setup' && settings.config.sandbox.setup_network);
  return ports.sandboxes.open({
    workspace, home, network: open ? 'open' : 'closed', readOnly: ['.git'],
    mounts: ports.workspace.objectFolders.map((folder) => ({ from: folder, to: folder, writable: false })),
  });
}
