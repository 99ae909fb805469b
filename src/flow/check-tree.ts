import { mkdir } from 'node:fs/promises';
import { digestOf } from '../domain/digest.js';
import type { CheckDefinition } from '../domain/check.js';
import type { Fault } from '../domain/fault.js';
import type { CheckId, TreeSha } from '../domain/ids.js';
import { err, ok, type Result } from '../kit/result.js';
import type { EgressSession } from '../ports/egress.js';
import type { Sandbox } from '../ports/sandbox.js';
import { carryDependencies } from '../validation/carry-dependencies.js';
import type { CheckRun } from '../validation/check-run.js';
import { runChecks } from '../validation/run-checks.js';
import type { Context } from './context.js';
import { openEgress, reportOf } from './open-egress.js';
import { placesIn } from './places.js';
import type { Work } from './state.js';

/**
 * Runs the check graph on a fresh checkout of exactly `tree`, in the sandbox, without any key. What the checks say is recorded
 * as it comes; their logs go to the evidence. `carry` names
 * prepared dependency folders of the base that are brought along. `aside` is for a tree that is not the candidate's: it has a
 * place of its own, and its results are for the caller to record.
 */
export async function checkTree(context: Context, work: Work, input: { attempt: number; tree: TreeSha; checks: readonly CheckDefinition[]; changedPaths: readonly string[] | undefined; carry: readonly string[]; aside?: string }): Promise<Result<readonly CheckRun[], Fault>> {
  const { ports, settings, trail } = context;
  const places = placesIn(settings.scratch);
  const own = input.aside ?? input.attempt;
  const folder = places.checkFolder(own);
  await mkdir(places.checkHome(own), { recursive: true });
  const written = await context.early.fresh({ folder, tree: input.tree, base: work.order.base.commit });
  if (!written.ok) return written;
  const carried = await carryDependencies({ folders: input.carry, from: places.baseFolder, to: folder, mode: 'copy' });
  if (!carried.ok) return carried;
  const ways = new Map<CheckId, EgressSession>();
  const runs = await runChecks({
    checks: input.checks, folder, changedPaths: input.changedPaths, parallel: settings.parallelChecks, signal: context.signal, limits: work.order.limits,
    sandboxFor: async (check) => openFor(context, { check, workspace: folder, home: places.checkHome(own), ways }),
    onStarted: async (check) => { if (input.aside === undefined) await trail.append({ type: 'check-started', attempt: input.attempt, check: check.id, tree: input.tree }); },
    onFinished: async (result, log) => {
      const place = `checks/${own}/${evidenceName(result.check)}`;
      const text = ports.redactor.text(log.toString('utf8'));
      await ports.evidence.writeText(`${place}/log.txt`, text);
      const egress = await reportOf(ways.get(result.check));
      const recorded = { ...result, logDigest: digestOf(text), ...(egress === undefined ? {} : { egress }) };
      await ports.evidence.writeJson(`${place}/result.json`, recorded);
      if (input.aside === undefined) await trail.append({ type: 'check-finished', attempt: input.attempt, tree: input.tree, result: recorded });
    },
  });
  if (context.signal.aborted) return err({ code: 'rejected', side: 'ours', retryable: false, source: 'flow', message: 'The run was cancelled while checks were running.' });
  return ok(runs);
}

/** The id as a folder's name. A colon may not stand in an artifact; `+` is in no id, so `a:b` and `a-b` stay two folders. */
export function evidenceName(check: CheckId): string {
  return check.replaceAll(':', '+');
}

interface OpenInput { readonly check: CheckDefinition; readonly workspace: string; readonly home: string; readonly ways: Map<CheckId, EgressSession> }

/** A list of hosts is a closed network with one way out, whose session is kept under the check's name until its end. */
async function openFor(context: Context, { check, workspace, home, ways }: OpenInput): Promise<Result<Sandbox, Fault>> {
  const { ports, settings } = context;
  const wanted = check.network === false && check.role === 'setup' ? settings.config.sandbox.setup_network : check.network;
  const egress = Array.isArray(wanted) && wanted.length > 0 ? await openEgress(context, wanted) : ok(undefined);
  if (!egress.ok) return egress;
  const opened = await ports.sandboxes.open({
    workspace, home, network: wanted === true ? 'open' : 'closed', readOnly: ['.git'],
    mounts: [...ports.workspace.objectFolders.map((folder) => ({ from: folder, to: folder, writable: false })), ...egress.value?.mounts ?? []],
  });
  if (egress.value === undefined) return opened;
  if (opened.ok) ways.set(check.id, egress.value);
  else await egress.value.close();
  return opened.ok ? ok(egress.value.through(opened.value)) : opened;
}
