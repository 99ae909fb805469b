import { createHash } from 'node:crypto';
import { inflateSync } from 'node:zlib';
import type { BundleRefusal } from '../../domain/bundle-refusal.js';
import { ok, type Result } from '../../kit/result.js';
import { refused } from './refused.js';

export interface PackLimits {
  /** Bytes of an object name: 20 or 32. */
  readonly nameBytes: number;
  /** The largest file that the order allows. */
  readonly objectBytesMax: number;
}

export interface ScannedPack {
  readonly objects: number;
  /** Names that deltas build on, as hexadecimal digits. */
  readonly borrowed: readonly string[];
}

const OBJECTS_MAX = 20_000;
const INFLATED_BYTES_MAX = 256 * 1024 * 1024;
/** Trees of very large folders may be larger than an order's smallest limit for files. */
const OBJECT_BYTES_MIN = 4 * 1024 * 1024;
/** git's own writer never goes deeper. */
const DELTA_DEPTH_MAX = 50;

const COMMIT = 1;
const TAG = 4;
const OFFSET_DELTA = 6;
const NAME_DELTA = 7;

interface Entry { readonly commit: boolean; readonly depth: number }
interface Walk { readonly pack: Buffer; readonly end: number; readonly limits: PackLimits; readonly seen: Map<number, Entry>; readonly borrowed: Set<string>; inflated: number; commits: number }

/**
 * Walks a pack entry by entry (gitformat-pack) before git is given it: how many objects, how large unpacked, how deep the deltas,
 * and that there is one commit and no tag. Every byte is looked at once; nothing is kept but sizes and names. What git alone
 * can tell (names, links between objects) comes after, in a quarantine.
 */
export function scanPack(pack: Buffer, limits: PackLimits): Result<ScannedPack, BundleRefusal> {
  const end = pack.length - limits.nameBytes;
  if (end < 12 || pack.toString('latin1', 0, 4) !== 'PACK' || pack.readUInt32BE(4) !== 2) return malformed('has no head of version 2');
  const objects = pack.readUInt32BE(8);
  if (objects === 0) return malformed('is empty');
  if (objects > OBJECTS_MAX) return refused('pack-too-large', `the pack holds more than ${OBJECTS_MAX} objects`);
  const hash = createHash(limits.nameBytes === 32 ? 'sha256' : 'sha1').update(pack.subarray(0, end)).digest();
  if (!hash.equals(pack.subarray(end))) return malformed('does not have the hash it ends with');
  const walk: Walk = { pack, end, limits, seen: new Map(), borrowed: new Set(), inflated: 0, commits: 0 };
  let at = 12;
  for (let count = 0; count < objects; count += 1) {
    const next = readEntry(walk, at);
    if (!next.ok) return next;
    at = next.value;
  }
  if (at !== end) return malformed('has bytes after its last object');
  if (walk.commits !== 1) return refused('pack-objects', 'the pack does not hold exactly one commit');
  return ok({ objects, borrowed: [...walk.borrowed] });
}

function malformed(what: string): ReturnType<typeof refused> {
  return refused('pack-malformed', `the pack ${what}`);
}

/** Answers where the next entry begins. */
function readEntry(walk: Walk, start: number): Result<number, BundleRefusal> {
  const head = readHead(walk, start);
  if (head === undefined) return malformed('has an entry without a whole head');
  const { type, size } = head;
  if (type === TAG || type === 0 || type === 5) return refused('pack-objects', 'the pack holds something that is no commit, folder or file');
  const base = type === OFFSET_DELTA || type === NAME_DELTA ? readBase(walk, { start, at: head.at, type }) : ok({ at: head.at, entry: { commit: type === COMMIT, depth: 0 } });
  if (!base.ok) return base;
  if (size > objectMax(walk)) return refused('pack-too-large', 'an object of the pack is larger than the order allows');
  const body = inflate(walk, base.value.at, size);
  if (body === undefined) return malformed('has an entry that does not unpack to the size it names');
  const whole = type === OFFSET_DELTA || type === NAME_DELTA ? deltaResultSize(body.bytes) : size;
  if (whole === undefined) return malformed('has a delta without a whole head');
  walk.inflated += size + whole;
  if (whole > objectMax(walk) || walk.inflated > INFLATED_BYTES_MAX) return refused('pack-too-large', 'the pack unpacks to more than the order allows');
  if (type === COMMIT) walk.commits += 1;
  walk.seen.set(start, base.value.entry);
  return ok(body.next);
}

function objectMax({ limits }: Walk): number {
  return Math.max(limits.objectBytesMax, OBJECT_BYTES_MIN);
}

/** Type in three bits, size in four and then seven at a time, the lowest first. */
function readHead({ pack, end }: Walk, start: number): { readonly type: number; readonly size: number; readonly at: number } | undefined {
  let byte = pack[start] ?? 0;
  const type = (byte >> 4) & 7;
  let size = byte & 15;
  let scale = 16;
  let at = start + 1;
  while ((byte & 0x80) !== 0) {
    if (at >= end || scale > 2 ** 46) return undefined;
    byte = pack[at] ?? 0;
    size += (byte & 0x7f) * scale;
    scale *= 128;
    at += 1;
  }
  return at > end ? undefined : { type, size, at };
}

/** What a delta builds on: an earlier entry, or an object that the base has. A delta never makes a commit. */
function readBase(walk: Walk, from: { readonly start: number; readonly at: number; readonly type: number }): Result<{ readonly at: number; readonly entry: Entry }, BundleRefusal> {
  const { pack, end, limits } = walk;
  if (from.type === NAME_DELTA) {
    if (from.at + limits.nameBytes > end) return malformed('has a delta without a base');
    walk.borrowed.add(pack.toString('hex', from.at, from.at + limits.nameBytes));
    return ok({ at: from.at + limits.nameBytes, entry: { commit: false, depth: 1 } });
  }
  let at = from.at;
  let byte = pack[at] ?? 0;
  let back = byte & 0x7f;
  at += 1;
  while ((byte & 0x80) !== 0) {
    if (at >= end || back > 2 ** 40) return malformed('has a delta without a base');
    byte = pack[at] ?? 0;
    back = (back + 1) * 128 + (byte & 0x7f);
    at += 1;
  }
  const base = walk.seen.get(from.start - back);
  if (base === undefined) return refused('pack-delta', 'a delta of the pack builds on no earlier entry');
  if (base.commit) return refused('pack-delta', 'a delta of the pack builds on the commit');
  if (base.depth >= DELTA_DEPTH_MAX) return refused('pack-delta', `deltas of the pack are nested more than ${DELTA_DEPTH_MAX} deep`);
  return ok({ at, entry: { commit: false, depth: base.depth + 1 } });
}

function inflate({ pack, end }: Walk, at: number, size: number): { readonly bytes: Buffer; readonly next: number } | undefined {
  try {
    // The declared size bounds the work: one byte more ends it.
    const { buffer, engine } = inflateSync(pack.subarray(at, end), { info: true, maxOutputLength: Math.max(1, size) }) as unknown as { readonly buffer: Buffer; readonly engine: { readonly bytesWritten: number } };
    return buffer.length === size ? { bytes: buffer, next: at + engine.bytesWritten } : undefined;
  } catch {
    return undefined;
  }
}

/** A delta begins with two sizes: of what it builds on and of what it makes. */
function deltaResultSize(delta: Buffer): number | undefined {
  let at = 0;
  let size = 0;
  for (let which = 0; which < 2; which += 1) {
    size = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = delta[at];
      if (byte === undefined || scale > 2 ** 46) return undefined;
      at += 1;
      size += (byte & 0x7f) * scale;
      if ((byte & 0x80) === 0) break;
    }
  }
  return size;
}
