import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseTicketName } from '../../src/intake/ticket-name.js';
import { parseTicketRef } from '../../src/intake/ticket-ref.js';

let cwd: string;
beforeAll(async () => {
  cwd = await realpath(await mkdtemp(join(tmpdir(), 'heddle-ref-')));
  await mkdir(join(cwd, 'bugs', 'dir.md'), { recursive: true });
  await mkdir(join(cwd, 'inner'));
  await writeFile(join(cwd, 'bugs', 'total.md'), 'x');
});
afterAll(() => rm(cwd, { recursive: true, force: true }));

const parse = (text: string, repository = 'acme/shop') => parseTicketRef(text, { repository, cwd });

describe('parseTicketRef', () => {
  it.each([
    ['#12', 'github', 'acme/shop#12'],
    [' #12 ', 'github', 'acme/shop#12'],
    ['other/re.po#3', 'github', 'other/re.po#3'],
    ['PROJ-123', 'jira', 'PROJ-123'],
    ['https://github.com/acme/shop/issues/12#issuecomment-1', 'github', 'acme/shop#12'],
    ['https://ghe.example.com/acme/shop/issues/12', 'github', 'acme/shop#12'],
    ['https://gitlab.com/group/sub/shop/-/issues/4', 'gitlab', 'group/sub/shop#4'],
    ['https://git.example.com/group/shop/-/work_items/4', 'gitlab', 'group/shop#4'],
    ['https://gitlab.com/group/shop/issues/4', 'gitlab', 'group/shop#4'],
    ['https://acme.atlassian.net/browse/PROJ-9?x=y', 'jira', 'PROJ-9'],
    ['https://jira.example.com/jira/browse/PROJ-9', 'jira', 'PROJ-9'],
    ['https://linear.app/acme/issue/eng-42/some-title', 'linear', 'ENG-42'],
    ['https://dev.azure.com/acme/My%20Shop/_workitems/edit/77', 'azure-boards', 'acme/My Shop#77'],
    ['https://dev.azure.com/acme/shop/_boards/board/t/team/Stories?workitem=78', 'azure-boards', 'acme/shop#78'],
    ['https://acme.visualstudio.com/shop/_workitems/edit/79/', 'azure-boards', 'acme/shop#79'],
    ['https://acme.monday.com/boards/1234567890/views/5/pulses/98765432101', 'monday', '1234567890/98765432101'],
    ['bugs/total.md', 'file', 'bugs/total.md'],
    ['./bugs/../bugs/total.md', 'file', 'bugs/total.md'],
  ])('%s is %s %s', (text, tracker, key) => {
    expect(parse(text)).toEqual({ ok: true, value: { tracker, key } });
  });

  it('names a file outside of the folder by its absolute path', () => {
    expect(parseTicketRef('../bugs/total.md', { repository: '', cwd: join(cwd, 'inner') })).toEqual({ ok: true, value: { tracker: 'file', key: join(cwd, 'bugs', 'total.md') } });
  });

  it.each([
    ['', 'Allowed are'], ['#0', 'Allowed are'], ['12', 'Allowed are'], ['proj-1', 'Allowed are'], ['a//c#1', 'Allowed are'], ['$(id)', 'Allowed are'], ['--help', 'Allowed are'],
    ['https://github.com/acme/shop/pull/1', 'Allowed are'], ['https://github.com/a%2f..%2fb/x/issues/1', 'Allowed are'], ['https://example.com', 'Allowed are'], ['file:///etc/x', 'Allowed are'], ['https://linear.app/%E0%A4%A/issue/x', 'Allowed are'],
    ['bugs/none.md', 'Check the spelling'], ['bugs/dir.md', 'is not a file'], ['./bugs', 'ends in .md'], ['x\n#12', 'Allowed are'],
  ])('refuses %j and says what to do', (text, words) => {
    expect(parse(text)).toMatchObject({ ok: false, error: { message: expect.stringContaining(words) } });
  });

  it('asks for the repository when there is none', () => {
    expect(parse('#12', '')).toMatchObject({ ok: false, error: { message: expect.stringContaining('owner/repo#12') } });
  });
});

describe('names of tickets where GitLab is at home', () => {
  const home = { tracker: 'gitlab', prefix: '/gitlab' } as const;
  it.each([
    ['#12', 'acme/platform/shop#12'], ['acme/shop#7', 'acme/shop#7'], ['acme/platform/shop#12', 'acme/platform/shop#12'], ['https://git.example.com/gitlab/acme/platform/shop/-/issues/12', 'acme/platform/shop#12'],
    ['https://git.example.com/gitlab/acme/shop/-/work_items/12', 'acme/shop#12'], ['https://gitlab.com/acme/shop/-/issues/3', 'acme/shop#3'],
  ])('%s', (name, key) => { expect(parseTicketName(name, 'acme/platform/shop', home)).toEqual({ tracker: 'gitlab', key }); });

  it('takes a name with sub-groups for GitLab everywhere, and short ones for the home', () => {
    expect(parseTicketName('a/b/c#1', 'x/y')).toEqual({ tracker: 'gitlab', key: 'a/b/c#1' });
    expect(parseTicketName('a/b#1', 'x/y')).toEqual({ tracker: 'github', key: 'a/b#1' });
    expect(parseTicketName('a/b#1', 'x/y', { tracker: 'gitea' })).toEqual({ tracker: 'gitea', key: 'a/b#1' });
    expect(parseTicketName('https://github.com/a/b/issues/1', 'x/y', home)).toEqual({ tracker: 'github', key: 'a/b#1' });
  });

  it.each(['a#1', 'a/../b#1', 'a//b#1', 'a/b/c#0', 'a/b/c#1#2', '/a/b/c#1'])('is no name: %s', (name) => { expect(parseTicketName(name, 'x/y', home)).toBeUndefined(); });
});
