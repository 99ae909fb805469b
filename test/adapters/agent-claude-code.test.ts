import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { endingOf, eventsOf } from '../../src/adapters/agent/claude-code/map.js';
import { KnownLine } from '../../src/adapters/agent/claude-code/schema.js';
import type { ResultLine } from '../../src/adapters/agent/claude-code/schema.js';
import { agentPlace, NO_MODEL, play } from '../fakes/agent-place.js';
import type { AgentPlace } from '../fakes/agent-place.js';
import { claude, fixture } from './agent-fixtures.js';

describe('lines of the wire', () => {
  const read = (value: unknown): ReturnType<typeof eventsOf> => eventsOf(KnownLine.parse(value), new Map());

  it.each([
    ['the session', { type: 'system', subtype: 'init', session_id: 's', tools: ['Read'] }, [{ type: 'session', session: 's' }]],
    ['words', { type: 'assistant', message: { content: [{ type: 'text', text: 'hi' }, { type: 'thinking', thinking: 'x' }, 7] } }, [{ type: 'said', text: 'hi' }]],
    ['a call', { type: 'assistant', message: { content: [{ type: 'tool_use', id: 't', name: 'Edit', input: { a: 1 } }] } }, [{ type: 'tool-called', tool: 'Edit', input: '{"a":1}', action: { kind: 'other' } }]],
    ['an edit', { type: 'assistant', message: { content: [{ type: 'tool_use', id: 't', name: 'Write', input: { file_path: '/ws/a' } }] } }, [{ type: 'tool-called', tool: 'Write', input: '{"file_path":"/ws/a"}', action: { kind: 'edit', paths: ['/ws/a'] } }]],
    ['a command', { type: 'assistant', message: { content: [{ type: 'tool_use', id: 't', name: 'Bash', input: { command: 'ls' } }] } }, [{ type: 'tool-called', tool: 'Bash', input: '{"command":"ls"}', action: { kind: 'command', command: 'ls' } }]],
    ['a tool of a server', { type: 'assistant', message: { content: [{ type: 'tool_use', id: 't', name: 'mcp__lab__note', input: {} }] } }, [{ type: 'tool-called', tool: 'mcp__lab__note', input: '{}', action: { kind: 'mcp', server: 'lab' } }]],
    ['usage, with what came from the cache', { type: 'result', subtype: 'success', is_error: false, usage: { input_tokens: 3500, cache_creation_input_tokens: 300, cache_read_input_tokens: 600, output_tokens: 120 } }, [{ type: 'used', claim: { inputTokens: 4400, outputTokens: 120, of: 'session' } }]],
    ['an answer to an unknown call', { type: 'user', message: { content: [{ type: 'tool_result', tool_use_id: 't', content: [{ type: 'text', text: 'x' }], is_error: true }] } }, [{ type: 'tool-answered', tool: 'unknown', ok: false, output: '[{"type":"text","text":"x"}]' }]],
    ['our own prompt coming back', { type: 'user', message: { content: 'prompt' } }, []],
    ['a denial', { type: 'system', subtype: 'permission_denied', tool_name: 'Bash', message: 'no' }, [{ type: 'noted', text: 'not allowed: Bash no' }]],
    ['a retry', { type: 'system', subtype: 'api_retry', attempt: 1, error_status: 500 }, [{ type: 'noted', text: 'model call failed (500), trying again' }]],
    ['what nobody knows yet', { type: 'system', subtype: 'brand_new', anything: {} }, []],
  ])('%s', (_name, line, events) => {
    expect(read(line)).toEqual(events);
  });

  it.each([{ type: 'assistant' }, { type: 'assistant', message: { content: 7 } }, { type: 'result', subtype: 'success', is_error: 'maybe' }, { type: null }, {}])('is strange: %j', (line) => {
    expect(KnownLine.safeParse(line).success).toBe(false);
  });
});

describe('the result line', () => {
  const ends = (over: Partial<ResultLine>, continued = false): object => endingOf({ type: 'result', subtype: 'success', is_error: false, ...over }, continued);
  it.each<[string, Partial<ResultLine>, object]>([
    ['a good end', { result: 'Done.' }, { kind: 'completed', summary: 'Done.' }],
    ['«success» that is none', { is_error: true, terminal_reason: 'api_error', api_error_status: 500 }, { kind: 'failed', fault: { code: 'service-error', retryable: true } }],
    ['a key that is refused', { is_error: true, api_error_status: 401 }, { kind: 'failed', fault: { code: 'unauthorized', side: 'setup' } }],
    ['a rate limit', { is_error: true, api_error_status: 429 }, { kind: 'failed', fault: { code: 'rate-limited' } }],
    ['a bad request', { is_error: true, api_error_status: 400 }, { kind: 'failed', fault: { code: 'rejected', retryable: false } }],
    ['the turn limit', { subtype: 'error_max_turns', is_error: true }, { kind: 'completed' }],
    ['an error inside', { subtype: 'error_during_execution', is_error: true, errors: ['boom'] }, { kind: 'failed', fault: { code: 'service-error' } }],
  ])('%s', (_name, line, ending) => {
    expect(ends(line)).toMatchObject(ending);
  });

  it('of a session that could not be continued is not-found', () => {
    expect(ends({ subtype: 'error_during_execution', is_error: true }, true)).toMatchObject({ fault: { code: 'not-found', retryable: true } });
  });
});

describe('the call of the CLI', () => {
  let place: AgentPlace;
  beforeEach(async () => { place = await agentPlace('none'); });
  afterEach(async () => { await place.close(); });
  const agent = claude(fixture('fake-claude'));
  const calls = (): { args: string[]; prompt: string; env: string[] }[] => readFileSync(join(place.home, 'fake-claude-calls.jsonl'), 'utf8').trim().split('\n').map((line) => JSON.parse(line) as { args: string[]; prompt: string; env: string[] });

  it('gives the prompt on stdin, a new session first and the same one later', async () => {
    const first = await play(agent, await place.task(agent, { prompt: 'SECRET PROMPT' }));
    await play(agent, await place.task(agent, { prompt: 'next', session: first.outcome.session }));
    const [one, two] = calls();
    expect(one?.prompt).toBe('SECRET PROMPT');
    expect(JSON.stringify(one?.args)).not.toContain('SECRET');
    expect(one?.args).toEqual(expect.arrayContaining(['--setting-sources', 'user', '--strict-mcp-config', '--session-id', first.outcome.session]));
    expect(first.outcome.session).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(two?.args).toEqual(expect.arrayContaining(['--resume', first.outcome.session]));
    expect(two?.args).not.toContain('--session-id');
  });

  it('lets it run commands only inside a sandbox', async () => {
    await play(agent, await place.task(agent));
    const task = await place.task(agent);
    await play(agent, { ...task, sandbox: { ...task.sandbox, rung: 'bubblewrap' } });
    expect(calls().map((made) => made.args[made.args.indexOf('--permission-mode') + 1])).toEqual(['acceptEdits', 'bypassPermissions']);
  });

  it('counts the first result; a second one is not of its making', async () => {
    writeFileSync(join(place.home, '.fake-claude.json'), JSON.stringify({ raw: ['{"type":"result","subtype":"success","is_error":false,"result":"first"}'], result: { result: 'second' } }));
    expect((await play(agent, await place.task(agent))).outcome).toMatchObject({ kind: 'completed', summary: 'first' });
  });

  it('takes exit code 0 without a result for a failure', async () => {
    writeFileSync(join(place.home, '.fake-claude.json'), JSON.stringify({ result: null }));
    expect((await play(agent, await place.task(agent))).outcome).toMatchObject({ kind: 'failed', fault: { code: 'invalid-answer', message: expect.stringContaining('exit code 0') } });
  });

  it('is not made when the API or the program does not fit', async () => {
    expect((await play(agent, await place.task(agent, { gateway: { ...NO_MODEL, api: 'openai-chat' } }))).outcome).toMatchObject({ kind: 'failed', fault: { code: 'unsupported', side: 'setup' } });
    const missing = claude('/nonexistent/claude');
    expect((await play(missing, await place.task(missing))).outcome).toMatchObject({ kind: 'failed', fault: { code: 'not-installed', message: expect.stringContaining('npm install') } });
  });
});
