import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { mountsFor } from '../../src/adapters/agent/lib/command-mounts.js';
import { agentPolicyOf } from '../../src/config/agent-policy.js';
import { Configuration } from '../../src/config/configuration.js';
import type { AgentPolicy } from '../../src/domain/agent-policy.js';
import type { CodingAgent } from '../../src/ports/coding-agent.js';
import { SEARCH_PATH } from '../adapters/agent-fixtures.js';
import { agentPlace, bestRung, play } from '../fakes/agent-place.js';
import type { AgentPlace } from '../fakes/agent-place.js';
import type { FakeStep, FakeToolCall } from '../fakes/model/fake-model.js';
import { claude, codex, gemini, opencode } from './programs.js';

/**
 * The policy in the REAL programs: what it denies is not done, what it allows is, the named server runs with the named
 * tool alone, and a second attempt goes on although its home was made fresh. Needs the CLIs (test/real-agents/README.md).
 */
jest.setTimeout(120_000);
const SERVER = fileURLToPath(new URL('../fixtures/agents/mcp-server.mjs', import.meta.url));
const rung = await bestRung();

/** Models that the CLIs know; codex gives an unknown one no tool for edits. */
const MODELS: Readonly<Record<string, string>> = { 'claude-code': 'claude-sonnet-4-5', codex: 'gpt-5.5', 'gemini-cli': 'gemini-2.5-pro' };

interface Words { readonly command: (text: string) => FakeToolCall; readonly write: (path: string) => FakeToolCall; readonly mcp: (tool: string) => FakeToolCall }

/** The same acts in each CLI's own tools. */
const CLIS: readonly { readonly make: (policy?: AgentPolicy) => CodingAgent; readonly words: Words; readonly paths: boolean }[] = [
  {
    make: claude, paths: true,
    words: { command: (command) => ({ name: 'Bash', input: { command, description: 'd' } }), write: (path) => ({ name: 'Write', input: { file_path: path, content: 'x' } }), mcp: (tool) => ({ name: `mcp__lab__${tool}`, input: { text: 'x' } }) },
  },
  {
    make: codex, paths: false,
    words: { command: (cmd) => ({ name: 'exec_command', input: { cmd } }), write: (path) => ({ name: 'apply_patch', custom: `*** Begin Patch\n*** Add File: ${path}\n+x\n*** End Patch\n` }), mcp: (tool) => ({ name: tool, namespace: 'mcp__lab', input: { text: 'x' } }) },
  },
  {
    make: gemini, paths: true,
    words: { command: (command) => ({ name: 'run_shell_command', input: { command, description: 'd' } }), write: (path) => ({ name: 'write_file', input: { file_path: path, content: 'x' } }), mcp: (tool) => ({ name: `mcp_lab_${tool}`, input: { text: 'x' } }) },
  },
  {
    make: opencode, paths: true,
    words: { command: (command) => ({ name: 'bash', input: { command, description: 'd' } }), write: (path) => ({ name: 'write', input: { filePath: path, content: 'x' } }), mcp: (tool) => ({ name: `lab_${tool}`, input: { text: 'x' } }) },
  },
];

describe.each(CLIS.map((cli) => ({ id: cli.make().id, ...cli })))('the policy in the real $id', ({ make, words, paths }) => {
  let place: AgentPlace;
  afterEach(async () => { await place.close(); });

  async function session(agentSettings: object, calls: (at: (name: string) => string) => readonly FakeToolCall[]): Promise<{ readonly has: (name: string) => boolean; readonly left: number; readonly outcome: unknown }> {
    place = await agentPlace(rung, { 'src/a.txt': 'a\n', '.github/a.yml': 'a\n' });
    const workdir = rung === 'bubblewrap' ? '/ws' : place.workspace;
    const config = Configuration.parse({ agent: { ...agentSettings, mcp: { lab: { command: [process.execPath, SERVER], env: { LOG: join(workdir, 'mcp.log') }, tools: ['note'] } } } });
    const policy = agentPolicyOf(config);
    const inner = make(policy);
    const agent: CodingAgent = { ...inner, mounts: async () => [...await inner.mounts(), ...(await Promise.all(policy.servers.map((server) => mountsFor(server.command, SEARCH_PATH)))).flat()] };
    const steps: FakeStep[] = [...calls((name) => join(workdir, name)).map((tool) => ({ tools: [tool] })), { text: 'Done.' }];
    const [api] = agent.capabilities.apis;
    const { model, gateway } = await place.model({ steps }, api);
    const { outcome } = await play(agent, await place.task(agent, { gateway, model: MODELS[agent.id] ?? 'm1' }));
    return { has: (name) => existsSync(join(place.workspace, name)), left: model.stepsLeft(), outcome };
  }

  it('keeps the agent from denied commands and paths, and gives it one tool of one server', async () => {
    const seen = await session({ tools: { deny: ['command:touch denied'] } }, (at) => [
      words.command('touch denied now'), words.command('true && touch denied too'), words.command('touch allowed'),
      words.write(at('.github/new.yml')), words.write(at('deep/CLAUDE.md')), words.write(at('src/new.txt')),
      words.mcp('note'), words.mcp('other'),
    ]);
    expect(seen).toMatchObject({ left: 0, outcome: { kind: 'completed' } });
    expect(['denied', 'now', 'too', 'allowed', 'src/new.txt'].map(seen.has)).toEqual([false, false, false, true, true]);
    if (paths) expect(['.github/new.yml', 'deep/CLAUDE.md'].map(seen.has)).toEqual([false, false]);
    expect(readFileSync(join(place.workspace, 'mcp.log'), 'utf8').split('\n').filter((line) => line.startsWith('called'))).toEqual(['called note']);
    // A server with a client of its own must not find the agent's token where such clients look.
    expect(readFileSync(join(place.workspace, 'mcp.log'), 'utf8')).not.toContain('token in');
  });

  // Codex has no list of what alone is allowed; such a rule is an error of its configuration.
  (paths ? it : it.skip)('keeps the agent to what alone is allowed', async () => {
    const seen = await session({ tools: { allow: ['read', 'edit:src/**', 'command:touch'] } }, (at) => [
      words.command('touch allowed'), words.command('mkdir made'), words.write(at('src/new.txt')), words.write(at('other.txt')),
    ]);
    expect(seen).toMatchObject({ left: 0, outcome: { kind: 'completed' } });
    expect(['allowed', 'made', 'src/new.txt', 'other.txt'].map(seen.has)).toEqual([true, false, true, false]);
  });

  it('goes on with its session in a fresh home, without what was planted there', async () => {
    place = await agentPlace(rung, { 'a.txt': 'a\n' });
    const agent = make();
    const { model, gateway } = await place.model({ steps: [{ text: 'First.' }, { text: 'Second.' }] }, agent.capabilities.apis[0]);
    const first = await play(agent, await place.task(agent, { gateway, model: MODELS[agent.id] ?? 'm1', prompt: 'FIRST-PROMPT' }));
    for (const path of ['.npmrc', '.claude/settings.json', '.claude.json', '.codex/config.toml', '.codex/rules/x.rules', '.gemini/tmp/bin/rg', '.config/opencode/opencode.json', '.config/opencode/plugin/x.js']) {
      mkdirSync(dirname(join(place.home, path)), { recursive: true });
      writeFileSync(join(place.home, path), path.endsWith('json') ? '{"hooks":{"SessionStart":[{"hooks":[{"type":"command","command":"touch hook-ran"}]}]},"mcp":{"evil":{"type":"local","command":["touch","mcp-ran"]}}}' : 'planted');
    }
    const second = await play(agent, await place.task(agent, { gateway, attempt: 2, session: first.outcome.session, model: MODELS[agent.id] ?? 'm1', prompt: 'SECOND-PROMPT' }));
    expect(second.outcome).toMatchObject({ kind: 'completed', session: first.outcome.session });
    expect(JSON.stringify(model.requests.at(-1)?.body)).toContain('FIRST-PROMPT');
    expect(['hook-ran', 'mcp-ran'].some((name) => existsSync(join(place.workspace, name)))).toBe(false);
    expect(['.npmrc', '.codex/rules/x.rules', '.gemini/tmp/bin/rg', '.config/opencode/plugin/x.js'].some((path) => existsSync(join(place.home, path)))).toBe(false);
  });
});
