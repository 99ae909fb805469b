import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { agentPlace, bestRung, play } from '../fakes/agent-place.js';
import type { AgentPlace } from '../fakes/agent-place.js';
import { command, fixture } from './agent-fixtures.js';

const rung = await bestRung();
let place: AgentPlace;
beforeEach(async () => { place = await agentPlace(rung, { 'total.txt': 'wrong\n' }); });
afterEach(async () => { await place.close(); });

const shell = (script: string, over: object = {}): ReturnType<typeof command> => command('', {}, { command: ['sh', '-c', script], ...over });
const said = async (agent: ReturnType<typeof command>, over: object = {}): Promise<readonly string[]> => {
  const { events } = await play(agent, await place.task(agent, { prompt: 'THE PROMPT\n', ...over }));
  return events.flatMap((event) => (event.type === 'said' ? [String(event.text)] : []));
};

describe('what a command gets', () => {
  it('is the prompt on stdin and in a file, the brief as a file, and the number of the attempt', async () => {
    expect(await said(shell('cat; cat "$HEDDLE_PROMPT"; cat "$HEDDLE_BRIEF"; echo " $HEDDLE_ATTEMPT"'), { attempt: 2 })).toEqual(['THE PROMPT', 'THE PROMPT', '{"version":1} 2']);
  });

  it('is the model only when it was asked for', async () => {
    const { model, gateway } = await place.model({ steps: [{ text: 'hello' }] });
    expect((await said(shell('env'), { gateway })).join('\n')).not.toContain('token-of-this-attempt');
    const ask = `const r = await fetch(process.env.ANTHROPIC_BASE_URL + '/v1/messages', { method: 'POST', headers: { 'x-api-key': process.env.ANTHROPIC_API_KEY }, body: '{"tools":[1]}' }); console.log((await r.json()).content[0].text);`;
    expect(await said(command('', {}, { command: [process.execPath, '--input-type=module', '-e', ask], uses_model: true }), { gateway })).toEqual(['hello']);
    expect(model.requests[0]?.headers['x-api-key']).toBe('token-of-this-attempt');
  });

  it('is written past links that the attempt before has planted', async () => {
    writeFileSync(join(place.workspace, '..', 'victim'), 'KEEP');
    for (const name of ['prompt.md', 'heddle-session']) symlinkSync(join(place.workspace, '..', 'victim'), join(place.home, name));
    expect(await said(shell('cat "$HEDDLE_PROMPT"'))).toEqual(['THE PROMPT']);
    expect(readFileSync(join(place.workspace, '..', 'victim'), 'utf8')).toBe('KEEP');
  });

  it('is closed input: a question gets no answer', async () => {
    const agent = command('asks-question');
    const { outcome } = await play(agent, await place.task(agent));
    expect(outcome).toMatchObject({ kind: 'completed', summary: expect.stringContaining('Nobody answered') });
  });
});

describe('how a command ends', () => {
  it('says when the program is not there', async () => {
    const agent = command('', {}, { command: ['no-such-program'] });
    const { outcome } = await play(agent, await place.task(agent));
    expect(outcome.kind).toBe('failed');
    expect(await agent.probe()).toMatchObject({ ok: false, message: expect.stringContaining('no-such-program') });
  });

  it('keeps the last words as the summary, and notes what went to stderr', async () => {
    const agent = shell('for i in $(seq 1 60); do echo line $i; done; echo careful >&2');
    const { events, outcome } = await play(agent, await place.task(agent));
    expect(outcome).toMatchObject({ kind: 'completed', summary: expect.stringMatching(/^line 21\n[^]*line 60$/) });
    expect(events).toContainEqual({ type: 'noted', text: 'careful' });
  });

  it('keeps a home for the run: the second session gets it right', async () => {
    const agent = command('fixes-on-second-try', { file: 'total.txt', find: 'wrong', wrong: 'worse', right: 'right' });
    await play(agent, await place.task(agent));
    expect(readFileSync(join(place.workspace, 'total.txt'), 'utf8')).toBe('worse\n');
    await play(agent, await place.task(agent, { attempt: 2 }));
    expect(readFileSync(join(place.workspace, 'total.txt'), 'utf8')).toBe('right\n');
  });

  it('leaves nothing running', async () => {
    const agent = command('leaves-daemon', { heartbeat: 'beat.txt', everyMs: 5 });
    await play(agent, await place.task(agent));
    const beats = (): number => readFileSync(join(place.workspace, 'beat.txt'), 'utf8').length;
    const before = beats();
    expect(before).toBeGreaterThan(0);
    await play(shell('sleep 0.2'), await place.task(agent));
    expect(beats()).toBe(before);
  });
});

describe('what is shown of it in the sandbox', () => {
  it('is the folder of a script, a file alone, a folder; never the system or a top folder', async () => {
    const data = join(place.workspace, '..', 'config.json');
    const folder = join(place.workspace, '..', 'rules');
    writeFileSync(data, '{}');
    mkdirSync(folder);
    const agent = command('', {}, { command: ['/usr/bin/env', fixture('good-patch'), data, folder, '/', '/tmp', '/usr/share', '/no/such/thing', 'relative/x.js'] });
    expect((await agent.mounts()).map((mount) => mount.from)).toEqual([dirname(fixture('good-patch')), data, folder]);
  });
});
