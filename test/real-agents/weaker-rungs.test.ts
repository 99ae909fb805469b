import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import type { CodingAgent } from '../../src/ports/coding-agent.js';
import { agentPlace, play, proveRung } from '../fakes/agent-place.js';
import type { AgentPlace } from '../fakes/agent-place.js';
import type { FakeStep } from '../fakes/model/fake-model.js';
import { claude, codex, gemini, opencode } from './programs.js';

/** The real programs on the rungs below the best, where they run under another uid or beside the runner's own files. */
jest.setTimeout(180_000);

interface Real { readonly agent: CodingAgent; readonly model: string; readonly steps: (file: string) => readonly FakeStep[] }

const REAL: Readonly<Record<string, Real>> = {
  'claude-code': { agent: claude(), model: 'claude-sonnet-4-5', steps: (file) => [
    { tools: [{ name: 'Read', input: { file_path: file } }] }, { tools: [{ name: 'Edit', input: { file_path: file, old_string: 'a - b', new_string: 'a + b' } }] }, { tools: [{ name: 'Bash', input: { command: 'echo ran > ran.txt' } }] },
  ] },
  codex: { agent: codex(), model: 'gpt-5.5', steps: (file) => [
    { tools: [{ name: 'apply_patch', custom: `*** Begin Patch\n*** Update File: ${file}\n@@\n-a - b\n+a + b\n*** End Patch\n` }] }, { tools: [{ name: 'exec_command', input: { cmd: 'echo ran > ran.txt' } }] },
  ] },
  'gemini-cli': { agent: gemini(), model: 'gemini-2.5-pro', steps: (file) => [
    { tools: [{ name: 'replace', input: { file_path: file, instruction: 'mend it', old_string: 'a - b', new_string: 'a + b' } }] }, { tools: [{ name: 'run_shell_command', input: { command: 'echo ran > ran.txt', description: 'a command' } }] },
  ] },
  opencode: { agent: opencode(), model: 'm1', steps: (file) => [
    { tools: [{ name: 'read', input: { filePath: file } }] }, { tools: [{ name: 'edit', input: { filePath: file, oldString: 'a - b', newString: 'a + b' } }] }, { tools: [{ name: 'bash', input: { command: 'echo ran > ran.txt', description: 'a command' } }] },
  ] },
};

for (const rung of ['landlock', 'own-uid'] as const) {
  const proved = await proveRung(rung);
  const there = proved.rung === rung;
  if (!there) process.stderr.write(`SKIPPED: no rung ${rung} on this machine: ${proved.refused.map((each) => each.why).join(' ')}\n`);

  describe.each(Object.keys(REAL))(`%s on the rung ${rung} (${proved.form})`, (name) => {
    const { agent, model: modelName, steps } = REAL[name] as Real;
    let place: AgentPlace | undefined;
    afterEach(async () => { await place?.close(); });

    (there ? it : it.skip)('starts, edits, runs a command, and goes on with its session', async () => {
      place = await agentPlace(rung, { 'total.txt': 'a - b\n' });
      const { model, gateway } = await place.model({ steps: [...steps(join(place.workspace, 'total.txt')), { text: 'Done.' }, { text: 'Nothing more.' }] }, agent.capabilities.apis[0]);
      const one = await play(agent, await place.task(agent, { gateway, model: modelName, prompt: 'FIRST-PROMPT' }));
      expect(one.outcome).toMatchObject({ kind: 'completed', summary: 'Done.', session: expect.any(String) });
      expect(['total.txt', 'ran.txt'].map((file) => readFileSync(join(String(place?.workspace), file), 'utf8'))).toEqual(['a + b\n', 'ran\n']);
      // What it made belongs to us again: the candidate is read and the folder removed by nobody else.
      expect(statSync(join(place.workspace, 'ran.txt')).uid).toBe(process.getuid?.());
      const two = await play(agent, await place.task(agent, { gateway, model: modelName, prompt: 'SECOND-PROMPT', session: one.outcome.session, attempt: 2 }));
      expect(two.outcome).toMatchObject({ kind: 'completed', summary: 'Nothing more.', session: one.outcome.session });
      for (const words of ['FIRST-PROMPT', 'SECOND-PROMPT']) expect(model.requests.at(-1)?.text).toContain(words);
    });
  });
}
