import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { AgentEvent, AgentOutcome, GatewayEndpoint } from '../../src/ports/coding-agent.js';
import { agentPlace, play } from '../fakes/agent-place.js';
import type { AgentPlace } from '../fakes/agent-place.js';
import { builtinProgram } from '../fakes/builtin-program.js';
import type { FakeModel, FakeStep } from '../fakes/model/fake-model.js';
import { builtin } from './agent-fixtures.js';

const program = builtinProgram();
const agent = builtin(program);

let place: AgentPlace;
beforeEach(async () => { place = await agentPlace('none', { 'src/total.ts': 'const a = 1;\nconst b = 1;\nexport const total = a - b;\n', '.gitignore': 'out/\n*.log\n', 'out/x.js': 'total', 'a.log': 'total' }); });
afterEach(async () => { await place.close(); });

interface Played { readonly events: readonly AgentEvent[]; readonly outcome: AgentOutcome; readonly model: FakeModel }

async function run(steps: readonly FakeStep[], over: { readonly api?: GatewayEndpoint['api']; readonly session?: string | undefined; readonly prompt?: string; readonly agent?: typeof agent; readonly afterwards?: FakeStep } = {}): Promise<Played> {
  const { model, gateway } = await place.model({ steps, ...(over.afterwards === undefined ? {} : { afterwards: over.afterwards }) }, over.api);
  const used = over.agent ?? agent;
  const played = await play(used, await place.task(used, { gateway, session: over.session, prompt: over.prompt ?? 'Do it.' }));
  return { ...played, model };
}

const call = (name: string, input: unknown): FakeStep => ({ tools: [{ name, input }] });
/** Runs one tool call and answers what the model was told. */
async function use(name: string, input: unknown): Promise<{ readonly ok: boolean; readonly text: string }> {
  const { events } = await run([call(name, input), { text: 'Done.' }]);
  const answer = events.find((event) => event.type === 'tool-answered');
  if (answer?.type !== 'tool-answered') throw new Error('the tool was not answered');
  return { ok: answer.ok, text: answer.output };
}
const file = (name: string): string => readFileSync(join(place.workspace, name), 'utf8');

describe('the session of the built-in agent', () => {
  it.each(['anthropic-messages', 'openai-chat'] as const)('works over %s: several calls in a turn, answers in order, the summary of finish', async (api) => {
    const { outcome, model } = await run([
      { text: 'Two at once.', tools: [{ name: 'read_file', input: { path: 'src/total.ts' } }, { name: 'edit_file', input: { path: 'src/total.ts', old_text: 'a - b', new_text: 'a + b' } }] },
      call('finish', { summary: 'It adds now.' }),
    ], { api });
    expect(outcome).toMatchObject({ kind: 'completed', summary: 'It adds now.' });
    expect(file('src/total.ts')).toContain('a + b');
    const told = JSON.stringify(model.requests[1]?.body?.['messages']);
    expect(told.indexOf('const a = 1')).toBeGreaterThan(0);
    expect(told.indexOf('replaced 1 occurrence')).toBeGreaterThan(told.indexOf('const a = 1'));
  });

  it.each(['anthropic-messages', 'openai-chat'] as const)('is continued by the next attempt over %s', async (api) => {
    const first = await run([call('list_files', {}), { text: 'Seen.' }], { api, prompt: 'FIRST' });
    const second = await run([{ text: 'Mended.' }], { api, session: first.outcome.session, prompt: 'SECOND' });
    expect(second.outcome).toMatchObject({ kind: 'completed', summary: 'Mended.', session: first.outcome.session });
    const body = second.model.requests[0]?.text ?? '';
    for (const part of ['FIRST', 'src/total.ts', 'Seen.', 'SECOND']) expect(body).toContain(part);
  });

  it('can be continued after it was killed in the middle of a call', async () => {
    const { gateway } = await place.model({ steps: [call('list_files', {}), call('run_command', { command: 'sleep 600' })] });
    const stop = new AbortController();
    const killed = await play(agent, await place.task(agent, { gateway, signal: stop.signal }), (event) => { if (event.type === 'tool-called' && event.tool === 'run_command') stop.abort('wall'); });
    expect(killed.outcome).toMatchObject({ kind: 'stopped', reason: 'wall' });
    const next = await run([{ text: 'Going on.' }], { session: killed.outcome.session, prompt: 'SECOND' });
    expect(next.outcome).toMatchObject({ kind: 'completed' });
    expect(next.model.requests[0]?.body?.['messages']).toHaveLength(3);
  });

  it('fails as not-found, without a session, when the conversation is gone', async () => {
    const { outcome, model } = await run([{ text: 'x' }], { session: '11111111-2222-4333-8444-555555555555' });
    expect(outcome).toMatchObject({ kind: 'failed', session: undefined, fault: { code: 'not-found', retryable: true } });
    expect(model.requests).toHaveLength(0);
    expect((await run([], { session: '../../etc/passwd' })).outcome).toMatchObject({ kind: 'failed', fault: { code: 'not-found' } });
  });

  it('stops at its turn limit', async () => {
    const { outcome, model } = await run([], { agent: builtin(program, { turns_max: 3 }), afterwards: call('list_files', {}) });
    expect(outcome).toMatchObject({ kind: 'completed', summary: expect.stringContaining('3 turns') });
    expect(model.requests).toHaveLength(3);
  });

  it('shortens old results when the conversation outgrows its budget, and keeps the prompt and the newest', async () => {
    writeFileSync(join(place.workspace, 'big.txt'), 'line of text\n'.repeat(900));
    const steps = Array.from({ length: 14 }, (_, at) => call('read_file', { path: 'big.txt', from: at + 1 }));
    const { model } = await run([...steps, { text: 'Done.' }], { agent: builtin(program, { context_chars_max: 40_000 }), prompt: 'KEEP-THIS' });
    const sizes = model.requests.map((request) => request.text.length);
    expect(Math.max(...sizes)).toBeLessThan(90_000);
    expect(model.requests.at(-1)?.text).toContain('KEEP-THIS');
    expect(model.requests.at(-1)?.text).toContain('were left out; call the tool again');
  });

  it('marks what the provider should cache, and asks the same beginning each time', async () => {
    const { model } = await run([call('list_files', {}), call('list_files', {}), { text: 'Done.' }]);
    const bodies = model.requests.map((request) => request.body ?? {});
    for (const body of bodies) expect(JSON.stringify(body).split('cache_control').length - 1).toBeLessThanOrEqual(4);
    expect(JSON.stringify(bodies[0]?.['system'])).toContain('cache_control');
    expect(JSON.stringify([bodies[0]?.['system'], bodies[0]?.['tools']])).toBe(JSON.stringify([bodies[2]?.['system'], bodies[2]?.['tools']]));
  });

  it('asks again after what passes, and says how it ended after what does not', async () => {
    const passing = await run([{ status: 503, headers: { 'retry-after': '0' } }, { ending: 'cut', text: 'x' }, { text: 'At last.' }]);
    expect(passing.outcome).toMatchObject({ kind: 'completed', summary: 'At last.' });
    const refused = await run([], { afterwards: { status: 403 } });
    expect(refused.outcome).toMatchObject({ kind: 'failed', fault: { code: 'unauthorized' } });
    expect(refused.model.requests).toHaveLength(1);
    const budget = await run([], { afterwards: { status: 429, headers: { 'x-should-retry': 'false' } } });
    expect(budget.outcome).toMatchObject({ kind: 'failed', fault: { code: 'rate-limited' } });
    expect(budget.model.requests).toHaveLength(1);
  });

  it('ends when the gateway ends the stream with an error', async () => {
    const { outcome, model } = await run([{ raw: 'event: error\ndata: {"type":"error","error":{"type":"rate_limit_error","message":"heddle gateway: the budget is spent"}}\n\n' }]);
    expect(outcome).toMatchObject({ kind: 'failed', fault: { message: expect.stringContaining('the budget is spent') } });
    expect(model.requests).toHaveLength(1);
  });

  it('answers a broken call and an unknown tool in words and goes on', async () => {
    const broken = 'event: message_start\ndata: {"type":"message_start","message":{}}\n\nevent: x\ndata: {"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"t1","name":"write_file","input":{}}}\n\nevent: x\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{\\"path\\":"}}\n\nevent: x\ndata: {"type":"message_delta","delta":{"stop_reason":"max_tokens"}}\n\n';
    const { events, outcome } = await run([{ raw: broken }, call('no_such_tool', {}), { text: 'Well.' }]);
    expect(events.flatMap((event) => (event.type === 'tool-answered' ? [[event.ok, event.output.slice(0, 30)]] : []))).toEqual([
      [false, 'The input of this call was no '], [false, 'There is no tool "no_such_tool'],
    ]);
    expect(outcome).toMatchObject({ kind: 'completed', summary: 'Well.' });
  });

  it('refuses an API that it does not speak', async () => {
    expect((await run([], { api: 'gemini' })).outcome).toMatchObject({ kind: 'failed', fault: { code: 'unsupported', side: 'setup' } });
  });
});

describe('its tools', () => {
  it('list and search without ignored files', async () => {
    expect((await use('list_files', {})).text.split('\n')).toEqual(['.gitignore', 'src/', 'src/total.ts']);
    expect((await use('search', { pattern: 'total' })).text).toBe('src/total.ts:3: export const total = a - b;');
    expect((await use('search', { pattern: '^const [ab]', regex: true })).text.split('\n')).toHaveLength(2);
    expect((await use('search', { pattern: '(', regex: true })).ok).toBe(false);
  });

  it('end a search that would never end', async () => {
    writeFileSync(join(place.workspace, 'evil.txt'), `${'a'.repeat(40)}!\n`);
    expect(await use('search', { pattern: '^(a+)+$', regex: true })).toEqual({ ok: false, text: expect.stringContaining('takes too long') });
  });

  it('read ranges with line numbers', async () => {
    expect((await use('read_file', { path: 'src/total.ts', from: 2, to: 2 })).text).toBe('2\tconst b = 1;\n[3 lines in all; go on with from: 3]');
    expect((await use('read_file', { path: 'src' })).text).toContain('is a folder');
    expect((await use('read_file', { path: 'nope.ts' })).text).toContain('does not exist');
  });

  it('edit exactly one place and say what is wrong otherwise', async () => {
    expect((await use('edit_file', { path: 'src/total.ts', old_text: '= 1;', new_text: '= 2;' })).text).toContain('occurs 2 times in src/total.ts (lines 1, 2)');
    expect((await use('edit_file', { path: 'src/total.ts', old_text: '  const a = 1;', new_text: 'x' })).text).toContain('stands at line 1');
    expect((await use('edit_file', { path: 'src/total.ts', old_text: '= 1;', new_text: '= $& 2;', all: true })).ok).toBe(true);
    expect(file('src/total.ts')).toBe('const a = $& 2;\nconst b = $& 2;\nexport const total = a - b;\n');
  });

  it('write and delete files, making folders', async () => {
    expect((await use('write_file', { path: 'new/deep/x.ts', content: 'x\n' })).ok).toBe(true);
    expect(file('new/deep/x.ts')).toBe('x\n');
    expect((await use('delete_file', { path: 'new/deep/x.ts' })).ok).toBe(true);
    expect(existsSync(join(place.workspace, 'new/deep/x.ts'))).toBe(false);
  });

  it.each(['../outside.txt', '/etc/passwd', '.git/config', 'sub/.GIT/x', 'link/secret', 'dangling', 'x\0y'])('stay in the working folder: %j', async (path) => {
    mkdirSync(join(place.workspace, '.git'));
    writeFileSync(join(place.home, 'secret'), 'KEEP');
    symlinkSync(place.home, join(place.workspace, 'link'));
    symlinkSync(join(place.home, 'made'), join(place.workspace, 'dangling'));
    for (const [name, input] of [['read_file', { path }], ['write_file', { path, content: 'x' }], ['delete_file', { path }]] as const) {
      const answer = await use(name, input);
      expect({ name, ok: answer.ok }).toEqual({ name, ok: false });
    }
    expect(readFileSync(join(place.home, 'secret'), 'utf8')).toBe('KEEP');
    expect(existsSync(join(place.home, 'made'))).toBe(false);
  });

  it('run commands with bounded time and output, and end what they leave behind', async () => {
    expect(await use('run_command', { command: 'echo out; echo err >&2; exit 3' })).toEqual({ ok: false, text: expect.stringMatching(/^(out\nerr|err\nout)\n\[exit code 3\]$/) });
    expect((await use('run_command', { command: 'sleep 100', seconds: 1 })).text).toContain('the time was up');
    const flood = await use('run_command', { command: 'yes | head -c 3000000' });
    expect(flood.text.length).toBeLessThan(17_000);
    expect(flood.text).toContain('characters left out');
    expect((await use('run_command', { command: 'sleep 100 & echo started' })).text).toBe('started\n[exit code 0]');
  });

  it('show commands nothing of the session: no token, no address', async () => {
    const { text } = await use('run_command', { command: 'env; tr "\\0" "\\n" < /proc/$PPID/environ; tr "\\0" " " < /proc/$PPID/cmdline' });
    expect(text).not.toContain('token-of-this-attempt');
    expect(text).toContain('HOME=');
  });
});
