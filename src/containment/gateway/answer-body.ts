import { FaultError } from './model-source.js';
import { gatewayFault } from './upstream-fault.js';

export interface ReadSome {
  readonly bytesMax: number;
  /** Take what fits and leave the rest; otherwise a longer body is a fault. */
  readonly cutQuietly: boolean;
  received(chunk: Uint8Array): void;
}

/** @throws FaultError when the provider breaks off or sends more than allowed. */
export async function readSome(body: AsyncIterable<Buffer>, { bytesMax, cutQuietly, received }: ReadSome): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    received(chunk);
    size += chunk.length;
    chunks.push(chunk);
    if (size <= bytesMax) continue;
    if (cutQuietly) break;
    throw new FaultError(gatewayFault('invalid-answer', 'theirs', `The model provider sent more than ${bytesMax} bytes.`));
  }
  return Buffer.concat(chunks).subarray(0, bytesMax);
}
