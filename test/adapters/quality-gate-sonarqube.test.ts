import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { create } from '../../src/adapters/quality-gate/sonarqube/index.js';
import { ExternalGateConfig } from '../../src/config/quality-config.js';
import { externalNode } from '../../src/gates/quality/external-node.js';

/** A server that remembers analyses and works them off when it is asked often enough, with the payloads of the web API's documentation. */
class FakeSonarqube {
  readonly requests: string[] = [];
  pollsLeft = 2;
  taskEnds: 'SUCCESS' | 'FAILED' = 'SUCCESS';
  gate: 'OK' | 'ERROR' | 'NONE' = 'OK';
  token = 'squ_right';
  broken: 'no' | 'text' | 'status' | 'redirect' | 'endless' = 'no';
  project = 'shop';

  answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', 'http://x');
    this.requests.push(`${url.pathname}${url.search}`);
    const send = (status: number, body: unknown): void => { response.writeHead(status, { 'content-type': 'application/json' }).end(typeof body === 'string' ? body : JSON.stringify(body)); };
    if (this.broken === 'text') return send(200, '<html>');
    if (this.broken === 'status') return send(503, {});
    if (this.broken === 'redirect') { response.writeHead(302, { location: 'http://127.0.0.1:1/steal' }).end(); return; }
    if (this.broken === 'endless') return send(200, 'x'.repeat(2 * 1024 * 1024));
    if (request.headers.authorization !== `Basic ${Buffer.from(`${this.token}:`).toString('base64')}`) return send(401, { errors: [{ msg: 'Authentication required' }] });
    if (url.pathname === '/sonar/api/ce/task') {
      const status = this.pollsLeft > 0 ? 'IN_PROGRESS' : this.taskEnds;
      this.pollsLeft -= 1;
      return send(200, { task: { id: url.searchParams.get('id'), type: 'REPORT', componentKey: this.project, status, ...(status === 'SUCCESS' ? { analysisId: 'AX-1' } : {}) } });
    }
    if (url.pathname === '/sonar/api/qualitygates/project_status') {
      if (url.searchParams.get('analysisId') !== 'AX-1' && url.searchParams.get('projectKey') !== this.project) return send(404, { errors: [{ msg: 'not found' }] });
      return send(200, { projectStatus: { status: this.gate, ignoredConditions: false, caycStatus: 'compliant', conditions: this.gate === 'NONE' ? [] : [
        { status: this.gate, metricKey: 'new_coverage', comparator: 'LT', errorThreshold: '80', actualValue: '61.5' }, { status: 'OK', metricKey: 'new_violations', comparator: 'GT', errorThreshold: '0', actualValue: '0' }] } });
    }
    return send(404, {});
  }
}

describe('the quality gate of SonarQube', () => {
  let fake: FakeSonarqube;
  let server: Server;
  let url: string;
  beforeEach(async () => {
    fake = new FakeSonarqube();
    server = createServer((request, response) => { fake.answer(request, response); });
    await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/sonar/`;
  });
  afterEach(async () => { server.closeAllConnections(); await new Promise((resolve) => { server.close(resolve); }); });

  let clock = 0;
  const source = (token: string | undefined = 'squ_right') => create({ url, project: 'shop', branch: 'main' }, { token, pause: (ms) => { clock += ms; return Promise.resolve(); }, monotonicMs: () => clock });
  const task = { project: 'shop', id: 'AYx-1_z' };

  it('waits for the analysis that a check left, and reads its gate', async () => {
    fake.gate = 'ERROR';
    expect(await source().ask({ task, waitMsMax: 60_000 })).toEqual({ ok: true, value: { status: 'failed', about: 'the analysis of this candidate', conditions: [
      { metric: 'new_coverage', passed: false, actual: '61.5', threshold: 'at least 80' }, { metric: 'new_violations', passed: true, actual: '0', threshold: 'at most 0' }] } });
    expect(fake.requests).toEqual([...Array<string>(3).fill('/sonar/api/ce/task?id=AYx-1_z'), '/sonar/api/qualitygates/project_status?analysisId=AX-1']);
  });

  it('asks for the newest analysis of the branch when there is none', async () => {
    expect(await source().ask({ waitMsMax: 1 })).toMatchObject({ ok: true, value: { status: 'passed', about: 'the newest analysis of shop, branch main' } });
    expect(fake.requests).toEqual(['/sonar/api/qualitygates/project_status?projectKey=shop&branch=main']);
  });

  it.each<[string, () => void, object, string | undefined, RegExp]>([
    ['a task of another project', () => undefined, { task: { project: 'other', id: 'x' } }, undefined, /not of the project shop/],
    ['a task name that would reach into the address', () => undefined, { task: { project: 'shop', id: 'x&y=../' } }, undefined, /not of the project shop/],
    ['an analysis that belongs to another project', () => { fake.project = 'other'; }, { task }, undefined, /belongs to another project/],
    ['a failed analysis', () => { fake.taskEnds = 'FAILED'; }, { task }, undefined, /ended the analysis as FAILED/],
    ['an analysis that takes too long', () => { fake.pollsLeft = 1e9; }, { task }, undefined, /not ended the analysis within 10 s/],
    ['a wrong token', () => undefined, {}, 'squ_wrong', /does not take the token/],
    ['no token', () => undefined, {}, '', /does not take the token/],
    ['an unknown project', () => { fake.project = 'other'; }, {}, undefined, /does not know the project/],
    ['a page instead of an answer', () => { fake.broken = 'text'; }, {}, undefined, /another form/],
    ['a server in trouble', () => { fake.broken = 'status'; }, {}, undefined, /status 503/],
    ['a redirect, which is not followed', () => { fake.broken = 'redirect'; }, {}, undefined, /gave no answer/],
    ['an answer without end', () => { fake.broken = 'endless'; }, {}, undefined, /gave no answer/],
  ])('is a fault for %s', async (_what, prepare, question, token, words) => {
    prepare();
    const answer = await source(token ?? 'squ_right').ask({ waitMsMax: 10_000, ...question });
    expect(answer.ok ? 'answered' : answer.error.message).toMatch(words);
    expect(JSON.stringify(answer)).not.toContain('squ_');
  });

  const config = ExternalGateConfig.parse({ kind: 'sonarqube', url: 'https://sonar.example.com', project: 'shop' });
  it.each<[string, 'OK' | 'ERROR' | 'NONE' | 'none', object, string]>([
    ['passed', 'OK', {}, 'allow: the quality gate of shop passed for the newest analysis of shop, branch main'],
    ['failed', 'ERROR', {}, 'deny: the quality gate of shop failed for the newest analysis of shop, branch main: new_coverage is 61.5, wanted at least 80'],
    ['failed and held by wish', 'ERROR', { failed: 'hold' }, 'hold: the quality gate of shop failed for the newest analysis of shop, branch main: new_coverage is 61.5, wanted at least 80'],
    ['no gate', 'NONE', {}, 'hold: the quality gate of shop gave no answer: it has no quality gate for the newest analysis of shop, branch main'],
  ])('is a node: %s', async (_what, gate, more, expected) => {
    if (gate !== 'none') fake.gate = gate;
    const node = externalNode({ ...config, ...more }, await source().ask({ waitMsMax: 1 }));
    expect(`${node.effect}: ${node.words}`).toBe(expected);
  });

  it('never takes silence for a yes', async () => {
    fake.broken = 'status';
    expect(externalNode(config, await source().ask({ waitMsMax: 1 }))).toMatchObject({ effect: 'hold' });
  });
});
