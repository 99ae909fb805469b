import { digestOf } from '../../domain/digest.js';
import type { Fault } from '../../domain/fault.js';
import { untrusted } from '../../domain/text.js';
import { ModelUsage, NO_USAGE } from '../../domain/usage.js';
import { ok, type Result } from '../../kit/result.js';
import type { Context } from '../context.js';
import type { RunState } from '../state.js';
import { placesIn } from '../places.js';
import { prepareAgentFolder } from '../prepare-agent-folder.js';

/**
 * The process that ran this attempt is gone. What the agent left in its folder is paid work: the session is closed as
 * cancelled, with the usage the gateway had counted last, and the folder is taken as it is.
 */
export async function recover(context: Context, state: Extract<RunState, { kind: 'attempting' }>): Promise<Result<void, Fault>> {
  const { ports, trail } = context;
  // On another machine the folder is gone; a fresh one then yields an empty candidate, and the loop goes on.
  const folder = await prepareAgentFolder(context, state);
  if (!folder.ok) return folder;
  await ports.agent.tidy?.(placesIn(context.settings.scratch).agentFolder);
  const usage = await lastUsage(context, state.attempt);
  const transcript = (await ports.evidence.readText(`agent/${state.attempt}/events.jsonl`)) ?? '';
  await trail.append({
    type: 'agent-reported', attempt: state.attempt, ending: { kind: 'stopped', reason: 'cancelled' }, usage,
    summary: untrusted(''), toolCalls: 0, outputBytes: 0, durationMs: 0, transcriptDigest: digestOf(transcript),
  });
  return ok(undefined);
}

async function lastUsage(context: Context, attempt: number): Promise<ModelUsage> {
  const text = await context.ports.evidence.readText(`agent/${attempt}/usage.json`);
  if (text === undefined) return NO_USAGE;
  try {
    // Our own file, but the process died: half a document is possible and counts as unknown cost.
    const parsed = ModelUsage.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : { ...NO_USAGE, costKnown: false };
  } catch {
    return { ...NO_USAGE, costKnown: false };
  }
}
