import { readFile } from 'node:fs/promises';
import type { Candidate } from '../domain/candidate.js';
import { digestOf } from '../domain/digest.js';
import type { Fault } from '../domain/fault.js';
import { ok, type Result } from '../kit/result.js';
import type { Context } from './context.js';
import { ManifestDocument } from './documents.js';
import type { Admitted } from './state.js';

/**
 * Keeps a candidate as files that outlive the runner: `change.patch` for people, `bundle/change.bundle` with its manifest for
 * machines. Repeating it writes the same bytes: the commit in the bundle has a fixed author and the order's date.
 */
export async function keepCandidate(context: Context, work: Admitted, candidate: Candidate, proven: boolean): Promise<Result<ManifestDocument, Fault>> {
  const { ports, trail } = context;
  const patch = await ports.workspace.patch(candidate.base, candidate.tree);
  await ports.evidence.writeBytes('change.patch', patch);
  const file = await ports.evidence.pathFor('bundle/change.bundle');
  const bundled = await ports.workspace.bundle(candidate.base, candidate.tree, file, new Date(work.order.admittedAt));
  if (!bundled.ok) return bundled;
  const manifest = ManifestDocument.parse({
    version: 1, run: trail.run, order: work.orderDigest, attempt: candidate.attempt, base: candidate.base, tree: candidate.tree,
    commit: bundled.value.commit, ref: 'refs/heddle/candidate', bundle: digestOf(await readFile(file)), patch: digestOf(patch),
    stats: candidate.stats, proven,
  });
  await ports.evidence.writeJson('bundle/manifest.json', manifest);
  return ok(manifest);
}
