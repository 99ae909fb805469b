import type { BundleRefusal } from '../../domain/bundle-refusal.js';
import { digestOf } from '../../domain/digest.js';
import type { Digest } from '../../domain/ids.js';
import type { ManifestDocument } from '../../domain/manifest.js';
import type { Order } from '../../domain/order.js';
import { ok, type Result } from '../../kit/result.js';
import { readBundleHeader } from './read-header.js';
import { readBundleFolder } from './read-folder.js';
import { parseManifest } from './read-manifest.js';
import { refused } from './refused.js';
import { scanPack } from './scan-pack.js';

export interface BundleInput {
  readonly folder: string;
  /** From the outputs of the work job: foreign text until it has 64 hexadecimal digits. */
  readonly digest: string;
  readonly order: Order;
  readonly orderDigest: Digest;
}

/** A bundle whose outside is as it must be. Its objects were not looked at: that is the workspace's part, in a quarantine. */
export interface ReadBundle {
  readonly manifest: ManifestDocument;
  readonly manifestDigest: Digest;
  readonly pack: Uint8Array;
  /** Names that deltas of the pack build on and that the pack does not hold: the base commit must have each. */
  readonly borrowed: readonly string[];
}

/**
 * Reads what the work job left, as hostile data: two plain files and nothing else, each within its size, the manifest strict and
 * of this very order, the bundle with one reference on the order's base, the pack walked entry by entry before git sees it.
 * Nothing is executed, unpacked to a disk or believed. The first thing that is wrong gives the code.
 */
export async function readBundle(input: BundleInput): Promise<Result<ReadBundle, BundleRefusal>> {
  if (!/^[0-9a-f]{64}$/.test(input.digest)) return refused('digest-malformed', 'the work job\'s output is not a digest of 64 hexadecimal digits');
  const files = await readBundleFolder(input.folder);
  if (!files.ok) return files;
  const manifestDigest = digestOf(files.value.manifest);
  if (manifestDigest !== `sha256:${input.digest}`) return refused('digest-differs', 'manifest.json is not the one whose digest the work job gave out');
  const manifest = parseManifest(files.value.manifest);
  if (!manifest.ok) return manifest;
  const wrong = againstOrder(manifest.value, input);
  if (wrong !== undefined) return wrong;
  if (digestOf(files.value.bundle) !== manifest.value.bundle) return refused('digest-differs', 'change.bundle is not the one that the manifest names');
  const header = readBundleHeader(files.value.bundle, { base: input.order.base.commit, commit: manifest.value.commit });
  if (!header.ok) return header;
  const scanned = scanPack(header.value.pack, { nameBytes: input.order.base.commit.length / 2, objectBytesMax: input.order.limits.fileBytesMax });
  if (!scanned.ok) return scanned;
  return ok({ manifest: manifest.value, manifestDigest, pack: header.value.pack, borrowed: scanned.value.borrowed });
}

/** The manifest is of this run, this plan and this base. The order's digest covers nonce, expiry, ticket text, policy and limits. */
function againstOrder(manifest: ManifestDocument, { order, orderDigest }: BundleInput): ReturnType<typeof refused> | undefined {
  if (manifest.run !== order.run) return refused('other-run', 'the manifest is of another run');
  if (manifest.order !== orderDigest || manifest.nonce !== order.nonce) return refused('other-plan', 'the manifest is for another order than the admitted one');
  if (manifest.base !== order.base.commit) return refused('other-base', 'the manifest stands on another commit than the order');
  if (manifest.attempt > order.limits.attemptsMax) return refused('manifest-differs', 'the manifest names an attempt that the order does not allow');
  if (!manifest.proven) return refused('not-proven', 'the work job itself says that its checks did not pass');
  return undefined;
}
