import { describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { startFakeModel } from '../fakes/model/fake-model.js';
import { DOOR, factsOf, heddle, makeScene, RUN_ARGS, seeRun } from './rig.js';

/** One question that is not streamed; what comes of it does not matter. */
const ASKS = `await fetch(process.env.ANTHROPIC_BASE_URL + '/v1/messages', { method: 'POST', headers: { 'x-api-key': process.env.ANTHROPIC_API_KEY }, body: JSON.stringify({ model: 'model-under-test', max_tokens: 4000, messages: [{ role: 'user', content: 'hello' }] }) })`;

/** The provider has the question and we are gone: it is paid, so the next process must count it. */
describe('kill -9 while a model answers', () => {
  it('counts the call as spent when the run is resumed, and leaves that much less for what follows', async () => {
    const model = await startFakeModel({ steps: [{ ending: 'silent' }], afterwards: { status: 400 }, advanceWithoutTools: true });
    const scene = makeScene({ config: {
      agent: { id: 'command', uses_model: true, model: 'model-under-test', command: [process.execPath, '-e', ASKS] }, model: { api: 'anthropic-messages', base_url: model.url, price: { input: 1, output: 10 } }, limits: { attempts: 2 },
    } });
    try {
      const child = spawn(process.execPath, [DOOR, ...RUN_ARGS], { cwd: scene.root, env: scene.env, stdio: ['ignore', 'ignore', 'pipe'] });
      let stderr = '';
      child.stderr.on('data', (chunk: Buffer) => { stderr += chunk.toString('utf8'); });
      const gone = new Promise<string | null>((resolve) => { child.once('exit', (_code, signal) => { resolve(signal); }); });
      await Promise.race([model.received(1), gone.then(() => { throw new Error(`ended before it asked: ${stderr}`); })]);
      child.kill('SIGKILL');
      expect(await gone).toBe('SIGKILL');
      const asked = Number(model.requests[0]?.body?.['max_tokens']);
      expect(asked).toBeGreaterThan(0);
      await heddle(scene, ['resume', 'out', '--json']);
      const [first] = factsOf(seeRun(scene.out), 'agent-reported');
      expect(first).toMatchObject({ attempt: 1, ending: { kind: 'stopped', reason: 'cancelled' }, usage: { calls: 1, outputTokens: asked, costKnown: true } });
      // Ten dollars a million: ten micro-dollars a token, and the input.
      expect(first?.usage.cost).toBeGreaterThan(asked * 10);
    } finally {
      await model.close();
      scene.close();
    }
  }, 360_000);
});
