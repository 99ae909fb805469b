import { isBranchOf } from '../../admission/branch.js';
import { checksReport } from '../../delivery/checks-report.js';
import { deliver } from '../../delivery/deliver.js';
import type { Change } from '../../domain/change.js';
import type { Fault } from '../../domain/fault.js';
import { err, ok, type Result } from '../../kit/result.js';
import { commitMessage } from '../../packet/commit-message.js';
import type { Context } from '../context.js';
import { bestOf } from '../best-of.js';
import { DeliveryDocument } from '../documents.js';
import { packetFor } from '../packet-for.js';
import type { Redactor } from '../../ports/redactor.js';
import type { Tracker } from '../../ports/tracker.js';
import { headGates } from '../external-gates.js';
import { giveBack } from '../give-back.js';
import { lookAgain } from '../look-again.js';
import { useApprovals } from '../use-approvals.js';
import type { RunState } from '../state.js';
import { claimDelivery } from './claim-delivery.js';
import { wishesFor } from '../wishes-for.js';
import { conclude } from './conclude.js';

/** Brings the sealed candidate to the forge, gives the claim back, records the delivery. All of it may be repeated. */
export async function deliverChange(context: Context, state: Extract<RunState, { kind: 'sealed' }>): Promise<Result<void, Fault>> {
  const { ports, settings, trail } = context;
  const { sealed, packet } = packetFor(trail.events, state.candidate.tree, ports.reader.capabilities.bodyCharsMax);
  if (sealed.digest !== state.packetDigest) {
    return err({ code: 'bug', side: 'ours', retryable: false, source: 'flow', message: 'The packet is not the one that was sealed: this program renders it differently. Resume with the version that sealed it.' });
  }
  const claimed = settings.phase === 'deliver' ? await claimDelivery(context, state) : ok(undefined);
  if (!claimed.ok) return claimed;
  // Whoever delivers the other bundle tells the ticket and holds its claim, in the name of this same run: neither is ours to change.
  if (claimed.value !== undefined) {
    await trail.append(claimed.value);
    return ok(undefined);
  }
  const [rival, moved] = await Promise.all([rivalOf(context, state), baseMoved(context, state)]);
  if (!rival.ok) return rival;
  if (rival.value !== undefined) return conclude(context, { type: 'superseded', by: `change ${rival.value.number} (${rival.value.branch})`, ...bestOf(state) });
  // A person may have looked at it for days, and the ticket is anybody's to change meanwhile.
  const fallen = await lookAgain(context, state, state.candidate.files.map((file) => file.path));
  if (!fallen.ok) return fallen;
  if (fallen.value !== undefined) return conclude(context, fallen.value);
  const used = await useApprovals(context, state.order);
  if (!used.ok) return used;
  if (used.value !== undefined) return conclude(context, { type: 'exhausted', reason: 'approval-gone', words: used.value, ...bestOf(state) });
  return bring(context, state, { sealed, packet, moved });
}

interface Ready { readonly sealed: ReturnType<typeof packetFor>['sealed']; readonly packet: ReturnType<typeof packetFor>['packet']; readonly moved: string | undefined }

/** From here on things are written. */
async function bring(context: Context, state: Extract<RunState, { kind: 'sealed' }>, { sealed, packet, moved }: Ready): Promise<Result<void, Fault>> {
  const { ports, settings, trail } = context;
  const { delivery } = settings.config;
  const results = state.attempts.find((record) => record.attempt === state.attempt)?.judged.results ?? [];
  const wishes = await wishesFor(context, state);
  const delivered = await deliver({
    order: state.order, candidate: state.candidate, sealed, message: commitMessage(packet), owners: state.briefed.owners,
    reports: [checksReport(packet, results), ...wishes.reports], ...wishes.input,
    startCi: delivery.start_ci, now: ports.clock.now(), evidenceUrl: settings.evidenceUrl, warnings: [...(moved === undefined ? [] : [moved]), ...wishes.warnings],
  }, {
    writer: ports.writer, headGates: async (commit) => headGates(context, commit), source: ports.workspace.source(state.candidate), signal: context.signal,
    tracker: ports.tracker.capabilities.comments ? redacting(ports.tracker, ports.redactor) : undefined,
  });
  if (!delivered.ok) return delivered;
  const kept = await giveBack(context, state.order.ticket);
  const part = kept === undefined ? delivered.value : { ...delivered.value, warnings: [...delivered.value.warnings, kept] };
  const document = DeliveryDocument.parse({
    version: 1, run: trail.run, tree: part.tree, commit: part.commit, branch: part.branch, change: part.change,
    reviewers: part.reviewers, ci: part.ci, warnings: part.warnings,
  });
  await ports.evidence.writeJson('delivery.json', document);
  await trail.append({ type: 'delivered', ...part });
  return ok(undefined);
}

/** The open change of another run for this ticket: a claim ends by its time, and a run that waited for a person comes late. */
async function rivalOf({ ports, signal }: Context, { order }: Extract<RunState, { kind: 'sealed' }>): Promise<Result<Change | undefined, Fault>> {
  const open = await ports.reader.openHeddleChanges(signal);
  return open.ok ? ok(open.value.find((change) => isBranchOf(order.ticket, change.branch) && change.branch !== order.branch)) : open;
}

/** What delivery says at the ticket holds messages of services: no secret of ours may ride along. */
function redacting(tracker: Tracker, redactor: Redactor): Tracker {
  return {
    id: tracker.id, capabilities: tracker.capabilities, fetch: async (ref, signal) => tracker.fetch(ref, signal),
    upsertComment: async (ref, marker, markdown, signal) => tracker.upsertComment(ref, marker, redactor.text(markdown), signal),
  };
}

/**
 * The change stands on the commit the order names, also when the base branch went on: people are told, nothing is rebased unseen.
 * What the last look before the sealing saw stands in the packet; here it is about what came after it.
 */
async function baseMoved({ ports, signal }: Context, state: Extract<RunState, { kind: 'sealed' }>): Promise<string | undefined> {
  const { base } = state.order;
  const head = await ports.reader.headOf(base.branch, signal);
  const record = state.attempts.find((one) => one.attempt === state.attempt);
  const known = [base.commit, record?.seen?.base.kind === 'unknown' ? undefined : record?.seen?.base.head, record?.renewals?.at(-1)?.head];
  if (!head.ok || known.includes(head.value)) return undefined;
  const commits = await ports.workspace.drift(base.commit, head.value);
  const far = commits === undefined ? '' : ` by ${commits} ${commits === 1 ? 'commit' : 'commits'}`;
  return `The branch ${base.branch} moved${far} to ${head.value.slice(0, 12)} while the work was done; this change stands on ${base.commit.slice(0, 12)} and was checked there. Update the branch and look at its checks before you merge.`;
}
