import type { AgentPolicy } from '../../../domain/agent-policy.js';
import { ok } from '../../../kit/result.js';
import type { Ids } from '../../../ports/clock.js';
import type { AgentCapabilities, CodingAgent } from '../../../ports/coding-agent.js';
import { cliAgent } from '../lib/cli-agent.js';
import { newSession } from '../lib/new-session.js';
import { wireReader } from '../lib/wire-reader.js';
import type { ProgramSource } from '../lib/supply/program-source.js';
import { FENCE } from './fence.js';
import { endingOf, eventsOf, nothingTold } from './map.js';
import { programOf } from './program.js';
import { KnownLine } from './schema.js';

export const id = 'gemini-cli';
export const capabilities: AgentCapabilities = { continues: true, apis: ['gemini'], usesModel: true, fence: FENCE };

const TURNS_MAX = 200;

export interface GeminiCliDeps { readonly program: ProgramSource; readonly ids: Ids; readonly policy: AgentPolicy }

/** The Gemini CLI, driven headless. */
export function create(deps: GeminiCliDeps): CodingAgent {
  return cliAgent({
    id,
    capabilities,
    // A trusted folder's settings stand above those of the home, an untrusted folder is refused without a person,
    // and another name for the file of instructions is added to GEMINI.md, not put in its place.
    setAside: ['.gemini', '.agents', 'GEMINI.md'],
    keptHome: ['.gemini/tmp/*/chats', '.gemini/projects.json'],
    begin: async (task, found) => {
      const program = await programOf({ task, found, session: newSession(deps.ids), turnsMax: TURNS_MAX, policy: deps.policy });
      if (!program.ok) return program;
      const told = nothingTold();
      return ok({
        program: program.value,
        read: wireReader(KnownLine, (line) => eventsOf(line, told)),
        session: () => told.session,
        end: (end) => endingOf(told, end, task.session !== undefined),
      });
    },
  }, deps.program);
}
