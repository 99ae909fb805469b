import { readdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { ModelApi } from '../../src/ports/model-gateway.js';
import { acp } from '../adapters/agent-fixtures.js';
import { agentPlace, bestRung, play } from '../fakes/agent-place.js';
import type { AgentPlace } from '../fakes/agent-place.js';
import type { FakeStep } from '../fakes/model/fake-model.js';
import { FILES, programFile } from './programs.js';

jest.setTimeout(120_000);

const rung = await bestRung();
const OPENCODE = JSON.stringify({
  autoupdate: false, share: 'disabled', model: 'heddle/{{model}}', small_model: 'heddle/{{model}}', permission: { edit: 'ask', bash: 'ask' },
  provider: { heddle: { npm: '@ai-sdk/openai-compatible', name: 'heddle', options: { baseURL: '{{model_url}}/v1', apiKey: '{{model_token}}' }, models: { m1: { tool_call: true, limit: { context: 100000, output: 8000 } } } } },
});

interface Real { readonly command: readonly string[]; readonly env?: Readonly<Record<string, string>>; readonly api: ModelApi; readonly model: string; readonly steps: (at: string) => readonly FakeStep[] }

const REAL: Readonly<Record<string, Real>> = {
  'gemini --acp': {
    command: [process.execPath, programFile(FILES.gemini), '--acp', '--model', '{{model}}'], api: 'gemini', model: 'gemini-2.5-pro',
    env: { GEMINI_CLI_NO_RELAUNCH: 'true', GEMINI_CLI_TRUST_WORKSPACE: 'true' },
    steps: (at) => [
      { text: 'I mend it.', tools: [{ name: 'replace', input: { file_path: at, instruction: 'mend it', old_string: 'a - b', new_string: 'a + b' } }] },
      { tools: [{ name: 'run_shell_command', input: { command: 'echo ran > ran.txt', description: 'a command' } }] }, { text: 'Done.' },
    ],
  },
  'opencode acp': {
    command: [programFile(FILES.opencode), 'acp'], api: 'openai-chat', model: 'm1',
    env: { OPENCODE_CONFIG_CONTENT: OPENCODE, OPENCODE_DISABLE_MODELS_FETCH: '1', OPENCODE_DISABLE_AUTOUPDATE: '1', npm_config_registry: 'http://127.0.0.1:9/' },
    steps: (at) => [
      { tools: [{ name: 'read', input: { filePath: at } }] },
      { text: 'I mend it.', tools: [{ name: 'edit', input: { filePath: at, oldString: 'a - b', newString: 'a + b' } }] },
      { tools: [{ name: 'bash', input: { command: 'echo ran > ran.txt', description: 'a command' } }] }, { text: 'Done.' },
    ],
  },
};

describe.each(Object.keys(REAL))(`%s over the Agent Client Protocol (${rung})`, (name) => {
  const real = REAL[name] as Real;
  let place: AgentPlace;
  beforeEach(async () => { place = await agentPlace(rung, { 'total.mjs': 'export const total = (a, b) => a - b;\n' }); });
  afterEach(async () => { await place.close(); });

  it('edits, asks us for permission and gets it, and continues its session', async () => {
    const agent = acp(real.command, real.env === undefined ? {} : { env: real.env });
    const { model, gateway } = await place.model({ steps: [...real.steps(rung === 'bubblewrap' ? '/ws/total.mjs' : join(place.workspace, 'total.mjs')), { text: 'Nothing more.' }] }, real.api);
    const one = await play(agent, await place.task(agent, { gateway, model: real.model, prompt: 'FIRST-PROMPT' }));
    expect(one.outcome).toMatchObject({ kind: 'completed', summary: 'Done.', session: expect.any(String) });
    expect(readFileSync(join(place.workspace, 'total.mjs'), 'utf8')).toBe('export const total = (a, b) => a + b;\n');
    if (rung === 'bubblewrap') expect(readFileSync(join(place.workspace, 'ran.txt'), 'utf8')).toBe('ran\n');
    expect(one.events).toContainEqual(expect.objectContaining({ type: 'tool-called', action: expect.objectContaining({ kind: 'edit' }) }));
    longAgo(place.home);
    const two = await play(agent, await place.task(agent, { gateway, model: real.model, prompt: 'SECOND-PROMPT', session: one.outcome.session, attempt: 2 }));
    expect(two.outcome).toMatchObject({ kind: 'completed', summary: 'Nothing more.', session: one.outcome.session });
    for (const words of ['FIRST-PROMPT', 'SECOND-PROMPT']) expect(model.requests.at(-1)?.text).toContain(words);
  });
});

/**
 * Gemini CLI names the file of a session by the minute and, when it loads one, begins a file of this minute's name first:
 * in the minute in which the session was opened that is the same file, and its history is lost. A repair comes later.
 */
function longAgo(home: string): void {
  for (const file of readdirSync(home, { recursive: true, encoding: 'utf8' })) {
    const earlier = file.replace(/\/session-\d{4}-\d\d-\d\dT\d\d-\d\d-/, '/session-2020-01-01T00-00-');
    if (earlier !== file) renameSync(join(home, file), join(home, earlier));
  }
}
