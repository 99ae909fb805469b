import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { Instant } from '../../src/domain/ids.js';
import { parseGithubEvent } from '../../src/intake/github-event.js';
import type { GithubEventInput } from '../../src/intake/github-event.js';

type Json = Record<string, unknown>;
const fixture = (name: string): Json => JSON.parse(readFileSync(new URL(`../fixtures/github-webhooks/${name}.json`, import.meta.url), 'utf8')) as Json;
const at = Instant.parse('2026-03-02T08:00:00.000Z');
const codertocat = { login: 'Codertocat', id: '21031067', kind: 'human' };

function parse(name: string, payload: unknown, over: Partial<GithubEventInput> = {}) {
  return parseGithubEvent({ name, payload, repository: 'Codertocat/Hello-World', triggeringActor: undefined, label: 'bug', assignee: 'Codertocat', at, ...over });
}

function comment(body: string): Json {
  const payload = fixture('issue_comment.created');
  return { ...payload, comment: { ...payload['comment'] as Json, body } };
}

function byBot(body: string): Json {
  const payload = comment(body);
  const bot = { login: 'github-actions[bot]', id: 41_898_282, type: 'Bot' };
  return { ...payload, sender: bot, comment: { ...payload['comment'] as Json, user: bot } };
}

function review(body: string | null): Json {
  const { sender, repository } = fixture('issue_comment.created');
  return { action: 'submitted', sender, repository, pull_request: { number: 7 }, review: { id: 80, body, user: sender } };
}

describe('parseGithubEvent', () => {
  it('reads the real payload of a label', () => {
    expect(parse('issues', fixture('issues.labeled'))).toEqual({ ok: true, value: {
      trigger: { kind: 'labeled', label: 'bug' }, ticket: { tracker: 'github', key: 'Codertocat/Hello-World#1' }, actor: codertocat, fromFork: false, at,
    } });
  });

  it('reads the real payload of an assignment', () => {
    expect(parse('issues', fixture('issues.assigned'), { assignee: 'codertocat' })).toMatchObject({ ok: true, value: { trigger: { kind: 'assigned', assignee: codertocat }, actor: codertocat } });
  });

  it('reads the real payload of a comment, with the command put in', () => {
    expect(parse('issue_comment', comment('Please.\r\n\r\n/heddle run\r\n'))).toEqual({ ok: true, value: {
      trigger: { kind: 'command', commentId: '492700400', place: { kind: 'ticket' }, command: { name: 'run' } }, ticket: { tracker: 'github', key: 'Codertocat/Hello-World#1' }, actor: codertocat, fromFork: false, at,
    } });
  });

  it('reads the real payloads of both dispatches, with a ticket put in', () => {
    const repository = 'octo-org/octo-repo';
    const workflow = parse('workflow_dispatch', { ...fixture('workflow_dispatch'), inputs: { ticket: '#7', actor: 'root', plan: 'x' } }, { repository });
    expect(workflow).toMatchObject({ ok: true, value: { trigger: { kind: 'dispatch' }, ticket: { tracker: 'github', key: 'octo-org/octo-repo#7' }, actor: { login: 'octocat' }, fromFork: false } });
    const external = parse('repository_dispatch', { ...fixture('repository_dispatch'), client_payload: { ticket: 'PROJ-12' } }, { repository });
    expect(external).toMatchObject({ ok: true, value: { trigger: { kind: 'repository-dispatch', eventType: 'on-demand-test' }, ticket: { tracker: 'jira', key: 'PROJ-12' } } });
  });

  it.each([
    ['another label', 'issues', fixture('issues.labeled'), { label: 'heddle' }],
    ['a label that only looks alike', 'issues', fixture('issues.labeled'), { label: 'b\u03c5g' }],
    ['another label taken off', 'issues', fixture('issues.unlabeled'), { label: 'heddle' }],
    ['another assignee', 'issues', fixture('issues.assigned'), { assignee: 'hubot' }],
    ['no assignee configured', 'issues', fixture('issues.assigned'), { assignee: undefined }],
    ['a pin', 'issues', { ...fixture('issues.edited'), action: 'pinned' }, {}],
    ['a new issue', 'issues', fixture('issues.opened'), {}],
    ['an issue event of a pull request', 'issues', { ...fixture('issues.demilestoned-pull-request'), action: 'labeled', label: { name: 'bug' } }, {}],
    ['a bot\'s comment without a command', 'issue_comment', byBot('It works.'), {}],
    ['our own comment', 'issue_comment', byBot('<!-- heddle:ticket -->\nWrite\n\n/heddle run'), {}],
    ['a plain comment at a pull request', 'issue_comment', { ...comment('Nice.'), issue: { number: 2, pull_request: { url: 'x' } } }, {}],
    ['a review without words', 'pull_request_review', review(null), {}],
    ['an edited review', 'pull_request_review', { ...review('/heddle stop'), action: 'edited' }, {}],
    ['an edited comment', 'issue_comment', { ...comment('/heddle run'), action: 'edited' }, {}],
    ['a deleted comment', 'issue_comment', fixture('issue_comment.deleted'), {}],
    ['a pull request', 'pull_request', fixture('pull_request.labeled'), {}],
    ['a pull request with the target\'s rights', 'pull_request_target', fixture('pull_request.labeled'), {}],
    ['another workflow', 'workflow_run', fixture('workflow_run.completed'), {}],
    ['a discussion', 'discussion', fixture('discussion.answered-in-fork'), {}],
  ])('ignores %s', (_name, name, payload, over) => {
    expect(parse(name, payload, over)).toMatchObject({ ok: false, error: { kind: 'ignored', why: expect.stringMatching(/.{20}/) } });
  });

  it.each([
    ['a dispatch without a ticket', 'workflow_dispatch', fixture('workflow_dispatch'), 'input `ticket`'],
    ['a dispatch with a number', 'repository_dispatch', { ...fixture('repository_dispatch'), client_payload: { ticket: 7 } }, 'client_payload.ticket'],
    ['a dispatch that names a file', 'workflow_dispatch', { ...fixture('workflow_dispatch'), inputs: { ticket: '../../etc/passwd.md' } }, 'names no ticket'],
    ['a dispatch that names a shell', 'repository_dispatch', { ...fixture('repository_dispatch'), client_payload: { ticket: '$(id)' } }, 'names no ticket'],
    ['no payload', 'issues', undefined, 'GITHUB_EVENT_PATH'],
    ['an issue without a number', 'issues', { ...fixture('issues.labeled'), issue: {} }, 'issue.number'],
    ['a sender without an id', 'issues', { ...fixture('issues.labeled'), sender: { login: 'x' } }, 'sender.id'],
    ['a comment sent by somebody else than its author', 'issue_comment', { ...comment('/heddle run'), sender: { login: 'x', id: 5, type: 'User' } }, 'not its author'],
  ])('refuses %s with words', (_name, name, payload, words) => {
    expect(parse(name, payload)).toMatchObject({ ok: false, error: { kind: 'malformed', message: expect.stringContaining(words) } });
  });

  it('sees a fork and another repository', () => {
    const forked = { ...fixture('issues.labeled'), repository: fixture('discussion.answered-in-fork')['repository'] };
    expect(parse('issues', forked)).toMatchObject({ ok: true, value: { fromFork: true } });
    expect(parse('issues', fixture('issues.labeled'), { repository: 'acme/shop' })).toMatchObject({ ok: true, value: { fromFork: true, ticket: { key: 'acme/shop#1' } } });
    expect(parse('issues', fixture('issues.labeled'), { repository: 'codertocat/hello-world' })).toMatchObject({ ok: true, value: { fromFork: false } });
  });

  it('sees who started the CI run again', () => {
    const rerun = (triggeringActor: GithubEventInput['triggeringActor']) => parse('issues', fixture('issues.labeled'), { triggeringActor });
    expect(rerun({ login: 'codertocat', id: '', kind: 'unknown' })).not.toHaveProperty('value.rerunBy');
    expect(rerun({ login: 'renamed', id: '21031067', kind: 'human' })).not.toHaveProperty('value.rerunBy');
    expect(rerun({ login: 'mallory', id: '', kind: 'unknown' })).toMatchObject({ value: { rerunBy: { login: 'mallory' } } });
    expect(rerun({ login: 'Codertocat', id: '99', kind: 'human' })).toMatchObject({ value: { rerunBy: { id: '99' } } });
  });

  it('knows a bot by its type and by its login', () => {
    const by = (sender: Json) => parse('issues', { ...fixture('issues.labeled'), sender });
    expect(by({ login: 'helper', id: 5, type: 'Bot' })).toMatchObject({ value: { actor: { kind: 'bot', id: '5' } } });
    expect(by({ login: 'helper[bot]', id: 5, type: 'User' })).toMatchObject({ value: { actor: { kind: 'bot' } } });
    expect(by({ login: 'ghost', id: 5, type: 'Mannequin' })).toMatchObject({ value: { actor: { kind: 'unknown' } } });
  });
});

describe('acts on a run that waits', () => {
  it.each<[string, string, Json, Json]>([
    ['the label taken off', 'issues', fixture('issues.unlabeled'), { kind: 'unlabeled', label: 'bug' }],
    ['an edit of the text', 'issues', fixture('issues.edited'), { kind: 'edited' }],
    ['closing', 'issues', { ...fixture('issues.edited'), action: 'closed' }, { kind: 'state', state: 'closed' }],
    ['opening again', 'issues', { ...fixture('issues.edited'), action: 'reopened' }, { kind: 'state', state: 'reopened' }],
    ['a plain comment', 'issue_comment', fixture('issue_comment.created'), { kind: 'answered', commentId: '492700400' }],
    ['a person who pastes our own words', 'issue_comment', comment('<!-- heddle:ticket -->\nis this you?'), { kind: 'answered', commentId: '492700400' }],
  ])('%s', (_name, name, payload, trigger) => {
    expect(parse(name, payload)).toMatchObject({ ok: true, value: { trigger, ticket: { key: 'Codertocat/Hello-World#1' } } });
  });
});

describe('commands at a change', () => {
  const ticket = { tracker: 'github' as const, key: 'Codertocat/Hello-World#1' };
  it.each<[string, string, Json, Json]>([
    ['a comment', 'issue_comment', { ...comment('/heddle stop'), issue: { number: 7, pull_request: { url: 'x' } } }, { kind: 'change', change: 7 }],
    ['a review', 'pull_request_review', review('/heddle stop'), { kind: 'review', change: 7 }],
    ['a comment at a line', 'pull_request_review_comment', { ...fixture('issue_comment.created'), issue: undefined, pull_request: { number: 7 }, comment: { id: 81, body: '/heddle stop', user: fixture('issue_comment.created')['sender'] } }, { kind: 'review-comment', change: 7 }],
  ])('%s is about the ticket of the change, whoever finds out', (_name, name, payload, place) => {
    const read = parse(name, payload);
    if (read.ok || read.error.kind !== 'at-change') throw new Error('not at a change');
    expect(read.error.change).toBe(7);
    expect(read.error.about(ticket)).toMatchObject({ ok: true, value: { ticket, actor: codertocat, trigger: { kind: 'command', place, command: { name: 'stop' } } } });
  });
});

describe('the command in a comment', () => {
  const runs = (body: string): boolean => {
    const read = parse('issue_comment', comment(body));
    return read.ok && read.value.trigger.kind === 'command';
  };

  it.each(['/heddle run', '  /heddle run  ', 'Do it:\n/heddle run', '> quoted\n\n/heddle run', '```\ncode\n```\n/heddle run', 'ok `x`\n/heddle run\nthanks'])('is heard: %j', (body) => {
    expect(runs(body)).toBe(true);
  });

  it.each([
    '> /heddle run', '> a\n/heddle run', '>> /heddle run', '```\n/heddle run\n```', '~~~\n/heddle run', '````\n```\n/heddle run\n````', '    /heddle run', '- /heddle run', '- a\n/heddle run',
    '`a\n/heddle run\nb`', '<!--\n/heddle run\n-->', '<!--\n/heddle run', '<pre>\n/heddle run\n</pre>', '<div>\n/heddle run', '/heddle running', 'please /heddle run', '/heddle  run', '/Heddle run', '/heddle', '![\n/heddle run\n](x)',
    '\\/heddle run', 'On Monday she wrote:\n> a\n> /heddle run',
  ])('is not heard: %j', (body) => {
    expect(runs(body)).toBe(false);
  });
});
