import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { permissionFor } from '../../src/adapters/agent/acp/permission.js';
import { Updates } from '../../src/adapters/agent/acp/updates.js';
import { OPEN_RULES } from '../../src/domain/agent-policy.js';
import type { AgentPolicy } from '../../src/domain/agent-policy.js';
import type { AgentEvent, AgentOutcome, AgentTask } from '../../src/ports/coding-agent.js';
import { agentPlace, play } from '../fakes/agent-place.js';
import type { AgentPlace } from '../fakes/agent-place.js';
import { acp, fixture } from './agent-fixtures.js';

let place: AgentPlace;
beforeEach(async () => { place = await agentPlace('none', { 'total.txt': 'the answer is wrong\n' }); });
afterEach(async () => { await place.close(); });

interface Heard { readonly id?: number; readonly method?: string; readonly params?: Record<string, unknown>; readonly result?: unknown; readonly error?: { readonly code: number } }
const heard = (): readonly Heard[] => readFileSync(join(place.home, 'fake-acp-heard.jsonl'), 'utf8').trim().split('\n').map((line) => JSON.parse(line) as Heard);

async function talk(script: object, over: Partial<AgentTask> & { readonly policy?: Partial<AgentPolicy>; readonly env?: Readonly<Record<string, string>> } = {}): Promise<{ readonly events: readonly AgentEvent[]; readonly outcome: AgentOutcome }> {
  writeFileSync(join(place.home, '.fake-cli.json'), JSON.stringify(script));
  const { policy, env, ...task } = over;
  const agent = acp([process.execPath, fixture('fake-acp')], { ...(policy === undefined ? {} : { policy }), ...(env === undefined ? {} : { env }) });
  return play(agent, await place.task(agent, task));
}

describe('a talk with an agent over the protocol', () => {
  it('offers neither files nor terminals, opens a session in the folder, prompts once and tells what happened', async () => {
    const { events, outcome } = await talk({ edits: [{ file: 'total.txt', find: 'wrong', replace: 'right' }] }, { prompt: 'PROMPT' });
    expect(heard().map((message) => message.method)).toEqual(['initialize', 'session/new', 'session/prompt']);
    expect(heard()[0]?.params).toMatchObject({ protocolVersion: 1, clientCapabilities: { fs: { readTextFile: false, writeTextFile: false }, terminal: false } });
    expect(heard()[1]?.params).toEqual({ cwd: place.workspace, mcpServers: [] });
    expect(heard()[2]?.params).toMatchObject({ prompt: [{ type: 'text', text: 'PROMPT' }] });
    expect(outcome).toMatchObject({ kind: 'completed', summary: 'Done.', session: 'session-of-the-fake' });
    expect(events).toEqual([
      { type: 'session', session: 'session-of-the-fake' },
      { type: 'said', text: 'I look at it.' },
      { type: 'tool-called', tool: 'execute', input: '{"command":"cat total.txt"}', action: { kind: 'command', command: 'cat total.txt' } },
      { type: 'tool-answered', tool: 'execute', ok: true, output: 'wrong' },
      { type: 'tool-called', tool: 'edit', input: '"Edit"', action: { kind: 'edit', paths: [join(place.workspace, 'total.txt')] } },
      { type: 'tool-answered', tool: 'edit', ok: true, output: 'Edit' },
      { type: 'said', text: 'Done.' },
      { type: 'used', claim: { inputTokens: 10, outputTokens: 5, of: 'session' } },
    ]);
  });

  it('continues a session, and what the agent tells again of it is no news', async () => {
    const { events, outcome } = await talk({}, { session: 'session-of-the-fake', attempt: 2 });
    expect(heard().map((message) => message.method)).toEqual(['initialize', 'session/load', 'session/prompt']);
    expect(heard()[1]?.params).toMatchObject({ sessionId: 'session-of-the-fake', cwd: place.workspace });
    expect(outcome).toMatchObject({ kind: 'completed', session: 'session-of-the-fake' });
    expect(JSON.stringify(events)).not.toContain('OLD WORDS');
  });

  it('names no session when the agent cannot load one, so that the next attempt gets the whole brief', async () => {
    const { events, outcome } = await talk({ load: false });
    expect(outcome).toMatchObject({ kind: 'completed', session: undefined });
    expect(events.some((event) => event.type === 'session')).toBe(false);
  });

  it('points an agent that can be pointed to a gateway there, with the token', async () => {
    await talk({ auth: [{ id: 'login' }, { id: 'gw', _meta: { gateway: { protocol: 'google' } } }] });
    expect(heard()[1]).toMatchObject({ method: 'authenticate', params: { methodId: 'gw', _meta: { gateway: { baseUrl: 'http://127.0.0.1:9', headers: { 'x-goog-api-key': 'token-of-this-attempt' } } } } });
  });

  it('serves no file and no terminal when asked all the same', async () => {
    const { outcome } = await talk({ calls: ['fs/read_text_file', 'fs/write_text_file', 'terminal/create', 'brand/new'] });
    expect(heard().filter((message) => message.error?.code === -32601).length).toBeGreaterThanOrEqual(4);
    expect(outcome.kind).toBe('completed');
  });

  it('answers each request for permission from the rules, and says what it refused', async () => {
    const options = [{ optionId: 'yes', kind: 'allow_once', name: '' }, { optionId: 'no', kind: 'reject_once', name: '' }];
    const { events } = await talk({ asks: [
      { toolCall: { toolCallId: 'a', kind: 'edit', locations: [{ path: join(place.workspace, 'a.txt') }] }, options },
      { toolCall: { toolCallId: 'b', kind: 'edit', locations: [{ path: '/etc/passwd' }] }, options },
      { toolCall: 7, options },
    ] });
    const answers = heard().filter((message) => message.method === undefined);
    expect(answers).toContainEqual(expect.objectContaining({ result: { outcome: { outcome: 'selected', optionId: 'yes' } } }));
    expect(answers).toContainEqual(expect.objectContaining({ result: { outcome: { outcome: 'selected', optionId: 'no' } } }));
    expect(answers).toContainEqual(expect.objectContaining({ error: expect.objectContaining({ code: -32602 }) }));
    expect(events).toContainEqual({ type: 'noted', text: expect.stringContaining('outside of the working folder') });
  });

  it('sends an agent away that stays after its answer; its end is its answer', async () => {
    expect((await talk({ stays: true })).outcome).toMatchObject({ kind: 'completed' });
  });

  it('tells the agent that it is stopped before it is ended', async () => {
    const stop = new AbortController();
    writeFileSync(join(place.home, '.fake-cli.json'), '{"hang":true}');
    const agent = acp([process.execPath, fixture('fake-acp')]);
    const { outcome } = await play(agent, await place.task(agent, { signal: stop.signal }), (event) => { if (event.type === 'tool-answered') stop.abort('tokens'); });
    expect(outcome).toMatchObject({ kind: 'stopped', reason: 'tokens', session: 'session-of-the-fake' });
    expect(heard().at(-1)).toMatchObject({ method: 'session/cancel', params: { sessionId: 'session-of-the-fake' } });
  });

  it('fills in the model in its variables, and its configuration of the checkout is not there while it works', async () => {
    mkdirSync(join(place.workspace, '.gemini'));
    writeFileSync(join(place.workspace, '.gemini/settings.json'), '{}');
    const agent = acp([process.execPath, '-e', 'process.stderr.write(`${process.env.A} ${require("fs").existsSync(".gemini")}\\n`)'], { env: { A: '{{model_url}} {{model_token}} {{model}} {{other}}' } });
    const { events } = await play(agent, await place.task(agent));
    expect(events).toEqual([{ type: 'noted', text: 'http://127.0.0.1:9 token-of-this-attempt claude-sonnet-4-5 {{other}} false' }]);
    expect(existsSync(join(place.workspace, '.gemini/settings.json'))).toBe(true);
  });
});

describe('the end of a talk', () => {
  it.each<[string, object, object]>([
    ['a refusal of the model is an end', { stopReason: 'refusal' }, { kind: 'completed' }],
    ['the limit of turns is an end', { stopReason: 'max_turn_requests' }, { kind: 'completed' }],
    ['a turn that nobody cancelled', { stopReason: 'cancelled' }, { kind: 'failed', fault: { code: 'service-error' } }],
    ['an error of the prompt', { promptError: { code: 500, message: 'boom' } }, { kind: 'failed', fault: { code: 'service-error', message: expect.stringContaining('boom') } }],
    ['sign-in that is wanted', { newError: { code: -32000, message: 'sign in' } }, { kind: 'failed', fault: { code: 'unauthorized', side: 'setup', message: expect.stringContaining('agent.env') } }],
    ['another version of the protocol', { version: 9 }, { kind: 'failed', fault: { code: 'invalid-answer' } }],
  ])('%s', async (_name, script, ending) => {
    expect((await talk(script)).outcome).toMatchObject(ending);
  });

  it('of a session that cannot be loaded is not-found, and the session is forgotten', async () => {
    expect((await talk({ loadError: { code: -32602, message: 'no such session' } }, { session: 'gone' })).outcome).toMatchObject({ kind: 'failed', session: undefined, fault: { code: 'not-found', retryable: true } });
  });
});

describe('a call that is open', () => {
  it('is held without the mass that a hostile agent gave it, and with what the rules are read for', () => {
    const updates = new Updates();
    const mass = Array.from({ length: 50_000 }, () => []);
    const text = { type: 'content', content: { type: 'text', text: 'seen', mass } };
    updates.read({ update: { sessionUpdate: 'tool_call', toolCallId: 'x', kind: 'execute', rawInput: { command: 'git push', mass }, rawOutput: mass, content: [{ type: 'diff', path: '/ws/a', oldText: mass }, text, { other: mass }] } });
    expect(updates.known({ toolCallId: 'x' })).toEqual({
      toolCallId: 'x', kind: 'execute', rawInput: { command: 'git push' },
      content: [{ type: 'diff', path: '/ws/a' }, { type: 'content', content: { type: 'text', text: 'seen' } }, undefined],
    });
    updates.read({ update: { sessionUpdate: 'tool_call', toolCallId: 'y', rawInput: mass } });
    expect(updates.known({ toolCallId: 'y' }).rawInput).toBeUndefined();
  });

  it('ends no message by a thought, and every message by something else: what was said before is not run together with it', () => {
    const updates = new Updates();
    const chunk = (sessionUpdate: string, words = 'x'): unknown => updates.read({ update: { sessionUpdate, content: { type: 'text', text: words } } });
    expect([chunk('agent_message_chunk', 'of old'), chunk('agent_thought_chunk'), chunk('available_commands_update'), chunk('agent_message_chunk', 'new')]).toEqual([[], [], [{ type: 'said', text: 'of old' }], []]);
    expect(updates.said()).toEqual([{ type: 'said', text: 'new' }]);
  });
});

describe('permission', () => {
  const ALL = ['allow_always', 'allow_once', 'reject_always', 'reject_once'].map((kind) => ({ optionId: kind, kind }));
  const ask = (call: object, over: { readonly rules?: Partial<typeof OPEN_RULES>; readonly rung?: 'bubblewrap' | 'none'; readonly servers?: AgentPolicy['servers'] } = {}): string | undefined =>
    permissionFor({ toolCallId: 'x', ...call }, ALL, { policy: { servers: over.servers ?? [], rules: { ...OPEN_RULES, ...over.rules } }, workdir: '/ws', rung: over.rung ?? 'bubblewrap' }).refusal;

  it.each<[string, object]>([
    ['reading', { kind: 'read' }], ['searching', { kind: 'search' }],
    ['an edit below the folder', { kind: 'edit', locations: [{ path: '/ws/src/a.ts' }] }], ['by a relative path', { kind: 'edit', locations: [{ path: 'src/a.ts' }] }],
    ['an edit named by its diff', { kind: 'edit', content: [{ type: 'diff', path: '/ws/a', oldText: '', newText: 'x' }] }],
    ['a command in a sandbox', { kind: 'execute', rawInput: { command: 'npm test' } }],
  ])('is given for %s, once', (_name, call) => {
    expect(ask(call)).toBeUndefined();
    expect(permissionFor({ toolCallId: 'x', ...call }, ALL, { policy: { servers: [], rules: OPEN_RULES }, workdir: '/ws', rung: 'bubblewrap' }).outcome).toEqual({ outcome: 'selected', optionId: 'allow_once' });
  });

  it.each<[string, object, Parameters<typeof ask>[1]]>([
    ['an edit outside', { kind: 'edit', locations: [{ path: '/ws/../etc/x' }] }, {}], ['one of two files outside', { kind: 'move', locations: [{ path: '/ws/a' }, { path: '/tmp/a' }] }, {}],
    ['the folder itself', { kind: 'delete', locations: [{ path: '/ws' }] }, {}], ['an edit of nobody knows what', { kind: 'edit', title: 'Edit /ws/a' }, {}],
    ['a protected path', { kind: 'edit', locations: [{ path: '/ws/.github/workflows/ci.yml' }] }, { rules: { edit: { allowed: 'all', denied: ['.github/**'] } } }],
    ['a command without a sandbox', { kind: 'execute', rawInput: { command: 'ls' } }, { rung: 'none' }],
    ['a denied command behind another', { kind: 'execute', rawInput: { command: 'ls && git push' } }, { rules: { command: { allowed: 'all', denied: ['git push'] } } }],
    ['the web', { kind: 'fetch' }, {}], ['a kind that nobody knows', { kind: 'brand-new' }, {}], ['no kind at all', {}, {}],
  ])('is refused for %s', (_name, call, over) => {
    expect(ask(call, over)).toEqual(expect.any(String));
  });

  it('is given for tools of servers when policy names servers', () => {
    expect(ask({ kind: 'other', title: 'lab_note' }, { servers: [{ name: 'lab', command: ['lab'], env: {}, tools: undefined, deniedTools: [] }] })).toBeUndefined();
  });

  it('that cannot be refused politely is cancelled', () => {
    expect(permissionFor({ toolCallId: 'x', kind: 'fetch' }, [{ optionId: 'y', kind: 'allow_once' }], { policy: { servers: [], rules: OPEN_RULES }, workdir: '/ws', rung: 'bubblewrap' }).outcome).toEqual({ outcome: 'cancelled' });
  });
});

describe('updates of any shape', () => {
  it('never throw, and never give more than they got', () => {
    const value = fc.jsonValue({ maxDepth: 4 });
    const kind = fc.oneof(fc.constantFrom('agent_message_chunk', 'tool_call', 'tool_call_update', 'plan'), fc.string());
    fc.assert(fc.property(fc.array(fc.record({ sessionUpdate: kind, toolCallId: fc.oneof(fc.constant('a'), value), status: fc.oneof(fc.constantFrom('pending', 'in_progress', 'completed', 'failed'), value), content: value, kind: value, locations: value })), (pieces) => {
      const updates = new Updates();
      const events = pieces.flatMap((update) => updates.read({ update }) ?? []);
      expect(events.length).toBeLessThanOrEqual(pieces.length * 3);
    }));
  });
});
