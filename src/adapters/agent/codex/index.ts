import { ok } from '../../../kit/result.js';
import type { AgentCapabilities, CodingAgent } from '../../../ports/coding-agent.js';
import { clipText } from '../lib/clip-text.js';
import { cliAgent } from '../lib/cli-agent.js';
import { parseJsonLine } from '../lib/parse-json-line.js';
import type { ProgramSource } from '../lib/supply/program-source.js';
import { endingOf, eventsOf, nothingTold } from './map.js';
import { programOf } from './program.js';
import { KnownLine } from './schema.js';

export const id = 'codex';
export const capabilities: AgentCapabilities = { continues: true, apis: ['openai-responses'], usesModel: true };

export interface CodexDeps { readonly program: ProgramSource }

/** The Codex CLI, driven headless. */
export function create(deps: CodexDeps): CodingAgent {
  return cliAgent({
    id,
    capabilities,
    begin: (task, found) => {
      const told = nothingTold();
      return Promise.resolve(ok({
        program: programOf(task, found),
        read: (line) => {
          if (line.stream === 'stderr') return line.text.trim() === '' ? [] : [{ type: 'noted', text: clipText(line.text, 2000) }];
          if (line.text.trim() === '') return [];
          const known = KnownLine.safeParse(parseJsonLine(line.text));
          return known.success ? eventsOf(known.data, told) : undefined;
        },
        session: () => told.session,
        end: (end) => endingOf(told, end, task.session !== undefined),
      }));
    },
  }, deps.program);
}
