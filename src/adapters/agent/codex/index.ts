import type { AgentPolicy } from '../../../domain/agent-policy.js';
import { ok } from '../../../kit/result.js';
import type { AgentCapabilities, CodingAgent } from '../../../ports/coding-agent.js';
import { cliAgent } from '../lib/cli-agent.js';
import { writeHomeFile } from '../lib/home-file.js';
import { wireReader } from '../lib/wire-reader.js';
import type { ProgramSource } from '../lib/supply/program-source.js';
import { commandRules, FENCE } from './fence.js';
import { endingOf, eventsOf, nothingTold } from './map.js';
import { programOf } from './program.js';
import { KnownLine } from './schema.js';

export const id = 'codex';
export const capabilities: AgentCapabilities = { continues: true, apis: ['openai-responses'], usesModel: true, fence: FENCE };

export interface CodexDeps { readonly program: ProgramSource; readonly policy: AgentPolicy }

/** The Codex CLI, driven headless. */
export function create(deps: CodexDeps): CodingAgent {
  return cliAgent({
    id,
    capabilities,
    keptHome: ['.codex/sessions', '.codex/*.sqlite*'],
    begin: async (task, found) => {
      const rules = commandRules(deps.policy);
      const written = rules === undefined ? ok(undefined) : await writeHomeFile(task.home, '.codex/rules/default.rules', rules);
      if (!written.ok) return written;
      const told = nothingTold();
      return ok({
        program: programOf(task, found, deps.policy),
        read: wireReader(KnownLine, (line) => eventsOf(line, told)),
        session: () => told.session,
        end: (end) => endingOf(told, end, task.session !== undefined),
      });
    },
  }, deps.program);
}
