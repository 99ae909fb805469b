import { err, ok, type Result } from '../../kit/result.js';

/** What to do with a value at a path: go into it, take it as one text of bounded size, or pass over it. */
export type Wanted = 'enter' | 'whole' | 'skip';

export interface ElementReader {
  /** Keys from the root down; `*` stands for any member of an array. */
  wanted(path: readonly string[]): Wanted;
  take(path: readonly string[], json: string): void;
  /** The end of a value that was entered. */
  left(path: readonly string[]): void;
}

const KEY_BYTES_MAX = 200;
const QUOTE = 34;
const BACKSLASH = 92;

interface Level { readonly array: boolean; expectKey: boolean; key: string; comma: boolean; members: number }

/**
 * Walks through a JSON text that comes in pieces, in one pass and in bounded memory: only values that are asked for are
 * put together, each alone. Structure outside of them is followed by its brackets, which must fit. What is taken is
 * proper JSON only when `JSON.parse` says so; that is the taker's part.
 */
export class JsonElements {
  private readonly levels: Level[] = [];
  private readonly path: string[] = [];
  /** Set while the inside of a value is passed over or collected. */
  private value: { readonly take: boolean; readonly scalar: boolean; closers: number[]; depth: number; parts: Uint8Array[]; bytes: number } | undefined;
  private inString = false;
  private escaped = false;
  private keyBytes: number[] | undefined;
  private problem: string | undefined;
  private done = false;
  private readonly reader: ElementReader;
  private readonly bytesMax: number;

  constructor(reader: ElementReader, bytesMax: number) {
    this.reader = reader;
    this.bytesMax = bytesMax;
  }

  push(bytes: Uint8Array): void {
    const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    let at = 0;
    while (at < chunk.length && this.problem === undefined) {
      if (this.value !== undefined) at = this.inside(chunk, at);
      else if (this.keyBytes !== undefined) at = this.inKey(chunk, at);
      else at = this.structure(chunk, at);
    }
  }

  end(): Result<void, string> {
    if (this.problem !== undefined) return err(this.problem);
    if (this.levels.length > 0 || this.value !== undefined || this.keyBytes !== undefined) return err('the JSON text ends too early');
    return this.done ? ok(undefined) : err('it holds no JSON value');
  }

  private structure(chunk: Buffer, at: number): number {
    const byte = chunk[at] ?? 0;
    if (byte === 32 || byte === 10 || byte === 13 || byte === 9) return at + 1;
    const level = this.levels.at(-1);
    if (level === undefined) return this.done ? this.fail('there is text after the JSON value') : this.start(chunk, at);
    if (byte === (level.array ? 93 : 125)) {
      if (!level.array && !level.comma && !level.expectKey) return this.fail('a member has no value');
      return this.close(at);
    }
    if (byte === 44) {
      if (!level.comma) return this.fail('a comma stands where none may');
      level.comma = false;
      level.expectKey = !level.array;
      return at + 1;
    }
    if (level.comma) return this.fail('a comma is missing');
    if (level.array) return this.start(chunk, at);
    if (level.expectKey) {
      if (byte !== QUOTE) return this.fail('a key is missing');
      this.keyBytes = [];
      return at + 1;
    }
    if (byte === 58 && level.members === 0) {
      level.members = 1;
      return at + 1;
    }
    return level.members === 1 ? this.start(chunk, at) : this.fail('a colon is missing');
  }

  private inKey(chunk: Buffer, from: number): number {
    const bytes = this.keyBytes ?? [];
    for (let at = from; at < chunk.length; at += 1) {
      const byte = chunk[at] ?? 0;
      if (this.escaped) this.escaped = false;
      else if (byte === BACKSLASH) this.escaped = true;
      else if (byte === QUOTE) {
        const level = this.levels.at(-1);
        if (level !== undefined) {
          level.key = keyOf(bytes);
          level.expectKey = false;
          level.members = 0;
        }
        this.keyBytes = undefined;
        return at + 1;
      }
      if (bytes.length < KEY_BYTES_MAX) bytes.push(byte);
    }
    return chunk.length;
  }

  private start(chunk: Buffer, at: number): number {
    const byte = chunk[at] ?? 0;
    const open = byte === 123 || byte === 91;
    const level = this.levels.at(-1);
    if (level !== undefined) this.path.push(level.array ? '*' : level.key);
    const wanted = this.reader.wanted(this.path);
    if (open && wanted === 'enter') {
      this.levels.push({ array: byte === 91, expectKey: byte === 123, key: '', comma: false, members: 0 });
      return at + 1;
    }
    if (!open && byte !== QUOTE && !/[-0-9tfn]/.test(String.fromCharCode(byte))) return this.fail('a value is missing');
    this.value = { take: wanted === 'whole', scalar: !open && byte !== QUOTE, closers: [], depth: 0, parts: [], bytes: 0 };
    return this.inside(chunk, at);
  }

  /** Follows the inside of a value to its end or to the end of the piece. The loop is the hot one: 50 MB go through it. */
  private inside(chunk: Buffer, from: number): number {
    const { value } = this;
    if (value === undefined) return from;
    let at = from;
    let ended = false;
    while (at < chunk.length && !ended) {
      if (this.inString) {
        at = this.skipString(chunk, at);
        ended = !this.inString && value.depth === 0;
        continue;
      }
      const byte = chunk[at] as number;
      if (byte === QUOTE) this.inString = true;
      else if (byte === 123 || byte === 91) {
        value.closers[value.depth] = byte + 2;
        value.depth += 1;
      } else if (byte === 125 || byte === 93) {
        if (value.scalar && value.depth === 0) break;
        value.depth -= 1;
        if (value.closers[value.depth] !== byte) return this.fail('brackets do not fit');
        ended = value.depth === 0;
      } else if (value.scalar && (byte === 44 || byte <= 32)) break;
      at += 1;
    }
    const complete = ended || at < chunk.length;
    // Most values lie in one piece: they are read where they are.
    if (value.take && complete && value.bytes === 0 && at - from <= this.bytesMax) this.taken(chunk.toString('utf8', from, at));
    else {
      if (value.take) this.keep(value, chunk.subarray(from, at));
      if (complete) this.finish(value);
    }
    return at;
  }

  /** To behind the closing quote, or to the end of the piece. */
  private skipString(chunk: Buffer, from: number): number {
    let at = from;
    if (this.escaped && at < chunk.length) {
      this.escaped = false;
      at += 1;
    }
    for (; at < chunk.length; at += 1) {
      const byte = chunk[at] as number;
      if (byte === QUOTE) {
        this.inString = false;
        return at + 1;
      }
      if (byte === BACKSLASH) at += 1;
    }
    this.escaped = at > chunk.length;
    return chunk.length;
  }

  private taken(json: string): void {
    this.value = undefined;
    this.reader.take(this.path, json);
    this.after();
  }

  private keep(value: NonNullable<JsonElements['value']>, piece: Uint8Array): void {
    value.bytes += piece.length;
    // Pieces belong to the caller, who may use their memory again.
    if (value.bytes <= this.bytesMax) value.parts.push(Uint8Array.prototype.slice.call(piece));
    else value.parts.length = 0;
  }

  private finish(value: NonNullable<JsonElements['value']>): void {
    this.value = undefined;
    if (value.take && value.bytes > this.bytesMax) {
      this.fail(`one value (${this.path.join('.')}) is larger than ${Math.round(this.bytesMax / 1024)} KiB`);
      return;
    }
    if (value.take) this.taken(Buffer.concat(value.parts).toString('utf8'));
    else this.after();
  }

  private close(at: number): number {
    this.levels.pop();
    this.reader.left(this.path);
    this.after();
    return at + 1;
  }

  private after(): void {
    this.path.pop();
    const level = this.levels.at(-1);
    if (level === undefined) this.done = true;
    else {
      level.comma = true;
      level.members = 2;
    }
  }

  private fail(problem: string): number {
    this.problem ??= problem;
    return Number.MAX_SAFE_INTEGER;
  }
}

/** A key with escapes is rare and never one that is asked for, unless somebody hides it: then it must count as itself. */
function keyOf(bytes: readonly number[]): string {
  const raw = Buffer.from(bytes).toString('utf8');
  if (!raw.includes('\\')) return raw;
  try {
    const parsed: unknown = JSON.parse(`"${raw}"`);
    return typeof parsed === 'string' ? parsed : raw;
  } catch {
    return raw;
  }
}
