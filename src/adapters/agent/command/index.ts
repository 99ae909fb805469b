import type { AgentCapabilities, AgentEvent, AgentOutcome, AgentTask, CodingAgent } from '../../../ports/coding-agent.js';
import type { Program } from '../../../ports/sandbox.js';
import { clipText } from '../lib/clip-text.js';
import { mountsFor } from '../lib/command-mounts.js';
import { findProgram } from '../lib/find-program.js';
import { withoutExecutableState } from '../lib/fresh-home.js';
import { gatewayVariables } from '../lib/gateway-variables.js';
import { notBegun, outcomeOf } from '../lib/outcome.js';
import { writeSessionFiles } from '../lib/private-files.js';
import { relaysTo } from '../lib/relay.js';
import { streamProgram } from '../lib/stream-program.js';
import { endingOf } from './map.js';
import { CommandOptions } from './schema.js';

export const id = 'command';
export const optionSchema = CommandOptions;

export function capabilitiesFor(options: CommandOptions): AgentCapabilities {
  return { continues: false, apis: ['anthropic-messages', 'openai-chat', 'openai-responses', 'gemini'], usesModel: options.uses_model };
}

export interface CommandDeps {
  /** PATH of the orchestrator, for finding the program and what must be shown of it. */
  readonly searchPath: string;
}

const SAID_MAX = 4000;
const LAST_LINES = 40;

/** Any program: it gets the prompt, edits the working folder and ends. */
export function create(options: CommandOptions, deps: CommandDeps): CodingAgent {
  return {
    id,
    capabilities: capabilitiesFor(options),
    run: (task) => run(task, options),
    probe: async () => {
      const name = options.command[0] ?? '';
      const program = await findProgram(name, deps.searchPath);
      // A relative path is meant from the working folder, which does not exist yet.
      if (program === undefined && name.includes('/') && !name.startsWith('/')) return { ok: true, version: name };
      return program === undefined
        ? { ok: false, message: `The program ${JSON.stringify(name.slice(0, 200))} of agent.command was not found or may not be executed. Give an absolute path, or put it on the PATH.` }
        : { ok: true, version: program };
    },
    mounts: () => mountsFor(options.command, deps.searchPath),
  };
}

async function* run(task: AgentTask, options: CommandOptions): AsyncGenerator<AgentEvent, AgentOutcome> {
  const home = await withoutExecutableState(task);
  if (!home.ok) return notBegun(home.error, undefined);
  const files = await writeSessionFiles(task, { 'prompt.md': task.prompt });
  if (!files.ok) return notBegun(files.error, undefined);
  const lastLines: string[] = [];
  const end = yield* streamProgram(task, programOf(task, options, files.value['prompt.md'] ?? ''), (line) => {
    if (line.stream === 'stderr') return [{ type: 'noted', text: clipText(line.text, SAID_MAX) }];
    if (line.text.trim() === '') return [];
    lastLines.push(line.text.slice(0, SAID_MAX));
    if (lastLines.length > LAST_LINES) lastLines.shift();
    return [{ type: 'said', text: clipText(line.text, SAID_MAX) }];
  });
  return outcomeOf(end, undefined, () => endingOf(end, lastLines));
}

function programOf(task: AgentTask, options: CommandOptions, promptFile: string): Program {
  const [command = '', ...args] = options.command;
  return {
    command, args, cwd: '', stdin: task.prompt,
    env: {
      HEDDLE_BRIEF: task.briefFile, HEDDLE_PROMPT: promptFile, HEDDLE_ATTEMPT: String(task.attempt),
      ...(options.uses_model ? gatewayVariables(task.gateway, task.model) : {}),
    },
    relays: options.uses_model ? relaysTo(task.gateway) : [],
  };
}
