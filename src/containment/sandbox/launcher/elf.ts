import type { SandboxArch } from '../system-calls.js';
import { machineCode } from './machine-code.js';
import { layOut } from './table.js';
import type { Table } from './table.js';

/**
 * A table as a program that the kernel starts by itself: a static 64-bit ELF file (System V ABI, `elf(5)`) of two
 * segments, code that is read and run and never written, data that is read and written and never run. Nothing of it is
 * compiled; the same table gives the same bytes.
 *
 * @throws RangeError for a table that does not fit together (see `layOut`).
 */
export function encodeLauncher(arch: SandboxArch, table: Table): Uint8Array {
  const codeAt = HEADER_BYTES + SEGMENTS * SEGMENT_BYTES;
  const codeLength = machineCode(arch, 0).length;
  const dataAt = Math.ceil((codeAt + codeLength) / 16) * 16;
  const image = layOut(table, DATA_BASE + dataAt, dataAt);
  const code = machineCode(arch, image.firstRow);
  const bytes = new Uint8Array(dataAt + image.bytes.length);
  const view = new DataView(bytes.buffer);
  header(view, arch, CODE_BASE + codeAt);
  segment(view, 0, { type: LOAD, flags: READ | EXECUTE, offset: 0, address: CODE_BASE, length: codeAt + code.length });
  segment(view, 1, { type: LOAD, flags: READ | WRITE, offset: dataAt, address: DATA_BASE + dataAt, length: image.bytes.length });
  segment(view, 2, { type: STACK, flags: READ | WRITE, offset: 0, address: 0, length: 0 });
  bytes.set(code, codeAt);
  bytes.set(image.bytes, dataAt);
  return bytes;
}

const HEADER_BYTES = 64;
const SEGMENT_BYTES = 56;
const SEGMENTS = 3;
/** Far apart, so that pages of up to 64 kB (arm64) never hold both; the offsets in the file are the same modulo the page. */
const CODE_BASE = 0x400000;
const DATA_BASE = 0x800000;
const ALIGNMENT = 0x10000;

const LOAD = 1;
const STACK = 0x6474e551;
const EXECUTE = 1;
const WRITE = 2;
const READ = 4;
const MACHINE = { x64: 62, arm64: 183 } as const;

function header(view: DataView, arch: SandboxArch, entry: number): void {
  [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1].forEach((byte, at) => { view.setUint8(at, byte); });
  view.setUint16(16, 2, true); // ET_EXEC
  view.setUint16(18, MACHINE[arch], true);
  view.setUint32(20, 1, true);
  view.setBigUint64(24, BigInt(entry), true);
  view.setBigUint64(32, BigInt(HEADER_BYTES), true);
  view.setUint16(52, HEADER_BYTES, true);
  view.setUint16(54, SEGMENT_BYTES, true);
  view.setUint16(56, SEGMENTS, true);
}

function segment(view: DataView, index: number, facts: { readonly type: number; readonly flags: number; readonly offset: number; readonly address: number; readonly length: number }): void {
  const at = HEADER_BYTES + index * SEGMENT_BYTES;
  view.setUint32(at, facts.type, true);
  view.setUint32(at + 4, facts.flags, true);
  for (const [offset, value] of [[8, facts.offset], [16, facts.address], [24, facts.address], [32, facts.length], [40, facts.length], [48, facts.type === LOAD ? ALIGNMENT : 16]] as const) {
    view.setBigUint64(at + offset, BigInt(value), true);
  }
}
