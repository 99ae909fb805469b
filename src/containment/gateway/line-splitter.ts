/**
 * Cuts a byte stream into blocks of whole lines, in linear time: bytes of an unfinished line are kept as they came and
 * joined once. Working on bytes makes half characters and `\r\n` split between chunks harmless. Only line feeds end a
 * line; the streams of all APIs use them. Blocks and not lines, because a stream has many short events: what can be done
 * to many of them at once costs a fraction.
 */
export class LineSplitter {
  readonly #lineBytesMax: number;
  #parts: Buffer[] = [];
  #size = 0;

  constructor(lineBytesMax: number) {
    this.#lineBytesMax = lineBytesMax;
  }

  /** The lines that are whole now, with their line feeds; undefined when there is none. */
  push(chunk: Buffer): Buffer | undefined {
    const end = chunk.lastIndexOf(10) + 1;
    const block = end === 0 ? undefined : this.#take(chunk.subarray(0, end));
    if (end < chunk.length) {
      this.#parts.push(chunk.subarray(end));
      this.#size += chunk.length - end;
    }
    return block;
  }

  /** True when the unfinished line is longer than the cap: the stream must end. */
  tooLong(): boolean {
    return this.#size > this.#lineBytesMax;
  }

  /** The unfinished last line, which a stream that was cut leaves behind. */
  rest(): Buffer {
    return this.#take(Buffer.alloc(0));
  }

  #take(end: Buffer): Buffer {
    const block = this.#parts.length === 0 ? end : Buffer.concat([...this.#parts, end]);
    this.#parts = [];
    this.#size = 0;
    return block;
  }
}
