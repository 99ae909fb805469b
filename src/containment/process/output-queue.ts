export interface OutputChunk { readonly stream: 'stdout' | 'stderr'; readonly bytes: Uint8Array }

/** With a reader present, more than this waiting holds the program back. */
const HIGH_BYTES = 1024 * 1024;

/**
 * Chunks in the order they came, for one reader. A slow reader holds the program back; a reader that stops early lets
 * the rest go; before anybody reads, chunks wait up to the caller's own cap on output, so that `ended` may be awaited
 * first without a deadlock.
 */
export class OutputQueue implements AsyncIterable<OutputChunk> {
  readonly #onPressure: (held: boolean) => void;
  #waiting: OutputChunk[] = [];
  #waitingBytes = 0;
  #ended = false;
  #reading = false;
  #dropped = false;
  #held = false;
  #wake: (() => void) | undefined;

  constructor(onPressure: (held: boolean) => void) {
    this.#onPressure = onPressure;
  }

  push(chunk: OutputChunk): void {
    if (this.#dropped) return;
    this.#waiting.push(chunk);
    this.#waitingBytes += chunk.bytes.length;
    this.#wake?.();
    this.#press();
  }

  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  [Symbol.asyncIterator](): AsyncIterator<OutputChunk> {
    if (this.#reading) throw new Error('the output of a program has one reader');
    this.#reading = true;
    this.#press();
    return this.#read();
  }

  async *#read(): AsyncGenerator<OutputChunk> {
    try {
      for (;;) {
        const batch = this.#waiting;
        this.#waiting = [];
        for (const chunk of batch) {
          this.#waitingBytes -= chunk.bytes.length;
          this.#press();
          yield chunk;
        }
        if (this.#waiting.length > 0) continue;
        if (this.#ended) return;
        await new Promise<void>((resolve) => { this.#wake = resolve; });
        this.#wake = undefined;
      }
    } finally {
      this.#dropped = true;
      this.#waiting = [];
      this.#waitingBytes = 0;
      this.#press();
    }
  }

  #press(): void {
    const held = this.#reading && !this.#dropped && this.#waitingBytes > HIGH_BYTES;
    if (held === this.#held) return;
    this.#held = held;
    this.#onPressure(held);
  }
}
