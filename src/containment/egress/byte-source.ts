import type { Duplex } from 'node:stream';

/** The bytes of a stream, one chunk at a time, at the reader's pace. Never rejects: a broken stream has ended. */
export interface ByteSource { next(): Promise<Buffer | undefined> }

export function byteSource(stream: Duplex): ByteSource {
  const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer, undefined>;
  return {
    async next() {
      try {
        const chunk = await chunks.next();
        return chunk.done === true ? undefined : chunk.value;
      } catch {
        return undefined;
      }
    },
  };
}

/** Writes, and waits while the other side is slow. False when the other side is gone. */
export function written(stream: Duplex, bytes: Buffer | string): Promise<boolean> {
  if (!stream.writable) return Promise.resolve(false);
  if (stream.write(bytes)) return Promise.resolve(true);
  return new Promise((resolve) => {
    const end = (answer: boolean) => () => {
      stream.off('drain', drained).off('close', closed).off('error', closed);
      resolve(answer);
    };
    const drained = end(true);
    const closed = end(false);
    stream.once('drain', drained).once('close', closed).once('error', closed);
  });
}
