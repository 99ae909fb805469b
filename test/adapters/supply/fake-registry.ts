import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Asked { readonly path: string; readonly authorization: string | undefined }
export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

export interface FakeRegistry {
  readonly url: string;
  readonly asked: readonly Asked[];
  /** By path; what is not in it is 404. */
  readonly answers: Record<string, Answer>;
  close(): Promise<void>;
}

/** An npm registry on loopback that answers by path; what it does not know is 404. */
export async function fakeRegistry(given: Readonly<Record<string, Answer>>): Promise<FakeRegistry> {
  const asked: Asked[] = [];
  const answers: Record<string, Answer> = { ...given };
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    asked.push({ path, authorization: request.headers.authorization });
    const answer = answers[path];
    if (answer === undefined) response.writeHead(404).end();
    else answer(request, response);
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/npm`, asked, answers,
    close: () => new Promise((resolve) => { server.close(() => { resolve(); }); server.closeAllConnections(); }),
  };
}

export const gives = (bytes: Uint8Array): Answer => (_request, response) => { response.writeHead(200, { 'content-length': bytes.length }).end(bytes); };
export const fails = (status: number): Answer => (_request, response) => { response.writeHead(status).end(); };
export const leadsTo = (url: string): Answer => (_request, response) => { response.writeHead(302, { location: url }).end(); };
/** Says how long it will be, sends half and hangs up. */
export const breaks = (bytes: Uint8Array): Answer => (_request, response) => {
  response.writeHead(200, { 'content-length': bytes.length });
  response.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => { response.destroy(); });
};
