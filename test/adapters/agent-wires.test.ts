import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { KnownLine as ClaudeLine } from '../../src/adapters/agent/claude-code/schema.js';
import * as codexMap from '../../src/adapters/agent/codex/map.js';
import { KnownLine as CodexLine } from '../../src/adapters/agent/codex/schema.js';
import * as geminiMap from '../../src/adapters/agent/gemini-cli/map.js';
import { KnownLine as GeminiLine } from '../../src/adapters/agent/gemini-cli/schema.js';
import { writeHomeFile } from '../../src/adapters/agent/lib/home-file.js';
import { putBack, setAside } from '../../src/adapters/agent/lib/set-aside.js';
import type { StreamEnd } from '../../src/adapters/agent/lib/stream-program.js';
import * as opencodeMap from '../../src/adapters/agent/opencode/map.js';
import { KnownLine as OpencodeLine } from '../../src/adapters/agent/opencode/schema.js';
import type { CodingAgent, GatewayEndpoint } from '../../src/ports/coding-agent.js';
import { agentPlace, NO_MODEL, play } from '../fakes/agent-place.js';
import type { AgentPlace } from '../fakes/agent-place.js';
import { asPlainUser } from '../fakes/plain-user.js';
import { codex, fixture, gemini, opencode } from './agent-fixtures.js';

const exited = (code: number, stderrEnd = ''): StreamEnd => ({ ending: { kind: 'exited', code }, outputBytes: 1, stopped: undefined, strangeLines: 0, stderrEnd });

describe('the wire of codex', () => {
  const end = (lines: readonly unknown[], code = 0, continued = false): object => {
    const told = codexMap.nothingTold();
    for (const line of lines) codexMap.eventsOf(CodexLine.parse(line), told);
    return codexMap.endingOf(told, exited(code), continued);
  };
  const events = (...lines: readonly unknown[]): readonly unknown[] => {
    const told = codexMap.nothingTold();
    return lines.flatMap((line) => codexMap.eventsOf(CodexLine.parse(line), told));
  };

  it('shows a call once, whether it comes as one line or as two', () => {
    const item = { id: 'i', type: 'command_execution', command: 'ls', aggregated_output: 'x', exit_code: 3, status: 'failed' };
    const shown = [{ type: 'tool-called', tool: 'command', input: 'ls', action: { kind: 'command', command: 'ls' } }, { type: 'tool-answered', tool: 'command', ok: false, output: 'x' }];
    expect(events({ type: 'item.completed', item })).toEqual(shown);
    expect(events({ type: 'item.started', item }, { type: 'item.updated', item }, { type: 'item.completed', item })).toEqual(shown);
  });

  it('tells tools of servers, and passes over what it does not know', () => {
    expect(events({ type: 'item.completed', item: { id: 'i', type: 'mcp_tool_call', server: 'lab', tool: 'note', arguments: { a: 1 }, result: 'r', error: null, status: 'completed' } }))
      .toEqual([{ type: 'tool-called', tool: 'note', input: '{"a":1}', action: { kind: 'mcp', server: 'lab' } }, { type: 'tool-answered', tool: 'note', ok: true, output: '"r"' }]);
    expect(events({ type: 'item.completed', item: { id: 'i', type: 'reasoning', text: 'x' } })).toEqual([]);
  });

  it.each<[string, readonly unknown[], number, boolean, object]>([
    ['a turn that failed, though the program exits well', [{ type: 'turn.failed', error: { message: 'boom' } }], 0, false, { kind: 'failed', fault: { code: 'service-error' } }],
    ['the first end, not a second one', [{ type: 'turn.failed', error: { message: 'boom' } }, { type: 'turn.completed' }], 0, false, { kind: 'failed' }],
    ['exit code 0 and no turn', [], 0, false, { kind: 'failed', fault: { code: 'invalid-answer' } }],
    ['a session that is gone', [{ type: 'error', message: 'no rollout' }], 1, true, { kind: 'failed', fault: { code: 'not-found' } }],
    ['an error without a session to continue', [{ type: 'error', message: 'bad settings' }], 1, false, { kind: 'failed', fault: { code: 'invalid-answer' } }],
  ])('%s', (_name, lines, code, continued, ending) => { expect(end(lines, code, continued)).toMatchObject(ending); });
});

describe('the wire of gemini-cli', () => {
  const RESULT = { type: 'result', status: 'success' };
  const end = (lines: readonly unknown[], code: number, continued = false): object => {
    const told = geminiMap.nothingTold();
    for (const line of lines) geminiMap.eventsOf(GeminiLine.parse(line), told);
    return geminiMap.endingOf(told, exited(code), continued);
  };

  it.each<[string, readonly unknown[], number, object]>([
    ['both the line and the code say so', [RESULT], 0, { kind: 'completed' }],
    ['a good line and a bad code', [RESULT], 1, { kind: 'failed' }],
    ['a good code and no line', [], 0, { kind: 'failed', fault: { code: 'invalid-answer' } }],
    ['status 401 in eight bits', [], 145, { kind: 'failed', fault: { code: 'unauthorized' } }],
    ['status 429 in eight bits', [], 173, { kind: 'failed', fault: { code: 'rate-limited' } }],
    ['status 500 in eight bits', [], 244, { kind: 'failed', fault: { code: 'service-error' } }],
    ['status 400 in eight bits', [], 144, { kind: 'failed', fault: { code: 'rejected' } }],
    ['the limit of turns', [], 53, { kind: 'completed' }],
    ['settings that it did not take', [], 41, { kind: 'failed', fault: { code: 'unsupported', side: 'setup' } }],
    ['an error of its own', [{ type: 'result', status: 'error', error: { message: 'boom' } }], 1, { kind: 'failed', fault: { code: 'service-error' } }],
  ])('%s', (_name, lines, code, ending) => { expect(end(lines, code)).toMatchObject(ending); });

  it('puts words together and shows each call', () => {
    const told = geminiMap.nothingTold();
    const shown = [
      { type: 'message', role: 'assistant', content: 'He', delta: true }, { type: 'message', role: 'assistant', content: 'llo', delta: true },
      { type: 'tool_use', tool_name: 'run_shell_command', tool_id: 't', parameters: { command: 'ls' } }, { type: 'tool_result', tool_id: 't', status: 'error', error: { message: 'denied' } },
      { type: 'tool_use', tool_name: 'mcp_lab_note', tool_id: 'u', parameters: {} },
    ].flatMap((line) => geminiMap.eventsOf(GeminiLine.parse(line), told));
    expect(shown).toEqual([
      { type: 'said', text: 'Hello' },
      { type: 'tool-called', tool: 'run_shell_command', input: '{"command":"ls"}', action: { kind: 'command', command: 'ls' } },
      { type: 'tool-answered', tool: 'run_shell_command', ok: false, output: 'denied' },
      { type: 'tool-called', tool: 'mcp_lab_note', input: '{}', action: { kind: 'mcp', server: 'lab' } },
    ]);
  });
});

describe('the wire of opencode', () => {
  const STEP = { type: 'step_finish', sessionID: 'ses_1', part: { reason: 'stop' } };
  const failure = (statusCode?: number): object => ({ type: 'error', sessionID: 'ses_1', error: { name: 'APIError', data: { message: 'boom', ...(statusCode === undefined ? {} : { statusCode }) } } });
  const end = (lines: readonly unknown[], code = 0, continued = false): object => {
    const told = opencodeMap.nothingTold();
    for (const line of lines) opencodeMap.eventsOf(OpencodeLine.parse(line), told);
    return opencodeMap.endingOf(told, exited(code), continued);
  };

  it.each<[string, readonly unknown[], number, boolean, object]>([
    ['a last step', [STEP], 0, false, { kind: 'completed' }],
    ['an error event with exit code 0', [STEP, failure(500)], 0, false, { kind: 'failed', fault: { code: 'service-error' } }],
    ['an error that was overcome', [failure(500), STEP], 0, false, { kind: 'completed' }],
    ['a refused key', [failure(401)], 1, false, { kind: 'failed', fault: { code: 'unauthorized' } }],
    ['an error without a status', [failure()], 0, false, { kind: 'failed', fault: { code: 'service-error' } }],
    ['exit code 0 and nothing done', [], 0, false, { kind: 'failed', fault: { code: 'invalid-answer' } }],
    ['a session that is gone', [], 1, true, { kind: 'failed', fault: { code: 'not-found' } }],
  ])('%s', (_name, lines, code, continued, ending) => { expect(end(lines, code, continued)).toMatchObject(ending); });
});

it('no line of any shape makes a map throw', () => {
  const kinds = ['thread.started', 'turn.completed', 'item.completed', 'item.started', 'error', 'init', 'message', 'tool_use', 'tool_result', 'result', 'text', 'step_finish'];
  const line = fc.record({ type: fc.constantFrom(...kinds), item: fc.jsonValue(), part: fc.jsonValue(), error: fc.jsonValue(), message: fc.jsonValue(), stats: fc.jsonValue(), status: fc.jsonValue(), parameters: fc.jsonValue(), thread_id: fc.jsonValue() });
  fc.assert(fc.property(line, (value) => {
    const [a, b, c] = [CodexLine.safeParse(value), GeminiLine.safeParse(value), OpencodeLine.safeParse(value)];
    if (a.success) codexMap.eventsOf(a.data, codexMap.nothingTold());
    if (b.success) geminiMap.eventsOf(b.data, geminiMap.nothingTold());
    if (c.success) opencodeMap.eventsOf(c.data, opencodeMap.nothingTold());
  }));
});

describe('the call of each program', () => {
  let place: AgentPlace;
  beforeEach(async () => { place = await agentPlace('none', { '.opencode/plugin/p.js': 'x', 'opencode.json': '{}', '.gemini/settings.json': '{}', 'a.txt': 'a' }); });
  afterEach(async () => { await place.close(); });
  const made = (): { args: string[]; prompt: string; env: Record<string, string> }[] => readFileSync(join(place.home, 'fake-cli-calls.jsonl'), 'utf8').trim().split('\n').map((line) => JSON.parse(line) as { args: string[]; prompt: string; env: Record<string, string> });
  const gatewayOf = (agent: CodingAgent): GatewayEndpoint => ({ ...NO_MODEL, api: agent.capabilities.apis[0] ?? 'gemini' });

  it.each<[string, CodingAgent, (first: string[], second: string[], session: string) => void]>([
    ['codex', codex(fixture('fake-codex')), (first, second, session) => {
      expect(first).toEqual(expect.arrayContaining(['exec', '--json', '--ignore-user-config', '--ignore-rules', 'allow_login_shell=false', 'project_doc_max_bytes=0', 'skills.include_instructions=false', 'sandbox_mode="workspace-write"', 'analytics.enabled=false', 'plugins']));
      expect(first).not.toContain('--dangerously-bypass-approvals-and-sandbox');
      expect(second.slice(0, 2)).toEqual(['exec', 'resume']);
      expect(second.slice(-2)).toEqual([session, '-']);
    }],
    ['gemini-cli', gemini(fixture('fake-gemini')), (first, second, session) => {
      expect(first).toEqual(expect.arrayContaining(['--output-format', 'stream-json', '--approval-mode', 'auto_edit', '--session-id', session]));
      expect(second).toEqual(expect.arrayContaining(['--resume', session]));
    }],
    ['opencode', opencode(fixture('fake-opencode')), (first, second, session) => {
      expect(first).toEqual(expect.arrayContaining(['run', '--pure', '--format', 'json', '--title']));
      expect(second).toEqual(expect.arrayContaining(['--session', session]));
    }],
  ])('%s: the prompt on stdin, fixed switches, the token in no argument, a session that is continued', async (_name, agent, check) => {
    const one = await play(agent, await place.task(agent, { gateway: gatewayOf(agent), prompt: 'SECRET PROMPT' }));
    expect(one.outcome).toMatchObject({ kind: 'completed', summary: expect.stringMatching(/Done\.$/) });
    const [first] = made();
    // The home of a later attempt keeps sessions and little else: the record of the first call is gone.
    await play(agent, await place.task(agent, { gateway: gatewayOf(agent), session: one.outcome.session, attempt: 2 }));
    const second = made().at(-1);
    expect(first?.prompt).toBe('SECRET PROMPT');
    expect(JSON.stringify(first?.args)).not.toMatch(/SECRET|token-of-this-attempt/);
    check(first?.args ?? [], second?.args ?? [], one.outcome.session ?? '');
  });

  it('codex lets commands run only inside a sandbox of ours, and then without its own', async () => {
    const agent = codex(fixture('fake-codex'));
    const task = await place.task(agent, { gateway: gatewayOf(agent) });
    await play(agent, { ...task, sandbox: { ...task.sandbox, rung: 'bubblewrap' } });
    expect(made()[0]?.args).toContain('--dangerously-bypass-approvals-and-sandbox');
    expect(made()[0]?.args.join(' ')).not.toContain('sandbox_mode');
  });

  it.each(['openai-chat', 'anthropic-messages', 'openai-responses', 'gemini'] as const)('opencode reaches the gateway over %s, and nothing is left to be asked', async (api) => {
    const agent = opencode(fixture('fake-opencode'));
    await play(agent, await place.task(agent, { gateway: { ...NO_MODEL, api } }));
    const configuration = JSON.parse(made()[0]?.env['OPENCODE_CONFIG_CONTENT'] ?? '') as { provider: { heddle: { options: object } }; permission: object };
    expect(configuration.provider.heddle.options).toMatchObject({ baseURL: expect.stringMatching(/^http:\/\/127\.0\.0\.1:9\/v1(beta)?$/), apiKey: 'token-of-this-attempt' });
    expect(configuration.permission).toMatchObject({ '*': 'allow', bash: 'deny', external_directory: 'deny', webfetch: 'deny' });
  });

  it.each([['codex', codex(fixture('fake-codex'))], ['gemini-cli', gemini(fixture('fake-gemini'))]] as const)('%s is not called for another API', async (_name, agent) => {
    expect((await play(agent, await place.task(agent, { gateway: NO_MODEL }))).outcome).toMatchObject({ kind: 'failed', fault: { code: 'unsupported', side: 'setup', message: expect.stringContaining('model.api') } });
  });
});

describe('the name of a session, which becomes an argument of the next attempt', () => {
  const told = {
    'claude-code': (id: string) => ClaudeLine.safeParse({ type: 'system', subtype: 'init', session_id: id }),
    codex: (id: string) => CodexLine.safeParse({ type: 'thread.started', thread_id: id }),
    'gemini-cli': (id: string) => GeminiLine.safeParse({ type: 'init', session_id: id }),
    opencode: (id: string) => OpencodeLine.safeParse({ type: 'step_start', sessionID: id }),
  };

  it.each(Object.entries(told))('%s: an option or a path is none', (_name, read) => {
    expect(['01a1fd36-29ad-7a50-b462-775bed366fa9', 'ses_1'].map((id) => read(id).success)).toEqual([true, true]);
    const hostile = ['', '-', '--help', '-cmodel_provider=openai', '--config=mcp_servers.x.command="sh"', '../../../etc/passwd', '/etc/passwd', 'a/b', 'a.jsonl', 'a b', 'a\n', 'a\0', 'x'.repeat(101)];
    expect(hostile.filter((id) => read(id).success)).toEqual([]);
  });
});

describe('what is taken out of the folder for a session', () => {
  let place: AgentPlace;
  beforeEach(async () => { place = await agentPlace('none', { '.opencode/a': 'ours', 'opencode.json': '{}', 'a.txt': 'a' }); });
  afterEach(async () => {
    await putBack(place.workspace);
    await place.close();
  });
  const at = (name: string): string => join(place.workspace, name);

  it('is gone, and comes back as it was, links as links', async () => {
    symlinkSync('/etc/passwd', at('.gemini'));
    expect(await setAside(place.workspace, ['.opencode', 'opencode.json', '.gemini', 'not-there'])).toMatchObject({ ok: true });
    expect(['.opencode', 'opencode.json', 'a.txt'].map((name) => existsSync(at(name)))).toEqual([false, false, true]);
    await putBack(place.workspace);
    expect(readFileSync(at('.opencode/a'), 'utf8')).toBe('ours');
    expect(existsSync(at('.gemini'))).toBe(true);
    expect(existsSync(`${place.workspace}.set-aside`)).toBe(false);
  });

  it('comes back after a session that was cut off, before the next one', async () => {
    await setAside(place.workspace, ['.opencode']);
    await setAside(place.workspace, ['opencode.json']);
    expect([existsSync(at('.opencode/a')), existsSync(at('opencode.json'))]).toEqual([true, false]);
  });

  it('does not cover what the agent has made in its place, and is not lost for it', async () => {
    writeFileSync(at('.opencode/run.sh'), 'ours too', { mode: 0o755 });
    mkdirSync(at('.opencode/deep'));
    symlinkSync('/nowhere', at('.opencode/deep/link'));
    writeFileSync(at('.opencode/same'), 'ours');
    await setAside(place.workspace, ['.opencode', 'opencode.json']);
    mkdirSync(at('.opencode/deep'), { recursive: true });
    for (const name of ['.opencode/b', '.opencode/same', '.opencode/deep/c']) writeFileSync(at(name), 'theirs');
    mkdirSync(at('opencode.json'));
    await putBack(place.workspace);
    expect(['a', 'run.sh', 'same', 'b', 'deep/c'].map((name) => readFileSync(at(`.opencode/${name}`), 'utf8'))).toEqual(['ours', 'ours too', 'theirs', 'theirs', 'theirs']);
    expect([statSync(at('.opencode/run.sh')).mode & 0o777, readlinkSync(at('.opencode/deep/link')), statSync(at('opencode.json')).isDirectory()]).toEqual([0o755, '/nowhere', true]);
  });

  it('comes back although the agent took the rights from its folders', async () => {
    await setAside(place.workspace, ['.opencode']);
    mkdirSync(at('.opencode'));
    for (const path of [at('.opencode'), place.workspace]) chmodSync(path, 0o500);
    await asPlainUser(dirname(place.workspace), () => putBack(place.workspace));
    expect([readFileSync(at('.opencode/a'), 'utf8'), existsSync(`${place.workspace}.set-aside`)]).toEqual(['ours', false]);
  });

  it('is not written through a link that the agent has made in its place', async () => {
    mkdirSync(at('outside'));
    mkdirSync(at('.opencode/deep'));
    writeFileSync(at('.opencode/deep/x'), 'ours');
    await setAside(place.workspace, ['.opencode']);
    mkdirSync(at('.opencode'));
    symlinkSync(at('outside'), at('.opencode/deep'));
    await putBack(place.workspace);
    expect([readdirSync(at('outside')), readFileSync(at('.opencode/a'), 'utf8')]).toEqual([[], 'ours']);
    await setAside(place.workspace, ['.opencode']);
    symlinkSync(at('outside'), at('.opencode'));
    await putBack(place.workspace);
    expect(readdirSync(at('outside'))).toEqual([]);
  });

  it('settings of the home are written past the links that an attempt before has left', async () => {
    mkdirSync(at('outside'));
    symlinkSync(at('outside'), join(place.home, '.gemini'));
    expect(await writeHomeFile(place.home, '.gemini/settings.json', '{}')).toMatchObject({ ok: true });
    expect([existsSync(at('outside/settings.json')), readFileSync(join(place.home, '.gemini/settings.json'), 'utf8')]).toEqual([false, '{}']);
    symlinkSync(at('a.txt'), join(place.home, '.link'));
    expect(await writeHomeFile(place.home, '.link', 'new')).toMatchObject({ ok: true });
    expect(readFileSync(at('a.txt'), 'utf8')).toBe('a');
  });
});
