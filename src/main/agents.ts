import type { PinnedAgentId } from '../adapters/agent/lib/supply/pinned-agents.js';
import type { ProgramSource } from '../adapters/agent/lib/supply/program-source.js';
import { agentPolicyOf } from '../config/agent-policy.js';
import type { Configuration } from '../config/configuration.js';
import { assertNever } from '../kit/assert-never.js';
import { err, ok, type Result } from '../kit/result.js';
import type { CodingAgent } from '../ports/coding-agent.js';
import { systemIds } from './clock.js';
import type { Invocation } from './invocation.js';
import { ownProgram } from './own-program.js';
import { usageProblem, type Problem } from './problem.js';

/** What of an invocation finding an agent's program needs. */
export type AgentPlace = Pick<Invocation, 'path' | 'toolCache' | 'proxied' | 'secrets'>;

/** The configured agent. Its adapter is loaded only now: nobody pays for the others. */
export async function createAgent(config: Configuration, place: AgentPlace): Promise<Result<CodingAgent, Problem>> {
  const { agent } = config;
  switch (agent.id) {
    case 'builtin': {
      const { create, optionSchema } = await import('../adapters/agent/builtin/index.js');
      return ok(create(optionSchema.parse({}), { program: ownProgram('__agent') }));
    }
    case 'claude-code': {
      const { create, optionSchema } = await import('../adapters/agent/claude-code/index.js');
      return ok(create(optionSchema.parse({}), { program: await pinnedProgram('claude-code', config, place), ids: systemIds }));
    }
    case 'codex': {
      const { create } = await import('../adapters/agent/codex/index.js');
      return ok(create({ program: await pinnedProgram('codex', config, place) }));
    }
    case 'gemini-cli': {
      const { create } = await import('../adapters/agent/gemini-cli/index.js');
      return ok(create({ program: await pinnedProgram('gemini-cli', config, place), ids: systemIds }));
    }
    case 'opencode': {
      const { create } = await import('../adapters/agent/opencode/index.js');
      return ok(create({ program: await pinnedProgram('opencode', config, place) }));
    }
    case 'acp': {
      if (agent.command.length === 0) return err(usageProblem('The agent is `acp`, but no command is given. Set agent.command in .heddle.yml to the program in its ACP mode, for example: agent: {id: acp, command: [my-agent, --acp]}.'));
      const { create, optionSchema } = await import('../adapters/agent/acp/index.js');
      return ok(create(optionSchema.parse({ command: agent.command, env: agent.env }), { searchPath: place.path, policy: agentPolicyOf(config) }));
    }
    case 'command': {
      if (agent.command.length === 0) return err(usageProblem('The agent is `command`, but no command is given. Set agent.command in .heddle.yml, for example: agent: {id: command, command: [my-agent, --headless]}.'));
      const { create, optionSchema } = await import('../adapters/agent/command/index.js');
      return ok(create(optionSchema.parse({ command: agent.command, uses_model: agent.uses_model }), { searchPath: place.path }));
    }
    default:
      return assertNever(agent.id);
  }
}

const PUBLIC_REGISTRY = 'https://registry.npmjs.org';

/** The program of a pinned agent. Nothing is looked for or downloaded before it is asked. */
async function pinnedProgram(id: PinnedAgentId, { agent }: Configuration, place: AgentPlace): Promise<ProgramSource> {
  const [{ programSource }, { packageFetch }] = await Promise.all([import('../adapters/agent/lib/supply/program-source.js'), import('../adapters/agent/lib/supply/package-fetch.js')]);
  return programSource(id, { path: agent.path, version: agent.version, integrity: agent.integrity, install: agent.install }, {
    searchPath: place.path, cache: place.toolCache.folder,
    registry: { url: agent.registry ?? place.toolCache.registry ?? PUBLIC_REGISTRY, token: place.secrets['registry-token'], fetch: packageFetch(place.proxied) },
  });
}
