import { copyFile, readFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { z } from 'zod';
import type { Candidate } from '../domain/candidate.js';
import { digestOf } from '../domain/digest.js';
import { CommitSha, TreeSha } from '../domain/ids.js';
import type { Fault } from '../domain/fault.js';
import { ok, type Result } from '../kit/result.js';
import type { Context } from './context.js';
import { ManifestDocument } from '../domain/manifest.js';
import { reportedWork } from './reported-work.js';
import type { Admitted, Work } from './state.js';

/**
 * Keeps a candidate as files that outlive the runner: `change.patch` for people, `bundle/change.bundle` with its manifest for
 * machines. Repeating it writes the same bytes: the commit in the bundle has a fixed author and the order's date.
 */
export async function keepCandidate(context: Context, work: Work, candidate: Candidate, proven: boolean): Promise<Result<ManifestDocument, Fault>> {
  const { ports, trail } = context;
  const patch = await ports.workspace.patch(candidate.base, candidate.tree);
  await ports.evidence.writeBytes('change.patch', patch);
  const bundled = await bundleCandidate(context, work, candidate);
  if (!bundled.ok) return bundled;
  const file = await ports.evidence.pathFor('bundle/change.bundle');
  await copyFile(bundled.value.file, file);
  const manifest = ManifestDocument.parse({
    version: 1, run: trail.run, order: work.orderDigest, nonce: work.order.nonce, attempt: candidate.attempt, base: candidate.base, tree: candidate.tree,
    commit: bundled.value.commit, ref: 'refs/heddle/candidate', bundle: digestOf(await readFile(file)), patch: digestOf(patch),
    stats: candidate.stats, proven, reported: reportedWork(context, work, candidate.attempt),
  });
  await ports.evidence.writeJson('bundle/manifest.json', manifest);
  return ok(manifest);
}

/** Only written by us, but a run folder may come from elsewhere. */
const BundledCandidate = z.strictObject({ base: CommitSha, tree: TreeSha, commit: CommitSha });

/**
 * The candidate of an attempt as a bundle of its own, written once, right after it was captured: with it another process, also on
 * another machine, can go on where this one stopped.
 */
export async function bundleCandidate(context: Context, work: Admitted, candidate: Candidate): Promise<Result<{ readonly commit: CommitSha; readonly file: string }, Fault>> {
  const { ports } = context;
  const name = `attempts/${candidate.attempt}`;
  const file = await ports.evidence.pathFor(`${name}.bundle`);
  const known = BundledCandidate.safeParse(JSON.parse(await ports.evidence.readText(`${name}.json`) ?? 'null'));
  if (known.success && known.data.tree === candidate.tree && known.data.base === candidate.base && existsSync(file)) return ok({ commit: known.data.commit, file });
  const bundled = await ports.workspace.bundle(candidate.base, candidate.tree, file, new Date(work.order.admittedAt));
  if (!bundled.ok) return bundled;
  await ports.evidence.writeJson(`${name}.json`, { base: candidate.base, tree: candidate.tree, commit: bundled.value.commit });
  return ok({ commit: bundled.value.commit, file });
}
