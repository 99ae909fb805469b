import type { CaptureRefusal } from '../../domain/candidate.js';
import type { Fault } from '../../domain/fault.js';
import { err, ok, type Result } from '../../kit/result.js';
import type { Context } from '../context.js';
import type { RunFactOf } from '../event.js';
import { bundleCandidate } from '../keep-candidate.js';
import { secretIn } from '../find-secret.js';
import { placesIn } from '../places.js';
import type { RunState } from '../state.js';

/**
 * Takes the agent's folder as data. The agent is dead: the sandbox settles an ending only when its whole process tree is
 * gone. A patch that holds a known secret is refused like any other hostile folder, and is not written anywhere.
 */
export async function capture(context: Context, state: Extract<RunState, { kind: 'reported' }>): Promise<Result<void, Fault>> {
  const outcome = await take(context, state);
  if (!outcome.ok) return outcome;
  await context.trail.append({ type: 'candidate-captured', attempt: state.attempt, outcome: outcome.value });
  return ok(undefined);
}

type Outcome = RunFactOf<'candidate-captured'>['outcome'];

async function take(context: Context, state: Extract<RunState, { kind: 'reported' }>): Promise<Result<Outcome, Fault>> {
  const { ports, settings } = context;
  const { limits, base } = state.order;
  const captured = await ports.workspace.capture(placesIn(settings.scratch).agentFolder, base.commit, state.attempt, {
    filesMax: limits.diffFilesMax, diffBytesMax: limits.diffBytesMax, fileBytesMax: limits.fileBytesMax,
  });
  if (!captured.ok) return 'fault' in captured.error ? err(captured.error.fault) : ok({ kind: 'refused', refusals: [...captured.error.refusals].slice(0, 50) });
  if (captured.value.kind === 'empty') return ok({ kind: 'empty' });
  const { candidate } = captured.value;
  const patch = await ports.workspace.patch(base.commit, candidate.tree);
  const secret = await secretIn(candidate, patch, ports);
  if (secret !== undefined) return ok({ kind: 'refused', refusals: [secretRefusal(secret)] });
  await ports.evidence.writeBytes(`attempts/${state.attempt}.patch`, patch);
  const bundled = await bundleCandidate(context, state, candidate);
  if (!bundled.ok) return bundled;
  return ok({ kind: 'captured', candidate });
}

function secretRefusal(name: string): CaptureRefusal {
  return { code: 'known-secret', path: '(change)', message: `The change holds the value of ${name} in some encoding. Nothing of it was kept.` };
}
