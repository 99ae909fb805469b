import { branchFor } from '../../admission/branch.js';
import { claimName } from '../../admission/claim-name.js';
import { gatherAdmissionFacts, type AdmissionFacts } from '../../admission/facts.js';
import { judgeAdmission } from '../../admission/judge.js';
import { sealOrder } from '../../admission/order.js';
import { declineFacts, declineReason, declineWords, type DeclineFacts } from '../../admission/words.js';
import type { Fault } from '../../domain/fault.js';
import { Instant } from '../../domain/ids.js';
import type { RunRequest } from '../../domain/request.js';
import type { In } from '../command.js';
import { rungAtLeast } from '../../domain/rung.js';
import type { WaitKind } from '../../domain/grant.js';
import type { RunFactOf } from '../event.js';
import type { DeclineCode } from '../../domain/stop-reason.js';
import type { Snapshot } from '../../domain/ticket.js';
import type { Verdict, VerdictNode } from '../../domain/verdict.js';
import { takeSnapshot } from '../../intake/snapshot.js';
import { durationMs } from '../../config/duration.js';
import { ok, type Result } from '../../kit/result.js';
import { checksFor } from '../checks-for.js';
import type { Context } from '../context.js';
import { placesIn } from '../places.js';
import { tooWeak } from '../too-weak.js';
import { tellTicket } from './tell-ticket.js';

/** An order outlives a wait for a person over a long weekend, and no longer. */
const ORDER_VALID_MS = 4 * 24 * 3_600_000;

/**
 * Fetches the ticket again, asks who may do what, proves the sandbox and the checks, claims the ticket, and seals the order; or
 * declines with one comment that says what to do. Nothing here costs money.
 */
export async function admit(context: Context, state: In<'requested'>): Promise<Result<void, Fault>> {
  // What this machine can do and what the services know have nothing to do with one another: both are asked at once.
  const able = ableHere(context);
  const settled = able.then(() => undefined, () => undefined);
  try {
    return await askServices(context, state, able);
  } finally {
    // Also when the ticket is declined: nothing of ours may still be running when a command is done.
    await settled;
  }
}

async function askServices(context: Context, state: In<'requested'>, able: ReturnType<typeof ableHere>): Promise<Result<void, Fault>> {
  const { latest: request, grants } = state;
  const { ports, settings } = context;
  const fetched = await ports.tracker.fetch(request.ticket, context.signal);
  if (!fetched.ok) return fetched;
  const ticket = fetched.value;
  const snapshot = takeSnapshot(ticket, { charsMax: settings.limits.ticketCharsMax, now: ports.clock.now() });
  await ports.evidence.writeJson('ticket.json', snapshot);
  const facts = await gatherAdmissionFacts({
    request, ticket, snapshot, tracker: { id: ports.tracker.id, capabilities: ports.tracker.capabilities }, config: settings.config, localUser: settings.localUser, grants, now: ports.clock.now(),
  }, { reader: ports.reader }, context.signal);
  if (!facts.ok) return facts;
  const { verdict, decline, asks } = judgeAdmission(facts.value);
  if (decline !== undefined) return refuse(context, request, { code: decline, verdict, facts: facts.value });
  if (asks !== undefined) return askFirst(context, request, { asks, verdict });
  if (!settings.dryRun && settings.phase === undefined) await beginFolders(context);
  const ready = await able;
  if (!ready.ok) return ready;
  if (ready.value.kind === 'unable') return refuse(context, request, { code: ready.value.code, verdict: denied(verdict, ready.value.node), facts: facts.value, detail: ready.value.node.words, ...(ready.value.more === undefined ? {} : { more: ready.value.more }) });
  return claimAndSeal(context, request, { snapshot, verdict, facts: facts.value });
}

/** Nothing forbids the work, and a person must do something first: the run waits, with everything it holds. */
async function askFirst(context: Context, request: RunRequest, held: { readonly asks: WaitKind; readonly verdict: Verdict }): Promise<Result<void, Fault>> {
  const words = (held.verdict.tree.children ?? []).filter((node) => node.effect === 'hold').map((node) => node.words);
  const fact: RunFactOf<'human-asked'> = { type: 'human-asked', question: words.join('; '), why: held.verdict, asks: held.asks, expiresAt: later(context.ports.clock.now(), ORDER_VALID_MS) };
  await tellTicket(context, request.ticket, fact);
  await context.trail.append(fact);
  return ok(undefined);
}

/** The base's files will be needed twice, by the checks and by the agent. */
async function beginFolders({ ports, settings, early }: Context): Promise<void> {
  const base = settings.base.commit;
  const tree = await ports.workspace.treeOf(base);
  const places = placesIn(settings.scratch);
  for (const folder of [places.baseFolder, places.agentFolder]) early.begin({ folder, tree, base });
}

type Able = { readonly kind: 'able' } | { readonly kind: 'unable'; readonly code: DeclineCode; readonly node: VerdictNode; readonly more?: DeclineFacts };

/** What this runner and this repository must bring: an agent that starts, a sandbox that holds, checks that judge. */
async function ableHere(context: Context): Promise<Result<Able, Fault>> {
  const { ports, settings } = context;
  // In the split another machine will work: agent and sandbox are proved there.
  const lacking = settings.phase === 'admit' ? ok(undefined) : await runnerLacks(context);
  if (!lacking.ok) return lacking;
  if (lacking.value !== undefined) return ok(lacking.value);
  const checks = await checksFor(ports.workspace, settings.base.commit, settings);
  if (!checks.ok) return checks;
  if (!checks.value.checks.some((check) => check.role === 'check')) {
    const why = checks.value.explanation.filter((one) => one.decision === 'skipped').slice(0, 5).map((one) => `${one.origin}: ${one.why}`);
    return ok({ kind: 'unable', code: 'no-checks', node: { rule: 'checks', effect: 'deny', words: `No check was found that could judge a change.${why.length > 0 ? ` Looked at and skipped: ${why.join('; ')}.` : ''}` } });
  }
  return ok({ kind: 'able' });
}

async function runnerLacks({ ports, settings }: Context): Promise<Result<Able | undefined, Fault>> {
  const agent = await ports.agent.probe();
  if (!agent.ok) return { ok: false, error: { code: 'not-installed', side: 'setup', retryable: false, source: `agent/${ports.agent.id}`, message: agent.message } };
  const proved = await ports.sandboxes.probe();
  const wanted = settings.config.sandbox.min_rung;
  if (rungAtLeast(proved.rung, wanted)) return ok(undefined);
  return ok({ kind: 'unable', code: 'sandbox-too-weak', node: tooWeak(proved, wanted), more: { rungs: { reached: proved.rung, required: wanted } } });
}

async function claimAndSeal(context: Context, request: RunRequest, admitted: { readonly snapshot: Snapshot; readonly verdict: Verdict; readonly facts: AdmissionFacts }): Promise<Result<void, Fault>> {
  const { ports, settings, trail } = context;
  const now = ports.clock.now();
  // Admission of the split has no token that could claim; deliver claims before it writes.
  if (!settings.dryRun && settings.phase === undefined) {
    const expiresAt = later(now, durationMs(settings.config.admission.claim_time));
    const claimed = await ports.claims.claim(claimName(request.ticket), { run: trail.run, holder: settings.holder, expiresAt }, now, context.signal);
    if (!claimed.ok) return claimed;
    if (claimed.value.kind === 'held') {
      const { by } = claimed.value;
      const node: VerdictNode = { rule: 'claim', effect: 'deny', words: `Run ${by.run} works on this ticket; its claim ends at ${by.expiresAt}.`, values: { run: by.run, holder: by.holder, until: by.expiresAt } };
      return refuse(context, request, { code: 'already-running', verdict: denied(admitted.verdict, node), facts: admitted.facts, more: { claim: { run: by.run, expiresAt: by.expiresAt } } });
    }
  }
  const { approval } = admitted.facts;
  const { order, digest } = sealOrder({
    version: 1, run: trail.run, ticket: request.ticket, snapshot: admitted.snapshot.digest, repository: settings.repository, base: settings.base,
    policy: settings.policyDigest, limits: settings.limits, agent: { id: settings.config.agent.id, model: settings.config.agent.model },
    minRung: settings.config.sandbox.min_rung, branch: branchFor(request.ticket, trail.run), requestedBy: request.actor,
    approvedBy: approval.kind === 'found' ? [approval.by] : [], nonce: ports.ids.hex(16), admittedAt: now, expiresAt: later(now, ORDER_VALID_MS),
  });
  await ports.evidence.writeJson('order.json', order);
  await trail.append({ type: 'admitted', order, orderDigest: digest, snapshot: admitted.snapshot, verdict: admitted.verdict });
  return ok(undefined);
}

interface Refusal { readonly code: DeclineCode; readonly verdict: Verdict; readonly facts: AdmissionFacts; readonly more?: DeclineFacts; readonly detail?: string }

/** Declines with the one comment that says what to do; the detail (which command was skipped and why) is for the log and the trail. */
async function refuse(context: Context, request: RunRequest, refusal: Refusal): Promise<Result<void, Fault>> {
  const known = { ...declineFacts(refusal.facts), ...refusal.more };
  const { why, next } = declineReason(refusal.code, known);
  const words = [why, refusal.detail, `What to do: ${next}`].filter(Boolean).join(' ');
  await tellTicket(context, request.ticket, declineWords(refusal.code, known));
  await context.trail.append({ type: 'declined', code: refusal.code, words, verdict: refusal.verdict });
  return ok(undefined);
}

function denied(verdict: Verdict, node: VerdictNode): Verdict {
  return { effect: 'deny', tree: { ...verdict.tree, effect: 'deny', words: `not admitted: ${node.rule}`, children: [...verdict.tree.children ?? [], node] } };
}

function later(now: Instant, ms: number): Instant {
  return Instant.parse(new Date(Date.parse(now) + ms).toISOString());
}
