import type { BundleRefusal } from '../../domain/bundle-refusal.js';
import type { Candidate } from '../../domain/candidate.js';
import type { Fault } from '../../domain/fault.js';
import type { ManifestDocument } from '../../domain/manifest.js';
import { readBundle } from '../../delivery/read-bundle/read-bundle.js';
import { err, ok, type Result } from '../../kit/result.js';
import type { Context } from '../context.js';
import { secretIn } from '../find-secret.js';
import type { RunState } from '../state.js';
import { conclude } from './conclude.js';

type Waiting = Extract<RunState, { kind: 'briefed' | 'ready' }>;

/**
 * Takes the candidate that the work job left. Whether the verify job ended with success is asked first, since the CI service says
 * it and no file. A bundle that is refused ends the phase: nothing of it is kept.
 */
export async function receive(context: Context, state: Waiting): Promise<Result<void, Fault>> {
  const { settings, trail } = context;
  const { handover } = settings;
  if (handover === undefined) throw new Error('a phase without a hand-over was about to receive a bundle');
  if (settings.phase === 'deliver' && handover.verified !== 'success') {
    return conclude(context, { type: 'exhausted', reason: 'not-verified', words: `The CI service says of the verify job: ${ended(handover.verified)}. Only success is delivered.` });
  }
  const read = await readBundle({ folder: handover.bundle, digest: handover.bundleDigest, order: state.order, orderDigest: state.orderDigest });
  if (!read.ok) return refuse(context, read.error);
  const { manifest, manifestDigest, pack, borrowed } = read.value;
  const { limits } = state.order;
  const received = await context.ports.workspace.receive({
    pack, borrowed, commit: manifest.commit, base: state.order.base.commit, tree: manifest.tree, attempt: manifest.attempt, at: new Date(state.order.admittedAt),
    limits: { filesMax: limits.diffFilesMax, diffBytesMax: limits.diffBytesMax, fileBytesMax: limits.fileBytesMax },
  });
  if (!received.ok) return 'fault' in received.error ? err(received.error.fault) : refuse(context, received.error.refusal);
  const wrong = await wrongClaim(context, manifest, received.value);
  if (wrong !== undefined) return refuse(context, wrong);
  await trail.append({ type: 'bundle-received', attempt: manifest.attempt, candidate: received.value, manifest: manifestDigest, bundle: manifest.bundle, reported: manifest.reported });
  return ok(undefined);
}

/** Nothing is decided by the manifest's own numbers; but a job that says other things than its objects show is not to be believed. */
async function wrongClaim({ ports }: Context, manifest: ManifestDocument, candidate: Candidate): Promise<BundleRefusal | undefined> {
  const { files, additions, deletions, bytes } = candidate.stats;
  const { stats } = manifest;
  if (manifest.patch !== candidate.patchDigest || stats.files !== files || stats.additions !== additions || stats.deletions !== deletions || stats.bytes !== bytes) {
    return { code: 'manifest-differs', message: 'the manifest describes another change than its objects make' };
  }
  const patch = await ports.workspace.patch(candidate.base, candidate.tree);
  const secret = await secretIn(candidate, patch, ports);
  return secret === undefined ? undefined : { code: 'known-secret', message: `the change holds the value of ${secret} in some encoding` };
}

async function refuse(context: Context, refusal: BundleRefusal): Promise<Result<void, Fault>> {
  return conclude(context, { type: 'exhausted', reason: 'bundle-refused', words: `${refusal.code}: ${refusal.message}.`, refusal });
}

/** The result of a job as the service spells it; anything else is not repeated. */
function ended(result: string | undefined): string {
  return result === 'failure' || result === 'cancelled' || result === 'skipped' ? result : 'no result';
}
