import type { AgentEvent, ToolAction } from '../../../ports/coding-agent.js';
import { clipText, jsonText } from '../lib/clip-text.js';
import { agentFault, endingUnexplained, sessionLost, statusFault } from '../lib/model-fault.js';
import type { OwnEnding } from '../lib/outcome.js';
import type { StreamEnd } from '../lib/stream-program.js';
import { CommandInput, FileInput } from './schema.js';
import type { KnownLine } from './schema.js';

const TEXT_MAX = 16_000;
const COMMAND_MAX = 4000;
const NAME_MAX = 100;
const SOURCE = 'agent/opencode';
const EDITING = ['edit', 'write', 'multiedit'];

type ErrorLine = Extract<KnownLine, { type: 'error' }>;

/** What one session has told so far. There is no last line: the end is read from the steps and errors. */
export interface Told {
  session: string | undefined;
  /** An error after which no step went well. */
  error: ErrorLine['error'] | undefined;
  finished: boolean;
  lastWords: string;
}

export function nothingTold(): Told {
  return { session: undefined, error: undefined, finished: false, lastWords: '' };
}

/** A line as events. The first line of a session names it; a call and its answer come as one line. */
export function eventsOf(line: KnownLine, told: Told): readonly AgentEvent[] {
  if (told.session !== undefined || line.sessionID === undefined) return lineEvents(line, told);
  told.session = line.sessionID;
  return [{ type: 'session', session: line.sessionID }, ...lineEvents(line, told)];
}

function lineEvents(line: KnownLine, told: Told): readonly AgentEvent[] {
  switch (line.type) {
    case 'step_start':
    case 'reasoning':
      return [];
    case 'text':
      told.lastWords = line.part.text;
      return [{ type: 'said', text: clipText(line.part.text, TEXT_MAX) }];
    case 'tool_use': {
      const { state } = line.part;
      const tool = line.part.tool.slice(0, NAME_MAX);
      const output = state.error ?? state.output ?? '';
      return [
        { type: 'tool-called', tool, input: jsonText(state.input, TEXT_MAX), action: actionOf(tool, state.input) },
        { type: 'tool-answered', tool, ok: state.status === 'completed', output: typeof output === 'string' ? clipText(output, TEXT_MAX) : jsonText(output, TEXT_MAX) },
      ];
    }
    case 'step_finish': {
      told.finished = true;
      told.error = undefined;
      const { tokens } = line.part;
      if (tokens === undefined) return [];
      return [{ type: 'used', claim: { inputTokens: tokens.input + (tokens.cache?.read ?? 0) + (tokens.cache?.write ?? 0), outputTokens: tokens.output + (tokens.reasoning ?? 0), of: 'step' } }];
    }
    case 'error':
      told.error = line.error;
      return [{ type: 'erred', text: clipText(line.error.data?.message ?? line.error.name ?? '', TEXT_MAX) }];
  }
}

function actionOf(tool: string, input: unknown): ToolAction {
  const command = CommandInput.safeParse(input);
  if (tool === 'bash' && command.success) return { kind: 'command', command: clipText(command.data.command, COMMAND_MAX) };
  const file = FileInput.safeParse(input);
  if (EDITING.includes(tool) && file.success) return { kind: 'edit', paths: [clipText(file.data.filePath, COMMAND_MAX)] };
  return { kind: 'other' };
}

/** What the end means. Exit code 0 says nothing: errors are events, and a session that never finished a step did nothing. */
export function endingOf(told: Told, end: StreamEnd, continued: boolean): OwnEnding {
  const { error } = told;
  if (error !== undefined) {
    const words = error.data?.message ?? error.name ?? '';
    const status = error.data?.statusCode ?? 0;
    return { kind: 'failed', fault: status > 0 ? statusFault(SOURCE, status, words) : agentFault(SOURCE, words) };
  }
  const code = end.ending.kind === 'exited' ? end.ending.code : undefined;
  if (code === 0 && told.finished) return { kind: 'completed', summary: clipText(told.lastWords, TEXT_MAX) };
  if (continued && told.session === undefined && code === 1) return { kind: 'failed', fault: sessionLost(SOURCE, end.stderrEnd) };
  return endingUnexplained(SOURCE, end);
}
