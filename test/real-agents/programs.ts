import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { create as createClaude, optionSchema as ClaudeOptions } from '../../src/adapters/agent/claude-code/index.js';
import { create as createCodex } from '../../src/adapters/agent/codex/index.js';
import { create as createGemini } from '../../src/adapters/agent/gemini-cli/index.js';
import { PINNED_AGENTS, type PinnedAgentId } from '../../src/adapters/agent/lib/supply/pinned-agents.js';
import type { ProgramSource } from '../../src/adapters/agent/lib/supply/program-source.js';
import { create as createOpencode } from '../../src/adapters/agent/opencode/index.js';
import type { AgentPolicy } from '../../src/domain/agent-policy.js';
import type { CodingAgent } from '../../src/ports/coding-agent.js';
import { ids, onThisMachine, OPEN_POLICY } from '../adapters/agent-fixtures.js';

const modules = fileURLToPath(new URL('node_modules/', import.meta.url));

/** The program itself, past every launcher. Throws when the CLIs are not installed: these tests are never skipped silently. */
export function programFile(path: string): string {
  const file = join(modules, path);
  if (!existsSync(file)) throw new Error(`the CLI is not installed (${path}): npm ci --prefix test/real-agents --ignore-scripts`);
  return file;
}

const arch = process.arch === 'arm64' ? 'arm64' : 'x64';
const triple = arch === 'arm64' ? 'aarch64-unknown-linux-musl' : 'x86_64-unknown-linux-musl';

export const FILES = {
  claude: `@anthropic-ai/claude-code-linux-${arch}/claude`,
  codex: `@openai/codex-linux-${arch}/vendor/${triple}/bin/codex`,
  gemini: '@google/gemini-cli/bundle/gemini.js',
  opencode: `opencode-linux-${arch}/bin/opencode`,
} as const;

const pinned = (id: PinnedAgentId, path: string): ProgramSource => onThisMachine(id, programFile(path), PINNED_AGENTS[id].version);

export const claude = (policy: AgentPolicy = OPEN_POLICY): CodingAgent => createClaude(ClaudeOptions.parse({}), { program: pinned('claude-code', FILES.claude), ids, policy });
export const codex = (policy: AgentPolicy = OPEN_POLICY): CodingAgent => createCodex({ program: pinned('codex', FILES.codex), policy });
export const gemini = (policy: AgentPolicy = OPEN_POLICY): CodingAgent => createGemini({ program: pinned('gemini-cli', FILES.gemini), ids, policy });
export const opencode = (policy: AgentPolicy = OPEN_POLICY): CodingAgent => createOpencode({ program: pinned('opencode', FILES.opencode), policy });
