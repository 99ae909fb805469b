import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { create as createEvidence } from '../../adapters/evidence/folder/index.js';
import { RunId } from '../../domain/ids.js';
import type { RunRequest } from '../../domain/request.js';
import type { Ticket, TicketRef } from '../../domain/ticket.js';
import type { ExplainDocument } from '../../explain/explanation.js';
import { EarlyFolders } from '../../flow/early-folders.js';
import { judgeNow } from '../../flow/judge-now.js';
import { newTrail } from '../../flow/trail.js';
import { err, ok, type Result } from '../../kit/result.js';
import type { Redactor } from '../../ports/redactor.js';
import type { TrailStore } from '../../ports/trail-store.js';
import type { Checkout } from '../checkout.js';
import { systemClock, systemIds } from '../clock.js';
import type { Invocation } from '../invocation.js';
import { prepare } from '../prepare.js';
import { faultProblem, type Problem } from '../problem.js';
import type { Surroundings } from '../surroundings.js';

/** Kept nowhere: a question is no run. */
const FORGETFUL: TrailStore = { read: async () => Promise.resolve(new Uint8Array()), append: async () => Promise.resolve(), truncate: async () => Promise.resolve() };

/** Asks tracker and forge, read-only, what admission would say of a ticket now: as its approving label says, or as its author would ask. */
export async function askLive(invocation: Invocation, at: { readonly ticket: TicketRef; readonly checkout: Checkout; readonly around: Surroundings; readonly redactor: Redactor }): Promise<Result<NonNullable<ExplainDocument['live']> | undefined, Problem>> {
  const folder = await mkdtemp(path.join(tmpdir(), 'heddle-explain-'));
  try {
    const run = RunId.parse(systemIds.hex(8));
    const evidence = createEvidence({ folder }, { redactor: at.redactor });
    const dry = { ...invocation, options: new Map([...invocation.options, ['dry-run', 'true']]) };
    const prepared = await prepare({
      invocation: dry, run, ticket: at.ticket, checkout: at.checkout, forge: at.around.forge, ...at.around.now, evidence, redactor: at.redactor,
      ticketRoot: invocation.cwd, holder: invocation.host.facts.runKey, phase: 'admit', scratch: path.join(folder, 'scratch'),
    });
    if (!prepared.ok) return prepared;
    const { ports, settings } = prepared.value;
    const ticket = await ports.tracker.fetch(at.ticket);
    if (!ticket.ok) return err(faultProblem(ticket.error));
    const request = requestFor(ticket.value, settings.config.trigger.label, settings.localUser);
    const trail = newTrail({ run, store: FORGETFUL, clock: systemClock, onEvent: () => undefined, redact: (text) => text });
    await trail.append({ type: 'requested', request });
    if (trail.state.kind !== 'requested') throw new Error('a question did not begin');
    const judged = await judgeNow({ ports, settings, trail, early: new EarlyFolders(ports.workspace), signal: new AbortController().signal }, trail.state);
    if (!judged.ok) return err(faultProblem(judged.error));
    const { words, verdict } = judged.value;
    return ok(verdict === undefined ? undefined : { words: `${asked(request)} ${words}`, decision: verdict.tree });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Whoever put the approving label on it last; without it, as if its author asked for it. */
function requestFor(ticket: Ticket, label: string, localUser: boolean): RunRequest {
  const at = systemClock.now();
  const labelled = ticket.labels.includes(label) ? ticket.events.findLast((event) => event.kind === 'labeled' && event.label === label) : undefined;
  if (labelled?.kind === 'labeled') return { trigger: { kind: 'labeled', label }, ticket: ticket.ref, actor: labelled.actor, fromFork: false, at };
  return { trigger: { kind: localUser && ticket.ref.tracker === 'file' ? 'cli' : 'dispatch' }, ticket: ticket.ref, actor: ticket.author, fromFork: false, at };
}

function asked({ trigger, actor }: RunRequest): string {
  return trigger.kind === 'labeled' ? `By the label ${trigger.label} that ${actor.login} put on it:` : `As if ${actor.login} asked for it:`;
}
