import type { Configuration } from '../config/configuration.js';
import { assertNever } from '../kit/assert-never.js';
import { err, ok, type Result } from '../kit/result.js';
import type { CodingAgent } from '../ports/coding-agent.js';
import { systemIds } from './clock.js';
import { ownProgram } from './own-program.js';
import { usageProblem, type Problem } from './problem.js';

/** The configured agent. Its adapter is loaded only now: nobody pays for the others. */
export async function createAgent(config: Configuration, env: { readonly path: string }): Promise<Result<CodingAgent, Problem>> {
  const { agent } = config;
  switch (agent.id) {
    case 'builtin': {
      const { create, optionSchema } = await import('../adapters/agent/builtin/index.js');
      return ok(create(optionSchema.parse({}), { program: ownProgram('__agent') }));
    }
    case 'claude-code': {
      const { create, optionSchema } = await import('../adapters/agent/claude-code/index.js');
      return ok(create(optionSchema.parse({ path: agent.path }), { searchPath: env.path, ids: systemIds }));
    }
    case 'command': {
      if (agent.command.length === 0) return err(usageProblem('The agent is `command`, but no command is given. Set agent.command in .heddle.yml, for example: agent: {id: command, command: [my-agent, --headless]}.'));
      const { create, optionSchema } = await import('../adapters/agent/command/index.js');
      return ok(create(optionSchema.parse({ command: agent.command, uses_model: agent.uses_model }), { searchPath: env.path }));
    }
    default:
      return assertNever(agent.id);
  }
}
