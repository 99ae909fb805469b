import type { ServerResponse } from 'node:http';
import type { ModelApi } from '../../ports/model-gateway.js';
import { errorBody, refusalHeaders } from './refusal.js';
import type { Refusal } from './refusal.js';

/** Answers a request that is not passed on. The rest of its body is thrown away, and the connection with it. */
export function answerRefusal(response: ServerResponse, api: ModelApi, refused: Refusal): void {
  if (response.destroyed || response.headersSent) return;
  const body = errorBody(api, refused);
  response.writeHead(refused.status, refusalHeaders(body));
  response.end(body);
  response.req.resume();
}

export type WriteResult = 'written' | 'gone' | 'not-reading';

/** Writes and waits until the client took it, so that a client that never reads costs one buffer and some time, no more. */
export async function writeAndWait(response: ServerResponse, bytes: Uint8Array, idleMsMax: number): Promise<WriteResult> {
  if (response.destroyed) return 'gone';
  if (response.write(bytes)) return 'written';
  return new Promise((resolve) => {
    const done = (result: WriteResult): void => {
      clearTimeout(timer);
      response.off('drain', drained);
      response.off('close', closed);
      resolve(result);
    };
    const drained = (): void => done('written');
    const closed = (): void => done('gone');
    const timer = setTimeout(() => done('not-reading'), idleMsMax);
    timer.unref();
    response.once('drain', drained);
    response.once('close', closed);
  });
}
