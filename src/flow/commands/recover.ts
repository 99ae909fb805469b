import { digestOf } from '../../domain/digest.js';
import type { Fault } from '../../domain/fault.js';
import { MicroUsd } from '../../domain/money.js';
import { untrusted } from '../../domain/text.js';
import { ModelUsage, NO_USAGE } from '../../domain/usage.js';
import { ok, type Result } from '../../kit/result.js';
import type { Context } from '../context.js';
import type { RunState } from '../state.js';
import { placesIn } from '../places.js';
import { spentBy } from '../spent-by.js';
import { prepareAgentFolder } from '../prepare-agent-folder.js';

/**
 * The process that ran this attempt is gone. What the agent left in its folder is paid work: the session is closed as
 * cancelled, with what its calls may have cost at most, and the folder is taken as it is.
 */
export async function recover(context: Context, state: Extract<RunState, { kind: 'attempting' }>): Promise<Result<void, Fault>> {
  const { ports, trail } = context;
  // On another machine the folder is gone; a fresh one then yields an empty candidate, and the loop goes on.
  const folder = await prepareAgentFolder(context, state);
  if (!folder.ok) return folder;
  await ports.agent.tidy?.(placesIn(context.settings.scratch).agentFolder);
  const usage = await lastUsage(context, state);
  const transcript = (await ports.evidence.readText(`agent/${state.attempt}/events.jsonl`)) ?? '';
  await trail.append({
    type: 'agent-reported', attempt: state.attempt, ending: { kind: 'stopped', reason: 'cancelled' }, usage,
    summary: untrusted(''), toolCalls: 0, outputBytes: 0, durationMs: 0, transcriptDigest: digestOf(transcript),
  });
  return ok(undefined);
}

/**
 * What the attempt has spent at most: noted before each of its calls left, so no file means that none did. A file that
 * cannot be read tells nothing, and then all that was left is taken to be spent: a limit on money is never a guess.
 */
async function lastUsage(context: Context, state: Extract<RunState, { kind: 'attempting' }>): Promise<ModelUsage> {
  const text = await context.ports.evidence.readText(`agent/${state.attempt}/usage.json`);
  if (text === undefined) return NO_USAGE;
  const parsed = ModelUsage.safeParse(json(text));
  if (parsed.success) return parsed.data;
  const left = Math.max(0, state.order.limits.costMicroUsdMax - spentBy(state).cost);
  return { ...NO_USAGE, cost: MicroUsd.parse(left), costKnown: false };
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
