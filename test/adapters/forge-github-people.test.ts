import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ForgeReader } from '../../src/ports/forge.js';
import { makeGithubHarness, type GithubHarness } from './forge-github-harness.js';

let harness: GithubHarness;
let reader: Required<Pick<ForgeReader, 'memberOf' | 'environmentReviews' | 'changeComment' | 'changeAt' | 'permissionOf'>>;
beforeAll(async () => {
  harness = await makeGithubHarness();
  reader = harness.as('heddle-admin').reader as typeof reader;
});
afterAll(async () => { await harness.close(); });


describe('teams', () => {
  it('know their active members, and nobody else', async () => {
    harness.fake.world.teams.set('acme/release', new Map([['amy', 'active'], ['tom', 'pending']]));
    expect(await reader.memberOf('acme/release', 'amy')).toEqual({ ok: true, value: true });
    expect(await reader.memberOf('acme/release', 'tom')).toEqual({ ok: true, value: false });
    expect(await reader.memberOf('acme/release', 'rita')).toEqual({ ok: true, value: false });
    // A login that would address another route is nobody.
    expect(await reader.memberOf('acme/release', '../amy')).toEqual({ ok: true, value: false });
  });

  it('say nothing when they are not there, or may not be read', async () => {
    expect(await reader.memberOf('acme/nobody', 'amy')).toMatchObject({ ok: false, error: { code: 'not-found', message: expect.stringContaining('Members: read') } });
    harness.fake.world.hiddenTeamsFrom.add('tom');
    expect(await harness.as('tom').reader.memberOf?.('acme/release', 'amy')).toMatchObject({ ok: false, error: { code: 'not-found' } });
  });
});

describe('protected environments', () => {
  it('tell who let the run in, and after when', async () => {
    const { world } = harness.fake;
    harness.repository.runs.push({ id: 777, workflow: 'heddle.yml', name: 'Heddle', branch: 'main', headSha: harness.git.base, event: 'issues', startedAt: '2026-03-01T09:00:00Z', reviews: [
      { by: world.account('amy'), state: 'approved', environment: 'heddle-approval', comment: 'read it: 0123456789ab' }, { by: world.account('tom'), state: 'rejected', environment: 'other', comment: '' },
    ] });
    expect(await reader.environmentReviews('777')).toEqual({ ok: true, value: { since: '2026-03-01T09:00:00.000Z', reviews: [
      { by: { login: 'amy', id: String(world.account('amy').id), kind: 'human' }, state: 'approved', environments: ['heddle-approval'], comment: 'read it: 0123456789ab' },
      expect.objectContaining({ state: 'rejected', environments: ['other'] }),
    ] } });
    expect(await reader.environmentReviews('778')).toMatchObject({ ok: false, error: { code: 'not-found' } });
    expect(await reader.environmentReviews('../777')).toMatchObject({ ok: false, error: { code: 'rejected' } });
  });
});

describe('words at a change', () => {
  it('are found again as they are now, and only at the change that was named', async () => {
    const { world } = harness.fake;
    const amy = world.account('amy');
    const comment = (id: number, body: string) => ({ id, author: amy, body, createdAt: '2026-03-01T10:00:00Z', updatedAt: '2026-03-01T10:00:00Z' });
    const change = world.addIssue(harness.repository, { title: 'T', author: amy, pull: { head: 'main', base: 'main', draft: false, merged: false, reviewers: [], teams: [], reviews: [comment(1, 'r')], lineComments: [comment(2, 'l')] } });
    const said = world.addComment(change, amy, '/heddle stop', '2026-03-01T10:00:00Z');
    const at = (kind: 'change' | 'review' | 'review-comment', number = change.number) => ({ kind, change: number });
    expect(await reader.changeComment(at('change'), String(said.id))).toMatchObject({ ok: true, value: { body: '/heddle stop', author: { login: 'amy' }, createdAt: '2026-03-01T10:00:00.000Z' } });
    expect(await reader.changeComment(at('review'), '1')).toMatchObject({ ok: true, value: { body: 'r' } });
    expect(await reader.changeComment(at('review-comment'), '2')).toMatchObject({ ok: true, value: { body: 'l' } });
    for (const [place, id] of [[at('change', 99), String(said.id)], [at('review-comment', 99), '2'], [at('change'), '424242'], [at('change'), 'x/../1']] as const) expect(await reader.changeComment(place, id)).toEqual({ ok: true, value: undefined });
    said.updatedAt = '2026-03-01T11:00:00Z';
    expect(await reader.changeComment(at('change'), String(said.id))).toMatchObject({ ok: true, value: { updatedAt: '2026-03-01T11:00:00.000Z' } });
  });

  it('belong to a change of this repository, with the message of its commit', async () => {
    const { world } = harness.fake;
    const change = world.addIssue(harness.repository, { title: 'T', author: world.account('amy'), pull: { head: 'main', base: 'main', draft: false, merged: false, reviewers: [], teams: [] } });
    expect(await reader.changeAt(change.number)).toMatchObject({ ok: true, value: { change: { number: change.number, branch: 'main' }, message: expect.any(String) } });
    expect(await reader.changeAt(9999)).toEqual({ ok: true, value: undefined });
  });
});

describe('a service that fails', () => {
  it('is a fault for each question, and never an answer', async () => {
    for (const [route, ask] of [
      ['repos/get-collaborator-permission-level', () => reader.permissionOf('amy')], ['teams/get-membership-for-user-in-org', () => reader.memberOf('acme/release', 'amy')],
      ['actions/get-reviews-for-run', () => reader.environmentReviews('777')], ['pulls/get', () => reader.changeAt(1)],
    ] as const) {
      for (const kind of ['500', '403'] as const) {
        harness.fake.force({ route, kind, times: 99 });
        expect([route, kind, (await ask()).ok]).toEqual([route, kind, false]);
        harness.fake.calm();
      }
    }
  }, 120_000);
});
