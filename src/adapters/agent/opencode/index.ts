import type { AgentPolicy } from '../../../domain/agent-policy.js';
import { ok } from '../../../kit/result.js';
import type { AgentCapabilities, CodingAgent } from '../../../ports/coding-agent.js';
import { cliAgent } from '../lib/cli-agent.js';
import { wireReader } from '../lib/wire-reader.js';
import type { ProgramSource } from '../lib/supply/program-source.js';
import { FENCE } from './fence.js';
import { endingOf, eventsOf, nothingTold } from './map.js';
import { programOf } from './program.js';
import { KnownLine } from './schema.js';

export const id = 'opencode';
export const capabilities: AgentCapabilities = { continues: true, apis: ['openai-chat', 'anthropic-messages', 'openai-responses', 'gemini'], usesModel: true, fence: FENCE };

export interface OpencodeDeps { readonly program: ProgramSource; readonly policy: AgentPolicy }

/** The opencode CLI, driven headless. */
export function create(deps: OpencodeDeps): CodingAgent {
  return cliAgent({
    id,
    capabilities,
    // Its switch for project configuration does not reach all of it: plugins of a checkout ran in 1.18.33.
    setAside: ['.opencode', 'opencode.json', 'opencode.jsonc'],
    keptHome: ['.local/share/opencode/*.db*', '.local/share/opencode/storage'],
    begin: (task, found) => {
      const told = nothingTold();
      return Promise.resolve(ok({
        program: programOf(task, found, deps.policy),
        read: wireReader(KnownLine, (line) => eventsOf(line, told)),
        session: () => told.session,
        end: (end) => endingOf(told, end, task.session !== undefined),
      }));
    },
  }, deps.program);
}
