import type { Fault } from '../../domain/fault.js';
import { beginsByCommand, commandAlone } from '../acts/command-alone.js';
import { ableHere, mustBeAble } from '../admit/able-here.js';
import { book } from '../admit/book.js';
import { claimTicket } from '../admit/claim-ticket.js';
import { judgeRequest, type Judged } from '../admit/judge-request.js';
import { look } from '../admit/look.js';
import { route } from '../admit/route.js';
import { sealAdmission } from '../admit/seal-order.js';
import { on, then, type Staged } from '../admit/stage.js';
import { stopAdmission } from '../admit/stop-admission.js';
import type { In } from '../command.js';
import { agentOfConfig } from '../assigned.js';
import type { Context } from '../context.js';
import { placesIn } from '../places.js';
import { ok, type Result } from '../../kit/result.js';

/**
 * Turns a request into an order, or into one comment that says what to do: declined for good, or waiting until a person did it.
 * Nothing here costs money but the second opinion on readiness, where that is configured. The stages, in this order:
 *
 *   look    the ticket is fetched again and cleaned
 *   route   directives and routing rules say where the work belongs
 *   judge   facts of readiness, approval and permissions; the pure judge decides
 *   able    what this runner and this repository must bring (asked beside the services, since it asks none)
 *   claim   the ticket is ours
 *   book    budgets and write-scope leases, in one atomic step across all runs
 *   seal    the order
 */
export async function admit(context: Context, state: In<'requested'>): Promise<Result<void, Fault>> {
  // Whoever may not use a command must not make this machine prove its sandbox.
  const commanded = beginsByCommand(state) ? await then(await look(context, state), async (seen) => commandAlone(context, seen)) : undefined;
  if (commanded !== undefined && (!commanded.ok || commanded.value.kind !== 'on')) return commanded.ok ? ok(undefined) : commanded;
  // What this machine can do and what the services know have nothing to do with one another: both are asked at once.
  const able = ableHere(context);
  const settled = able.then(() => undefined, () => undefined);
  try {
    const seen = commanded ?? await look(context, state);
    const routed = await then(seen, (value) => route(context, value));
    // From here on the settings are those of this ticket: directives and its sub-project bind them further.
    const here: Context = routed.ok && routed.value.kind === 'on' ? { ...context, settings: routed.value.value.settings } : context;
    const judged = await then(routed, async (value) => judgeRequest(here, value));
    const begun = await then(judged, async (value) => beginFolders(here, value));
    const ready = await then(begun, async (value) => mustBeAble(here.settings === context.settings ? able : ableAsBound(here), value));
    const claimed = await then(ready, async (value) => claimTicket(here, value));
    const booked = await then(claimed, (value) => book(here, value));
    if (!booked.ok) return booked;
    return booked.value.kind === 'on' ? await sealAdmission(here, booked.value.value) : await stopAdmission(context, booked.value, { latest: state.latest, claimed: claimed.ok && claimed.value.kind === 'on' });
  } finally {
    // Also when the ticket is declined: nothing of ours may still be running when a command is done.
    await settled;
  }
}

/** The machine is asked again, for the agent, the base and the checks that this ticket chose. */
async function ableAsBound(context: Context): ReturnType<typeof ableHere> {
  const ports = await agentOfConfig(context);
  return ports.ok ? ableHere({ ...context, ports: ports.value }) : ports;
}

/** The base's files will be needed twice, by the checks and by the agent. */
async function beginFolders({ ports, settings, early }: Context, judged: Judged): Promise<Staged<Judged>> {
  if (settings.dryRun || settings.phase !== undefined) return on(judged);
  const base = settings.base.commit;
  const tree = await ports.workspace.treeOf(base);
  const places = placesIn(settings.scratch);
  for (const folder of [places.baseFolder, places.agentFolder]) early.begin({ folder, tree, base });
  return on(judged);
}
