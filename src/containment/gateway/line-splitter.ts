/** A line passed the cap; what stood before it was given out. */
export class LineTooLongError extends Error {}

/**
 * Cuts a byte stream into whole lines, each with its line feed, in linear time: bytes of an unfinished line are kept as
 * they came and joined once. Working on bytes makes half characters and `\r\n` split between chunks harmless. Only line
 * feeds end a line; the streams of all three APIs use them.
 */
export class LineSplitter {
  readonly #lineBytesMax: number;
  #parts: Buffer[] = [];
  #size = 0;

  constructor(lineBytesMax: number) {
    this.#lineBytesMax = lineBytesMax;
  }

  /** @throws LineTooLongError when the unfinished line is longer than the cap. */
  *push(chunk: Buffer): Generator<Buffer, void, undefined> {
    let from = 0;
    for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, from)) {
      const end = chunk.subarray(from, at + 1);
      from = at + 1;
      if (this.#parts.length === 0) {
        yield end;
      } else {
        this.#parts.push(end);
        yield this.rest();
      }
    }
    if (from === chunk.length) return;
    this.#parts.push(chunk.subarray(from));
    this.#size += chunk.length - from;
    if (this.#size > this.#lineBytesMax) throw new LineTooLongError(`a line is longer than ${this.#lineBytesMax} bytes`);
  }

  /** The unfinished last line, which a stream that was cut leaves behind. */
  rest(): Buffer {
    const line = Buffer.concat(this.#parts);
    this.#parts = [];
    this.#size = 0;
    return line;
  }
}
