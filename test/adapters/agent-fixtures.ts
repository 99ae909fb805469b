import { fileURLToPath } from 'node:url';
import { create as createAcp, optionSchema as AcpOptions } from '../../src/adapters/agent/acp/index.js';
import { create as createBuiltin, optionSchema as BuiltinOptions } from '../../src/adapters/agent/builtin/index.js';
import { create as createClaude, optionSchema as ClaudeOptions } from '../../src/adapters/agent/claude-code/index.js';
import { create as createCodex } from '../../src/adapters/agent/codex/index.js';
import { create as createCommand, optionSchema as CommandOptions } from '../../src/adapters/agent/command/index.js';
import { create as createGemini } from '../../src/adapters/agent/gemini-cli/index.js';
import type { PinnedAgentId } from '../../src/adapters/agent/lib/supply/pinned-agents.js';
import { programSource, type ProgramSource } from '../../src/adapters/agent/lib/supply/program-source.js';
import { create as createOpencode } from '../../src/adapters/agent/opencode/index.js';
import { agentPolicyOf } from '../../src/config/agent-policy.js';
import { Configuration } from '../../src/config/configuration.js';
import { OPEN_RULES, type AgentPolicy } from '../../src/domain/agent-policy.js';
import type { CodingAgent } from '../../src/ports/coding-agent.js';

export const fixture = (name: string): string => fileURLToPath(new URL(`../fixtures/agents/${name}.mjs`, import.meta.url));

export const SEARCH_PATH = '/usr/local/bin:/usr/bin:/bin';
/** What a configuration that says nothing gives. */
export const OPEN_POLICY: AgentPolicy = agentPolicyOf(Configuration.parse({}));
let counter = 0;
/** Different on each call, the same in each run. */
export const ids = { hex: (bytes: number): string => (counter += 1).toString(16).padStart(bytes * 2, '7') };

export const command = (name: string, options: unknown = {}, over: object = {}): CodingAgent =>
  createCommand(CommandOptions.parse({ command: [process.execPath, fixture(name), JSON.stringify(options)], ...over }), { searchPath: SEARCH_PATH });
/** What is on this machine, of any version: nothing is downloaded. */
export const onThisMachine = (id: PinnedAgentId, path?: string, version = 'any'): ProgramSource =>
  programSource(id, { path, version, integrity: undefined, install: 'never' }, { searchPath: SEARCH_PATH, cache: '/nonexistent/cache', registry: { url: 'http://127.0.0.1:9', token: undefined, fetch } });
export const claude = (path?: string, over: object = {}, policy: AgentPolicy = OPEN_POLICY): CodingAgent => createClaude(ClaudeOptions.parse(over), { program: onThisMachine('claude-code', path), ids, policy });
export const codex = (path?: string, policy: AgentPolicy = OPEN_POLICY): CodingAgent => createCodex({ program: onThisMachine('codex', path), policy });
export const gemini = (path?: string, policy: AgentPolicy = OPEN_POLICY): CodingAgent => createGemini({ program: onThisMachine('gemini-cli', path), ids, policy });
export const opencode = (path?: string, policy: AgentPolicy = OPEN_POLICY): CodingAgent => createOpencode({ program: onThisMachine('opencode', path), policy });
export const builtin = (program: { readonly node: string; readonly args: readonly string[] }, over: object = {}): CodingAgent => createBuiltin(BuiltinOptions.parse(over), { program, rules: OPEN_RULES });
export const acp = (command: readonly string[], over: { readonly env?: Readonly<Record<string, string>>; readonly policy?: Partial<AgentPolicy> } = {}): CodingAgent =>
  createAcp(AcpOptions.parse({ command, ...(over.env === undefined ? {} : { env: over.env }) }), { searchPath: SEARCH_PATH, policy: { servers: [], rules: OPEN_RULES, ...over.policy } });
