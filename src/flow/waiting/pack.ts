import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { z } from 'zod';
import { digestOf } from '../../domain/digest.js';
import type { Digest } from '../../domain/ids.js';
import { canonicalJson } from '../../kit/canonical-json.js';
import { err, ok, type Result } from '../../kit/result.js';
import type { Evidence } from '../../ports/evidence.js';
import type { PackRefusal } from './pack-refusal.js';

/** Unpacked; what is packed is bounded by the store. A small pack that grows beyond it is an attack, or damage. */
const UNPACKED_BYTES_MAX = 512 * 1024 * 1024;
const FILES_MAX = 2000;

/**
 * What a later job needs to go on, and nothing else: the trail, what it names, and the objects of the candidates. Logs of the
 * agent and of the checks stay with the evidence of the job that made them. The names are all that a pack may hold.
 */
const KEPT = /^(?:(?:events\.jsonl|run\.json|order\.json|configuration\.json|ticket\.json|brief\.json|plan\.json)|attempts\/\d{1,3}\.(?:bundle|json|patch)|checks\/\d{1,3}\/(?:findings|reports)\.json)$/;

const PackDocument = z.strictObject({
  version: z.literal(1),
  files: z.array(z.strictObject({ path: z.string().max(200).regex(KEPT), content: z.base64() })).max(FILES_MAX),
});

/** The files of a run by their path in the run folder. */
export type PackFiles = ReadonlyMap<string, Uint8Array>;

/** The bytes of a pack, and their digest. The same files give the same bytes. */
export async function packFiles(evidence: Evidence): Promise<{ readonly pack: Uint8Array; readonly digest: Digest }> {
  const files: { path: string; content: string }[] = [];
  for (const path of (await evidence.list()).filter((name) => KEPT.test(name))) {
    const bytes = await evidence.readBytes(path);
    if (bytes !== undefined) files.push({ path, content: Buffer.from(bytes).toString('base64') });
  }
  const pack = new Uint8Array(await promisify(gzip)(canonicalJson(PackDocument.parse({ version: 1, files })), { level: 9 }));
  return { pack, digest: digestOf(pack) };
}

/** Reads a pack back: foreign bytes until each of these questions was answered. */
export async function openPack(pack: Uint8Array, digest: Digest): Promise<Result<PackFiles, PackRefusal>> {
  if (digestOf(pack) !== digest) return err({ code: 'pack-changed', words: `the pack has the digest ${digestOf(pack)}, and ${digest} was recorded with it` });
  const text = await promisify(gunzip)(pack, { maxOutputLength: UNPACKED_BYTES_MAX }).catch(() => undefined);
  if (text === undefined) return err({ code: 'pack-unreadable', words: `the pack cannot be unpacked within ${UNPACKED_BYTES_MAX} bytes` });
  const parsed = PackDocument.safeParse(jsonOf(text.toString('utf8')));
  if (!parsed.success) return err({ code: 'pack-unreadable', words: `the pack has not the form of one, at ${parsed.error.issues[0]?.path.join('.') ?? 'the document'}` });
  const files = new Map(parsed.data.files.map(({ path, content }) => [path, new Uint8Array(Buffer.from(content, 'base64'))]));
  if (files.size !== parsed.data.files.length) return err({ code: 'pack-unreadable', words: 'the pack names a file twice' });
  return ok(files);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
