import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { githubDispatcher } from '../../src/adapters/forge/github/dispatcher.js';

const TICKET = { tracker: 'github', key: 'acme/shop#12' } as const;

describe('a ticket told to another repository', () => {
  const close: (() => void)[] = [];
  afterEach(() => { close.splice(0).forEach((one) => { one(); }); });
  const serve = async (status: number, seen: string[]): Promise<string> => {
    const server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => { body += chunk.toString('utf8'); });
      request.on('end', () => {
        seen.push(`${request.method ?? ''} ${request.url ?? ''} ${request.headers.authorization ?? ''} ${body}`);
        response.writeHead(status, { 'content-type': 'application/json' }).end(status === 204 ? undefined : '{"message":"no"}');
      });
    });
    await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
    close.push(() => { server.close(); server.closeAllConnections(); });
    return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  };

  it('is one event whose only content is the ticket\'s key', async () => {
    const seen: string[] = [];
    const dispatcher = githubDispatcher({ apiUrl: await serve(204, seen), token: 'ghp_test' }, { backoffUnitMs: 1 });
    expect(await dispatcher.dispatch('acme/api', TICKET)).toEqual({ ok: true, value: undefined });
    expect(seen).toEqual(['POST /repos/acme/api/dispatches token ghp_test {"event_type":"heddle","client_payload":{"ticket":"acme/shop#12"}}']);
  });

  it('is not sent again when the service fails, and says what the token lacks', async () => {
    const failing: string[] = [];
    expect((await githubDispatcher({ apiUrl: await serve(500, failing), token: 't' }, { backoffUnitMs: 1 }).dispatch('acme/api', TICKET)).ok).toBe(false);
    expect(failing).toHaveLength(1);
    const refused = await githubDispatcher({ apiUrl: await serve(404, []), token: 't' }, { backoffUnitMs: 1 }).dispatch('acme/api', TICKET);
    expect(refused).toMatchObject({ ok: false, error: { code: 'not-found', message: expect.stringContaining('contents: write there') } });
  });

  it.each(['acme', 'acme/..', 'acme/api/../x', '../x/y', 'acme/a b'])('never to %s', async (repository) => {
    expect(await githubDispatcher({ apiUrl: 'http://127.0.0.1:9', token: 't' }, { backoffUnitMs: 1 }).dispatch(repository, TICKET)).toMatchObject({ ok: false, error: { code: 'rejected', side: 'setup' } });
  });
});
