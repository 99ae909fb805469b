import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { freshHome, withoutExecutableState } from '../../src/adapters/agent/lib/fresh-home.js';
import { agentPlace, bestRung, play } from '../fakes/agent-place.js';
import { asPlainUser } from '../fakes/plain-user.js';
import { claude, command, fixture } from './agent-fixtures.js';

let home: string;
beforeEach(() => { home = mkdtempSync(join(tmpdir(), 'heddle-home-')); });
afterEach(() => { rmSync(home, { recursive: true, force: true }); });

const put = (path: string, text = 'planted'): void => {
  mkdirSync(dirname(join(home, path)), { recursive: true });
  writeFileSync(join(home, path), text);
};
const left = (): readonly string[] => (readdirSync(home, { recursive: true, withFileTypes: true })).filter((entry) => !entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name).slice(home.length + 1)).sort();

/** What a program may obey at its next start, whoever put it there. */
const PLANTED = ['.npmrc', '.bashrc', '.profile', '.zshenv', '.gitconfig', '.config/git/config', '.config/pip/pip.conf', 'bin/node', '.local/bin/git', '.claude/settings.json', '.claude.json', '.codex/config.toml', '.codex/rules/x.rules', '.gemini/settings.json', '.gemini/tmp/bin/rg', '.config/opencode/opencode.json', '.ssh/config', '.curlrc', '.node_modules/x.js'];

describe('a home between two attempts', () => {
  it('keeps the named sessions and nothing else', async () => {
    for (const path of [...PLANTED, 'notes.txt', '.claude/projects/-ws/a.jsonl', '.gemini/tmp/ws/chats/1.json']) put(path);
    expect(await freshHome({ home, attempt: 2 }, ['.claude/projects', '.gemini/tmp/*/chats'])).toEqual({ ok: true, value: undefined });
    expect(left()).toEqual(['.claude/projects/-ws/a.jsonl', '.gemini/tmp/ws/chats/1.json']);
  });

  it('of an unknown program loses what is obeyed and keeps its data and sessions', async () => {
    for (const path of [...PLANTED, '.counter', 'data/state.json', '.codex/sessions/2026/a.jsonl']) put(path);
    await withoutExecutableState({ home, attempt: 2 });
    expect(left()).toEqual(['.codex/sessions/2026/a.jsonl', '.counter', 'data/state.json']);
  });

  it('loses every link, and nothing that it leads to', async () => {
    const outside = mkdtempSync(join(tmpdir(), 'heddle-outside-'));
    writeFileSync(join(outside, 'file'), 'kept');
    put('.claude/projects/-ws/a.jsonl');
    for (const path of ['.claude/projects/link', 'data', '.claude/projects/-ws/b.jsonl']) symlinkSync(outside, join(home, path));
    await freshHome({ home, attempt: 2 }, ['.claude/projects']);
    expect(left()).toEqual(['.claude/projects/-ws/a.jsonl']);
    expect(readFileSync(join(outside, 'file'), 'utf8')).toBe('kept');
    symlinkSync(outside, join(home, '.claude', 'x'));
    await withoutExecutableState({ home, attempt: 2 });
    expect(left()).toEqual(['.claude/projects/-ws/a.jsonl']);
    rmSync(outside, { recursive: true });
  });

  it('is made fresh although the agent took rights away and used names that are no text', async () => {
    for (const path of ['closed/deep/file', '.claude/projects/-ws/a.jsonl', '.npmrc']) put(path);
    writeFileSync(Buffer.concat([Buffer.from(`${home}/.claude/projects/-ws/`), Buffer.from([0xff, 0x2e])]), 'planted');
    mkdirSync(Buffer.concat([Buffer.from(`${home}/`), Buffer.from([0xc3, 0x28])]));
    for (const path of ['closed/deep', 'closed', '.claude/projects', '']) chmodSync(join(home, path), 0);
    await asPlainUser(home, async () => { expect(await freshHome({ home, attempt: 2 }, ['.claude/projects'])).toEqual({ ok: true, value: undefined }); });
    expect([left(), readdirSync(home)]).toEqual([['.claude/projects/-ws/a.jsonl'], ['.claude']]);
  });

  it('is left alone before the first attempt', async () => {
    put('.npmrc');
    await freshHome({ home, attempt: 1 }, []);
    expect(left()).toEqual(['.npmrc']);
  });
});

const rungs = await bestRung() === 'bubblewrap' ? ['bubblewrap', 'none'] as const : ['none'] as const;
describe.each(rungs)('an attempt that plants things for the next one (%s)', (rung) => {
  it('finds that a second attempt of any program starts without them', async () => {
    const place = await agentPlace(rung);
    try {
      const planter = command('plants-for-next', PLANTED);
      await play(planter, await place.task(planter));
      expect(existsSync(join(place.home, '.npmrc'))).toBe(true);
      const second = await play(planter, await place.task(planter, { attempt: 2 }));
      expect(second.events.flatMap((event) => (event.type === 'said' ? [event.text] : []))).toContain('found: nothing; preload: none; kept: 1');
    } finally {
      await place.close();
    }
  });

  it('finds that the CLI is not given the settings of its home again', async () => {
    const place = await agentPlace(rung);
    try {
      const agent = claude(fixture('fake-claude'));
      const first = await play(agent, await place.task(agent));
      mkdirSync(join(place.home, '.claude/projects/ws'), { recursive: true });
      writeFileSync(join(place.home, '.claude/settings.json'), '{"hooks":{}}');
      writeFileSync(join(place.home, '.claude/projects/ws/a.jsonl'), '');
      await play(agent, await place.task(agent, { attempt: 2, session: first.outcome.session }));
      expect([existsSync(join(place.home, '.claude/settings.json')), existsSync(join(place.home, '.claude/projects/ws/a.jsonl'))]).toEqual([false, true]);
    } finally {
      await place.close();
    }
  });
});
