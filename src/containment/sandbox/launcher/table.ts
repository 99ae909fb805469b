/** Where something lies in the launcher's data: a block, or an argument (0 to 5) or the number of a row, and bytes beyond. */
export type Place =
  | { readonly block: string; readonly offset?: number }
  | { readonly row: string; readonly argument?: number; readonly offset?: number };

/** A word of 64 bits: a number (negative = two's complement), the address of a place, or its offset in the launcher's file. */
export type Word = number | bigint | Place | { readonly inFile: Place };

/**
 * One system call of the launcher. Its result goes on: at 0 or above to the next row, below 0 (an error number) to a
 * report that names the row, which ends the launcher. A row may name other successors.
 */
export interface Row {
  /** For the report, and for `Place`: unique in a table. */
  readonly name: string;
  readonly call: number;
  readonly args: readonly Word[];
  /** The low 32 bits of the result are stored here as well, whatever it is. */
  readonly out?: Place;
  /** The row after a result above 0. */
  readonly then?: string;
  /** The row after a result of 0; as a rule the same. */
  readonly zero?: string;
  /** The row after an error, instead of the report. */
  readonly failed?: string;
}

/** Bytes that rows point to. `pointers` are put in at their offsets as 64-bit addresses. */
export interface Block {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly pointers?: readonly { readonly at: number; readonly to: Place }[];
}

/** A whole launcher as data: the first row is where it begins. */
export interface Table { readonly rows: readonly Row[]; readonly blocks: readonly Block[] }

/**
 * A row in memory. Its first 64 bytes are laid out like the kernel's `struct seccomp_data` (number, architecture,
 * instruction pointer, six arguments), so that a notified system call can be received into a row and then be that row.
 * Before each row are 16 free bytes, the head of `struct seccomp_notif`.
 */
export const ROW = { size: 128, head: 16, number: 0, argument: 16, out: 64, then: 72, zero: 80, failed: 88, name: 96, nameLength: 104 } as const;

/** The data segment of a table, to be loaded at `base`. */
export interface Image { readonly bytes: Uint8Array; readonly firstRow: number; offsetOf(place: Place): number }

/**
 * Lays a table out at `base` in memory and `fileBase` in its file. Every name is known, every place lies within its block or row, every row has an end: a table that
 * breaks one of these is a bug of the table's author.
 *
 * @throws RangeError that names the row or block.
 */
export function layOut(table: Table, base: number, fileBase: number): Image {
  const rows = new Map<string, number>();
  table.rows.forEach((row, index) => {
    if (rows.has(row.name)) throw new RangeError(`two rows are called ${row.name}`);
    rows.set(row.name, ROW.head + index * ROW.size);
  });
  if (table.rows.length === 0) throw new RangeError('a table has at least one row');
  const texts = new Map<string, number>();
  const blocks = new Map<string, { readonly at: number; readonly length: number }>();
  let end = ROW.head + table.rows.length * ROW.size + SINK_BYTES;
  const sink = end - SINK_BYTES;
  const place = (length: number): number => {
    const at = end;
    end = Math.ceil((end + length) / 8) * 8;
    return at;
  };
  for (const block of table.blocks) {
    if (blocks.has(block.name)) throw new RangeError(`two blocks are called ${block.name}`);
    blocks.set(block.name, { at: place(block.bytes.length), length: block.bytes.length });
  }
  const encoder = new TextEncoder();
  for (const row of table.rows) texts.set(row.name, place(encoder.encode(row.name).length));
  const offsetOf = (to: Place): number => {
    const beyond = to.offset ?? 0;
    const [start, length] = 'block' in to ? blockOf(to.block, blocks) : [rowOf(to.row, rows) + (to.argument === undefined ? 0 : ROW.argument + 8 * to.argument), ROW.size];
    if (beyond < -ROW.head || beyond > length) throw new RangeError(`${JSON.stringify(to)} is outside`);
    return start + beyond;
  };
  const view = new DataView(new ArrayBuffer(end));
  const bytes = new Uint8Array(view.buffer);
  const word = (value: Word): bigint => {
    if (typeof value !== 'object') return BigInt.asUintN(64, BigInt(value));
    return BigInt('inFile' in value ? fileBase + offsetOf(value.inFile) : base + offsetOf(value));
  };
  table.rows.forEach((row, index) => {
    if (row.args.length > 6) throw new RangeError(`${row.name} has more than six arguments`);
    const at = ROW.head + index * ROW.size;
    const set = (offset: number, value: Word): void => { view.setBigUint64(at + offset, word(value), true); };
    const next = table.rows[index + 1]?.name;
    const then = row.then ?? next;
    if (then === undefined) throw new RangeError(`${row.name} is the last row and names no successor`);
    set(ROW.number, row.call);
    row.args.forEach((value, argument) => { set(ROW.argument + 8 * argument, value); });
    set(ROW.out, row.out ?? base + sink);
    set(ROW.then, { row: then });
    set(ROW.zero, { row: row.zero ?? then });
    set(ROW.failed, row.failed === undefined ? 0 : { row: row.failed });
    const name = encoder.encode(row.name);
    bytes.set(name, texts.get(row.name));
    set(ROW.name, base + (texts.get(row.name) ?? 0));
    set(ROW.nameLength, name.length);
  });
  for (const block of table.blocks) {
    const { at } = blocks.get(block.name) ?? { at: 0 };
    bytes.set(block.bytes, at);
    for (const pointer of block.pointers ?? []) {
      if (pointer.at < 0 || pointer.at + 8 > block.bytes.length) throw new RangeError(`a pointer of ${block.name} is outside`);
      view.setBigUint64(at + pointer.at, word(pointer.to), true);
    }
  }
  return { bytes, firstRow: base + ROW.head, offsetOf };
}

/** Results that nobody wants are stored here. */
const SINK_BYTES = 16;

function rowOf(name: string, rows: ReadonlyMap<string, number>): number {
  const at = rows.get(name);
  if (at === undefined) throw new RangeError(`there is no row ${name}`);
  return at;
}

function blockOf(name: string, blocks: ReadonlyMap<string, { readonly at: number; readonly length: number }>): readonly [number, number] {
  const block = blocks.get(name);
  if (block === undefined) throw new RangeError(`there is no block ${name}`);
  return [block.at, block.length];
}
