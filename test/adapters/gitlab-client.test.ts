import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';
import { GitlabClient } from '../../src/adapters/gitlab-client/client.js';
import type { GitlabToken } from '../../src/adapters/gitlab-client/client.js';
import { failure, value } from '../contract/forge-contract.js';
import { startFakeGitlab } from '../fakes/gitlab/fake-gitlab.js';
import type { FakeGitlab } from '../fakes/gitlab/fake-gitlab.js';

const PROJECT = 'acme/platform/shop';
const Issue = z.object({ iid: z.number(), title: z.string() });

describe('the GitLab client, against a server below a path', () => {
  let fake: FakeGitlab;
  const client = (token: GitlabToken, timeoutMs = 5000): GitlabClient => new GitlabClient({ apiUrl: fake.apiUrl, token, project: PROJECT }, { source: 'test', backoffUnitMs: 1, requestTimeoutMs: timeoutMs });
  const amy = (timeoutMs?: number): GitlabClient => client({ kind: 'private', value: fake.tokenOf('amy') }, timeoutMs);
  const showIssue = (one: GitlabClient, iid = 1): ReturnType<typeof one.call<typeof Issue>> => one.call({ ask: (api) => api('Issues').show(iid, { projectId: PROJECT }), schema: Issue });

  beforeAll(async () => {
    fake = await startFakeGitlab({ prefix: '/gitlab' });
    const project = await fake.addProject({ path: PROJECT, members: { amy: 30 } });
    for (let index = 1; index <= 250; index += 1) fake.world.addIssue(project, { title: `issue ${String(index)}`, author: fake.world.account('amy') });
  });
  afterEach(() => { fake.calm(); });
  afterAll(async () => { await fake.close(); });

  it.each([
    ['a personal access token', (): GitlabToken => ({ kind: 'private', value: fake.tokenOf('amy') })],
    ['an OAuth token', (): GitlabToken => ({ kind: 'oauth', value: fake.world.token({ account: fake.world.account('amy'), kind: 'oauth', value: 'oauth-amy' }).value })],
  ])('shows %s in its own header', async (_name, token) => {
    expect(value(await showIssue(client(token())))).toEqual({ iid: 1, title: 'issue 1' });
  });

  it('does not see with a job token what a job token may not see', async () => {
    const project = fake.world.project(PROJECT);
    const token = fake.world.token({ account: fake.world.account('amy'), kind: 'job', value: 'job-amy', ...(project === undefined ? {} : { project }) });
    expect(failure(await showIssue(client({ kind: 'job', value: token.value })))).toMatchObject({ code: 'not-found' });
    const listed = await client({ kind: 'job', value: token.value }).call({ ask: { method: 'GET', path: `projects/${encodeURIComponent(PROJECT)}/merge_requests` }, schema: z.array(z.unknown()) });
    expect(value(listed)).toEqual([]);
  });

  it.each([['offset', {}], ['keyset', { pagination: 'keyset', order_by: 'created_at', sort: 'asc' }]] as const)('reads all pages of a list: %s', async (_name, more) => {
    const one = amy();
    const before = fake.count('issues.list');
    const pages = value(await one.pages({ ask: { method: 'GET', path: `${one.projectPath}/issues`, query: { per_page: 100, sort: 'asc', ...more } }, schema: z.array(Issue) }, (page) => page, 1000));
    expect(pages.cut).toBe(false);
    expect(pages.items.map((issue) => issue.iid)).toEqual(Array.from({ length: 250 }, (_, index) => index + 1));
    expect(fake.count('issues.list') - before).toBe(3);
  });

  it('stops at the items that were asked for and says that there are more; the library does not go on by itself', async () => {
    const before = fake.count('issues.list');
    const pages = value(await amy().pages({ ask: (api) => api('Issues').all({ projectId: PROJECT, perPage: 100 }), schema: z.array(Issue) }, (page) => page, 120));
    expect(pages).toMatchObject({ cut: true });
    expect(pages.items).toHaveLength(120);
    expect(fake.count('issues.list') - before).toBe(2);
  });

  it.each([
    ['429', 'rate-limited', 'theirs', true], ['429-notes', 'rate-limited', 'theirs', true], ['500', 'service-error', 'theirs', true], ['502-html', 'service-error', 'theirs', true], ['401', 'unauthorized', 'setup', false], ['403', 'forbidden', 'setup', false],
    ['scope', 'forbidden', 'setup', false], ['404', 'not-found', 'theirs', false], ['409', 'conflict', 'theirs', false], ['422', 'rejected', 'theirs', false], ['cut', 'unreachable', 'theirs', true], ['slow', 'timed-out', 'theirs', true], ['truncated-page', 'invalid-answer', 'theirs', true],
  ] as const)('tells %s by status and class: %s', async (kind, code, side, retryable) => {
    fake.force({ route: 'issues.show', times: 99, kind, resetInSeconds: 1800 });
    const fault = failure(await showIssue(amy(kind === 'slow' ? 40 : 5000)));
    expect(fault).toMatchObject({ code, side, retryable, source: 'test' });
    expect(fault.message).toContain('GET projects/acme%2Fplatform%2Fshop/issues/1');
    if (kind === '429') expect(fault.retryAfterMs).toBeGreaterThan(1_700_000);
    fake.calm();
  });

  it.each([['429'], ['500'], ['502-html'], ['cut'], ['truncated-page']] as const)('asks again after %s', async (kind) => {
    fake.force({ route: 'issues.show', times: 1, kind });
    expect(value(await showIssue(amy()))).toMatchObject({ iid: 1 });
  });

  it('writes once when the answer is lost, and again when it was refused for a limit', async () => {
    const write = (): ReturnType<GitlabClient['call']> => amy().call({ ask: (api) => api('IssueNotes').create(PROJECT, 2, 'a note'), schema: z.object({ id: z.number() }) });
    fake.force({ route: 'issues.notes.create', times: 1, kind: 'cut' });
    expect(failure(await write())).toMatchObject({ code: 'unreachable' });
    expect(fake.count('issues.notes.create')).toBe(1);
    fake.force({ route: 'issues.notes.create', times: 1, kind: '429' });
    value(await write());
    expect(fake.count('issues.notes.create')).toBe(3);
  });

  it('repeats a write that says it may be repeated', async () => {
    fake.force({ route: 'issues.update', times: 1, kind: 'cut' });
    expect(value(await amy().call({ ask: (api) => api('Issues').edit(PROJECT, 3, { addLabels: 'one,two' }), repeat: 'safe', schema: Issue }))).toMatchObject({ iid: 3 });
    expect(fake.world.project(PROJECT)?.issues.get(3)?.labels).toEqual(['one', 'two']);
  });

  it('is a bug, not a fault, to leave the path of a call', async () => {
    await expect(amy().call({ ask: { method: 'GET', path: 'projects/../user' }, schema: z.unknown() })).rejects.toThrow('leaves itself');
  });

  it('ends at once when the caller cancels', async () => {
    const aborter = new AbortController();
    aborter.abort();
    expect(failure(await amy().call({ ask: { method: 'GET', path: 'user' }, schema: z.unknown(), signal: aborter.signal }))).toMatchObject({ code: 'timed-out', side: 'ours' });
  });

  it('knows its server, its project and the login for git', () => {
    expect(amy().serverUrl).toBe(fake.url);
    expect(amy().projectPath).toBe('projects/acme%2Fplatform%2Fshop');
    expect(client({ kind: 'job', value: 'x' }).gitLogin).toEqual({ user: 'gitlab-ci-token', password: 'x' });
  });
});

describe('the GitLab client and redirects', () => {
  const seen: { readonly where: string; readonly token: string | undefined }[] = [];
  const servers: Server[] = [];
  const listen = async (answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> => {
    const server = createServer(answer);
    servers.push(server);
    await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
    return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  };
  const record = (where: string, request: IncomingMessage): void => { seen.push({ where, token: request.headers['private-token'] as string | undefined }); };
  afterEach(async () => {
    seen.length = 0;
    await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => { server.close(resolve); server.closeAllConnections(); })));
  });
  const ask = async (url: string): Promise<unknown> => new GitlabClient({ apiUrl: url, token: { kind: 'private', value: 'secret' }, project: 'a/b' }, { source: 'test', backoffUnitMs: 1 }).call({ ask: { method: 'GET', path: 'projects/1' }, schema: z.object({ id: z.number() }) });

  it('follows one to the same server, and one to another server without the token', async () => {
    const other = await listen((request, response) => { record('other', request); response.writeHead(200, { 'content-type': 'application/json' }).end('{"id":2}'); });
    const url = await listen((request, response) => {
      record(request.url ?? '', request);
      if (request.url === '/api/v4/projects/1') response.writeHead(301, { location: '/api/v4/projects/2' }).end();
      else response.writeHead(302, { location: `${other}/object` }).end();
    });
    expect(await ask(url)).toMatchObject({ ok: true, value: { id: 2 } });
    expect(seen).toEqual([{ where: '/api/v4/projects/1', token: 'secret' }, { where: '/api/v4/projects/2', token: 'secret' }, { where: 'other', token: undefined }]);
  });

  it('does not run in circles', async () => {
    const url = await listen((request, response) => { record('loop', request); response.writeHead(302, { location: request.url }).end(); });
    expect(await ask(url)).toMatchObject({ ok: false, error: { code: 'rejected' } });
    expect(seen).toHaveLength(4);
  });
});
