import type { SandboxArch } from '../system-calls.js';
import { ROW } from './table.js';

/**
 * The whole program of the launcher: walk the table. It is the same for every launcher of an architecture but for the
 * address of the first row; what a launcher does is in its rows.
 *
 *     row = first
 *     walk:   result = call(row.number, row.arguments)
 *             *row.out = low word of result
 *             if result < 0: goto failed
 *             row = result == 0 ? row.zero : row.then; goto walk
 *     failed: if row.failed != 0: row = row.failed; goto walk
 *             write(3, row.name); exit_group(-result)
 */
export function machineCode(arch: SandboxArch, firstRow: number): Uint8Array {
  return arch === 'x64' ? x64Code(firstRow) : arm64Code(firstRow);
}

/** Where a launcher reports the row that failed. */
export const STATUS_FILE = 3;

/** Encodings from the Intel 64 manual, volume 2. rbx holds the row; rcx and r11 are lost in a system call. */
function x64Code(firstRow: number): Uint8Array {
  const word = (value: number): readonly number[] => [value & 0xff, (value >>> 8) & 0xff, (value >>> 16) & 0xff, (value >>> 24) & 0xff];
  const walk = [
    0x8b, 0x03, // mov eax, [rbx]: the number alone, its upper half is the architecture
    0x48, 0x8b, 0x7b, ROW.argument, // mov rdi, [rbx+16]
    0x48, 0x8b, 0x73, ROW.argument + 8, // mov rsi, …
    0x48, 0x8b, 0x53, ROW.argument + 16, // mov rdx, …
    0x4c, 0x8b, 0x53, ROW.argument + 24, // mov r10, …
    0x4c, 0x8b, 0x43, ROW.argument + 32, // mov r8, …
    0x4c, 0x8b, 0x4b, ROW.argument + 40, // mov r9, …
    0x0f, 0x05, // syscall
    0x48, 0x8b, 0x4b, ROW.out, // mov rcx, [rbx+64]
    0x89, 0x01, // mov [rcx], eax
    0x48, 0x85, 0xc0, // test rax, rax
    0x78, 14, // js failed
    0x48, 0x8b, 0x4b, ROW.then, // mov rcx, [rbx+72]
    0x48, 0x0f, 0x44, 0x4b, ROW.zero, // cmovz rcx, [rbx+80]
    0x48, 0x89, 0xcb, // mov rbx, rcx
  ];
  const failed = [
    0x48, 0x8b, 0x4b, ROW.failed, // mov rcx, [rbx+88]
    0x48, 0x85, 0xc9, // test rcx, rcx
    0x74, 5, // jz report
    0x48, 0x89, 0xcb, // mov rbx, rcx
  ];
  const back = (length: number): readonly number[] => [0xeb, (-length - 2) & 0xff]; // jmp walk
  const report = [
    0x49, 0x89, 0xc4, // mov r12, rax
    0x49, 0xf7, 0xdc, // neg r12
    0xb8, ...word(1), // mov eax, write
    0xbf, ...word(STATUS_FILE), // mov edi, 3
    0x48, 0x8b, 0x73, ROW.name, // mov rsi, [rbx+96]
    0x48, 0x8b, 0x53, ROW.nameLength, // mov rdx, [rbx+104]
    0x0f, 0x05, // syscall
    0xb8, ...word(231), // mov eax, exit_group
    0x4c, 0x89, 0xe7, // mov rdi, r12
    0x0f, 0x05, // syscall
    0x0f, 0x0b, // ud2: never reached
  ];
  const upTo = [...walk, ...back(walk.length)];
  const beyond = [...upTo, ...failed];
  return Uint8Array.from([0xbb, ...word(firstRow), ...beyond, ...back(beyond.length), ...report]); // mov ebx, first row
}

/** Encodings from the Arm A64 manual (DDI 0602). x19 holds the row; a system call keeps all but x0. */
function arm64Code(firstRow: number): Uint8Array {
  const load = (to: number, offset: number): number => 0xf9400000 | ((offset / 8) << 10) | (ROW_REGISTER << 5) | to; // ldr Xt, [x19, #offset]
  const pair = (first: number, offset: number): number => 0xa9400000 | ((offset / 8) << 15) | ((first + 1) << 10) | (ROW_REGISTER << 5) | first; // ldp
  const move = (to: number, from: number): number => 0xaa0003e0 | (from << 16) | to; // mov Xd, Xm
  const constant = (to: number, value: number): number => 0xd2800000 | (value << 5) | to; // movz Xd, #value
  const call = 0xd4000001; // svc #0
  const words = [
    constant(ROW_REGISTER, firstRow & 0xffff),
    0xf2a00000 | ((firstRow >>> 16) << 5) | ROW_REGISTER, // movk x19, #high, lsl #16
    // walk:
    0xb9400000 | (ROW_REGISTER << 5) | 8, // ldr w8, [x19]
    pair(0, ROW.argument), pair(2, ROW.argument + 16), pair(4, ROW.argument + 32),
    call,
    load(9, ROW.out),
    0xb9000120, // str w0, [x9]
    0xb7f80000 | (6 << 5), // tbnz x0, #63, failed
    load(9, ROW.then), load(10, ROW.zero),
    0xf100001f, // cmp x0, #0
    0x9a890153, // csel x19, x10, x9, eq
    0x14000000 | (-12 & 0x3ffffff), // b walk
    // failed:
    load(9, ROW.failed),
    0xb4000009 | (3 << 5), // cbz x9, report
    move(ROW_REGISTER, 9),
    0x14000000 | (-16 & 0x3ffffff), // b walk
    // report:
    0xcb0003f4, // neg x20, x0
    constant(8, 64), constant(0, STATUS_FILE), load(1, ROW.name), load(2, ROW.nameLength), call,
    constant(8, 94), move(0, 20), call,
    0xd4200000, // brk: never reached
  ];
  const bytes = new Uint8Array(words.length * 4);
  const view = new DataView(bytes.buffer);
  words.forEach((value, index) => { view.setUint32(index * 4, value >>> 0, true); });
  return bytes;
}

const ROW_REGISTER = 19;
