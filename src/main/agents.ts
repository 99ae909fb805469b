import type { PinnedAgentId } from '../adapters/agent/lib/supply/pinned-agents.js';
import type { ProgramSource } from '../adapters/agent/lib/supply/program-source.js';
import { agentPolicyOf } from '../config/agent-policy.js';
import type { Configuration } from '../config/configuration.js';
import type { AgentPolicy } from '../domain/agent-policy.js';
import { assertNever } from '../kit/assert-never.js';
import { err, ok, type Result } from '../kit/result.js';
import type { CodingAgent } from '../ports/coding-agent.js';
import { unkeptSettings } from './agent-fence.js';
import { systemIds } from './clock.js';
import type { Invocation } from './invocation.js';
import { ownProgram } from './own-program.js';
import { usageProblem, type Problem } from './problem.js';

/** What of an invocation finding an agent's program needs. */
export type AgentPlace = Pick<Invocation, 'path' | 'toolCache' | 'proxied' | 'secrets'>;

/**
 * The configured agent, if it can keep to what the configuration asks of it. `where` gives a setting's place in the file, for
 * the message.
 */
export async function createAgent(config: Configuration, place: AgentPlace, where: (setting: string) => string = (setting) => setting): Promise<Result<CodingAgent, Problem>> {
  const policy = agentPolicyOf(config);
  const created = await adapterFor(config, place, policy);
  if (!created.ok) return created;
  const agent = created.value;
  const unkept = unkeptSettings(config, agent.capabilities.fence ?? []);
  if (unkept.length > 0) return err(usageProblem(unkept.map(({ setting, words }) => `${where(setting)}: ${words}.`).join('\n')));
  if (policy.servers.length === 0) return ok(agent);
  const { mountsFor } = await import('../adapters/agent/lib/command-mounts.js');
  return ok({
    ...agent,
    // Servers run in the agent's sandbox: it must show their programs too.
    mounts: async () => [...await agent.mounts(), ...(await Promise.all(policy.servers.map((server) => mountsFor(server.command, place.path)))).flat()],
  });
}

/** Its adapter is loaded only now: nobody pays for the others. */
async function adapterFor(config: Configuration, place: AgentPlace, policy: AgentPolicy): Promise<Result<CodingAgent, Problem>> {
  const { agent } = config;
  switch (agent.id) {
    case 'builtin': {
      const { create, optionSchema } = await import('../adapters/agent/builtin/index.js');
      return ok(create(optionSchema.parse({}), { program: ownProgram('__agent'), rules: policy.rules }));
    }
    case 'claude-code': {
      const { create, optionSchema } = await import('../adapters/agent/claude-code/index.js');
      return ok(create(optionSchema.parse({}), { program: await pinnedProgram('claude-code', config, place), ids: systemIds, policy }));
    }
    case 'codex': {
      const { create } = await import('../adapters/agent/codex/index.js');
      return ok(create({ program: await pinnedProgram('codex', config, place), policy }));
    }
    case 'gemini-cli': {
      const { create } = await import('../adapters/agent/gemini-cli/index.js');
      return ok(create({ program: await pinnedProgram('gemini-cli', config, place), ids: systemIds, policy }));
    }
    case 'opencode': {
      const { create } = await import('../adapters/agent/opencode/index.js');
      return ok(create({ program: await pinnedProgram('opencode', config, place), policy }));
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
