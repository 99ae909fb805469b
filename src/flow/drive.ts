import { assertNever } from '../kit/assert-never.js';
import { err, type Result } from '../kit/result.js';
import type { Fault } from '../domain/fault.js';
import { admit } from './commands/admit.js';
import { ask } from './commands/ask.js';
import { baseline } from './commands/baseline.js';
import { brief } from './commands/brief.js';
import { capture } from './commands/capture.js';
import { conclude } from './commands/conclude.js';
import { confirm } from './commands/confirm.js';
import { deliverChange } from './commands/deliver-change.js';
import { judge } from './commands/judge.js';
import { lookAround } from './commands/look-around.js';
import { receive } from './commands/receive.js';
import { renewEvidence } from './commands/renew-evidence.js';
import { recover } from './commands/recover.js';
import { seal } from './commands/seal.js';
import { startAttempt } from './commands/start-attempt.js';
import { validate } from './commands/validate.js';
import { bestOf } from './best-of.js';
import type { Command, Handed } from './command.js';
import { forgetWaiting } from './waiting/forget-waiting.js';
import { keepWaiting } from './waiting/keep-waiting.js';
import { warn } from './warn.js';
import { decide } from './decide.js';
import { assignedContext } from './assigned.js';
import type { Context } from './context.js';
import { EarlyFolders } from './early-folders.js';
import type { RunFact } from './event.js';
import { rebook } from './ledger/rebook.js';
import { settle } from './ledger/settle.js';
import { isTerminal, type RunState } from './state.js';

/** How `drive` came to rest. `interrupted` has recorded nothing: the same trail goes on where it stood. */
export type Rest =
  | { readonly kind: 'ended'; readonly state: RunState }
  | { readonly kind: 'waiting'; readonly state: RunState }
  | { readonly kind: 'planned'; readonly state: RunState }
  /** A phase of the split did its part. */
  | { readonly kind: Handed; readonly state: RunState }
  | { readonly kind: 'interrupted'; readonly fault: Fault; readonly state: RunState };

const TRIES_MAX = 3;
const PAUSE_MS = 2_000;
const PAUSE_MS_MAX = 60_000;

/**
 * The only loop of the product: look at the state, do ONE command through the ports, append what happened, look again.
 * A passing fault of an outside service is waited out; one that stays leaves the trail open for `resume`; any other fault
 * ends the run as faulted, with the best candidate kept.
 */
export async function drive(given: Omit<Context, 'early'>): Promise<Rest> {
  const early = new EarlyFolders(given.ports.workspace);
  try {
    const context = { ...given, early };
    const stopped = await rebook(context);
    const rest: Rest = stopped === undefined ? await untilRest(context) : { kind: 'interrupted', fault: stopped, state: given.trail.state };
    await settle(context, rest);
    return rest;
  } finally {
    await early.settled();
  }
}

async function untilRest(context: Context): Promise<Rest> {
  const { trail } = context;
  for (;;) {
    if (context.signal.aborted && !isTerminal(trail.state)) {
      await conclude(context, { type: 'cancelled', by: String(context.signal.reason ?? 'signal'), ...bestOf(trail.state) });
    }
    const command = decide(trail.state, { now: context.ports.clock.now(), dryRun: context.settings.dryRun, phase: context.settings.phase, propose: context.settings.config.delivery.on_hold === 'propose' });
    if (command.kind === 'rest' && command.why !== 'waiting') return rested(context, command.why);
    const done = await performPatiently(context, command.kind === 'rest' ? { kind: 'keep-waiting' } : command);
    if (done.ok && command.kind === 'rest' && !isTerminal(trail.state)) return { kind: 'waiting', state: trail.state };
    if (done.ok || (context.signal.aborted && !isTerminal(trail.state))) continue;
    if (done.error.retryable && done.error.side === 'theirs') return { kind: 'interrupted', fault: done.error, state: trail.state };
    if (!isTerminal(trail.state)) {
      await conclude(context, { type: 'faulted', fault: done.error, during: command.kind, ...bestOf(trail.state) });
    }
  }
}

/** Nobody can go on with a run that has ended: what is kept of it while it waited goes. */
async function rested(context: Context, why: Exclude<Rest['kind'], 'interrupted'>): Promise<Rest> {
  const left = why === 'ended' ? await forgetWaiting(context) : undefined;
  if (left !== undefined) await warn(context, left);
  return { kind: why, state: context.trail.state };
}

type Work = Exclude<Command, { kind: 'rest' }>;

async function performPatiently(context: Context, command: Work): Promise<Result<void, Fault>> {
  for (let round = 1; ; round += 1) {
    const done = await perform(context, command);
    if (done.ok || !done.error.retryable || round === TRIES_MAX || context.signal.aborted) return done;
    // A command that has recorded something is decided anew: its state has moved.
    const next = decide(context.trail.state, { now: context.ports.clock.now(), dryRun: context.settings.dryRun, phase: context.settings.phase, propose: context.settings.config.delivery.on_hold === 'propose' });
    if (next.kind !== (command.kind === 'keep-waiting' ? 'rest' : command.kind)) return { ok: true, value: undefined };
    await context.ports.pause(Math.min(done.error.retryAfterMs ?? PAUSE_MS * 2 ** round, PAUSE_MS_MAX), context.signal);
  }
}

async function perform(context: Context, command: Work): Promise<Result<void, Fault>> {
  try {
    const assigned = await assignedContext(context);
    return assigned.ok ? await dispatch(assigned.value, command) : assigned;
  } catch (cause) {
    // Ports answer with values; a throw is a bug of ours. It ends the run honestly instead of losing it.
    const message = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
    const stack = cause instanceof Error ? cause.stack : undefined;
    await context.ports.evidence.writeText('bug.txt', `${stack ?? message}\n`).catch(() => undefined);
    return err({ code: 'bug', side: 'ours', retryable: false, source: `flow/${command.kind}`, message: `${message}. The stack is in bug.txt in the run folder; please report it.`.slice(0, 4000) });
  }
}

async function dispatch(context: Context, command: Work): Promise<Result<void, Fault>> {
  switch (command.kind) {
    case 'admit': return admit(context, command.state);
    case 'brief': return brief(context, command.state);
    case 'baseline': return baseline(context, command.state);
    case 'start-attempt': return startAttempt(context, command.state);
    case 'recover': return recover(context, command.state);
    case 'capture': return capture(context, command.state);
    case 'receive': return receive(context, command.state);
    case 'confirm': return confirm(context, command.state);
    case 'validate': return validate(context, command.state);
    case 'judge': return judge(context, command.state);
    case 'look-around': return lookAround(context, command.state);
    case 'renew': return renewEvidence(context, command.state);
    case 'ask': return ask(context, command.state);
    case 'seal': return seal(context, command.state);
    case 'deliver': return deliverChange(context, command.state);
    case 'keep-waiting': return keepWaiting(context);
    case 'conclude': return conclude(context, command.fact);
    case 'record': return record(context, command.fact);
    default: return assertNever(command);
  }
}

async function record(context: Context, fact: RunFact): Promise<Result<void, Fault>> {
  await context.trail.append(fact);
  return { ok: true, value: undefined };
}
