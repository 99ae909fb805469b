import type { Fault } from '../../../domain/fault.js';
import { err, ok, type Result } from '../../../kit/result.js';
import { errorCode } from '../error-code.js';
import { gatewayFault } from '../upstream-fault.js';
import type { Wayfinder } from './wayfinder.js';

export interface SmallRequest {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** For messages: `the token service of …`. */
  readonly what: string;
}

/** Asks for a short text. Answers other than 200 are faults; their bodies, which may echo what was sent, are not kept. */
export type SmallClient = (request: SmallRequest) => Promise<Result<string, Fault>>;

const BYTES_MAX = 256 * 1024;
const MS_MAX = 15_000;

/** Redirects are not followed: they would carry a credential to another address. */
export function createSmallClient(ways: Wayfinder): SmallClient {
  return ({ method, url, headers, body, what }) => new Promise((resolve) => {
    const fail = (fault: Fault): void => resolve(err(fault));
    const unreachable = (code: string): Fault => gatewayFault('unreachable', 'theirs', `No answer from ${what} at ${url.host} (${code}). Check the network of this machine.`);
    const way = ways(url);
    const request = way.request({ ...way.options, method, headers: { ...way.options.headers, ...headers, accept: 'application/json', 'accept-encoding': 'identity', 'content-length': String(Buffer.byteLength(body ?? '')) }, signal: AbortSignal.timeout(MS_MAX) }, (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size <= BYTES_MAX) chunks.push(chunk);
        else {
          fail(gatewayFault('invalid-answer', 'theirs', `What ${what} at ${url.host} sent is too long.`));
          response.destroy();
        }
      });
      response.on('error', (error) => fail(unreachable(errorCode(error))));
      response.on('end', () => {
        const status = response.statusCode ?? 0;
        if (status === 200) resolve(ok(Buffer.concat(chunks).toString('utf8')));
        else if (status >= 500 || status === 429) fail(gatewayFault('service-error', 'theirs', `The request to ${what} at ${url.host} failed with status ${status}. Run again later.`));
        else fail(gatewayFault('unauthorized', 'setup', `The request to ${what} at ${url.host} was refused with status ${status}. Check the credentials, the role and its trust.`));
      });
    });
    request.on('error', (error) => fail(unreachable(errorCode(error))));
    request.end(body);
  });
}
