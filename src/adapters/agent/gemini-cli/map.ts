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
const OPEN_CALLS_MAX = 1000;
const SOURCE = 'agent/gemini-cli';

/** What one session has told so far. */
export interface Told {
  session: string | undefined;
  /** The first result counts. */
  result: Extract<KnownLine, { type: 'result' }> | undefined;
  /** Words of a message that is still coming in pieces. */
  words: string;
  lastWords: string;
  /** Names of calls that are not answered yet. */
  readonly open: Map<string, string>;
}

export function nothingTold(): Told {
  return { session: undefined, result: undefined, words: '', lastWords: '', open: new Map() };
}

/** A line as events. Words come in pieces and are put together until something else comes. */
export function eventsOf(line: KnownLine, told: Told): readonly AgentEvent[] {
  if (line.type === 'message') {
    // What the user says is our own prompt coming back.
    if (line.role === 'assistant' && told.words.length <= TEXT_MAX) told.words += line.content;
    return [];
  }
  return [...saidSoFar(told), ...otherEvents(line, told)];
}

/** The message that is complete now, if there is one. */
export function saidSoFar(told: Told): readonly AgentEvent[] {
  if (told.words === '') return [];
  told.lastWords = told.words;
  told.words = '';
  return [{ type: 'said', text: clipText(told.lastWords, TEXT_MAX) }];
}

function otherEvents(line: Exclude<KnownLine, { type: 'message' }>, told: Told): readonly AgentEvent[] {
  switch (line.type) {
    case 'init':
      if (told.session !== undefined) return [];
      told.session = line.session_id;
      return [{ type: 'session', session: line.session_id }];
    case 'tool_use': {
      const tool = line.tool_name.slice(0, NAME_MAX);
      if (told.open.size < OPEN_CALLS_MAX) told.open.set(line.tool_id, tool);
      return [{ type: 'tool-called', tool, input: jsonText(line.parameters, TEXT_MAX), action: actionOf(tool, line.parameters) }];
    }
    case 'tool_result': {
      const tool = told.open.get(line.tool_id) ?? 'unknown';
      told.open.delete(line.tool_id);
      const output = line.error?.message ?? line.output ?? '';
      return [{ type: 'tool-answered', tool, ok: line.status === 'success', output: typeof output === 'string' ? clipText(output, TEXT_MAX) : jsonText(output, TEXT_MAX) }];
    }
    case 'error': return [{ type: 'erred', text: clipText(line.message ?? '', TEXT_MAX) }];
    case 'result': {
      told.result ??= line;
      const used: readonly AgentEvent[] = line.stats === undefined || line.stats === null ? [] : [{ type: 'used', claim: { inputTokens: line.stats.input_tokens, outputTokens: line.stats.output_tokens, of: 'session' } }];
      return line.status === 'success' ? used : [{ type: 'erred', text: clipText(line.error?.message ?? line.status, TEXT_MAX) }, ...used];
    }
  }
}

/** Tools of MCP servers are called `mcp_<server>_<tool>`. */
function actionOf(tool: string, input: unknown): ToolAction {
  const server = /^mcp_([A-Za-z0-9-]{1,100})_/.exec(tool)?.[1];
  if (server !== undefined) return { kind: 'mcp', server };
  const command = CommandInput.safeParse(input);
  if (tool === 'run_shell_command' && command.success) return { kind: 'command', command: clipText(command.data.command, COMMAND_MAX) };
  const file = FileInput.safeParse(input);
  if ((tool === 'replace' || tool === 'write_file') && file.success) return { kind: 'edit', paths: [clipText(file.data.file_path, COMMAND_MAX)] };
  return { kind: 'other' };
}

const EXIT_BAD_INPUT = 42;
const EXIT_NO_AUTH = 41;
const EXIT_TURN_LIMIT = 53;
const EXIT_UNTRUSTED = 55;
/** The CLI exits with the model's status, of which a process keeps the lower eight bits. */
const STATUSES = [400, 401, 403, 404, 408, 413, 422, 429, 500, 502, 503, 504, 529];

/** What the end means. The result line and the exit code must agree that it went well. */
export function endingOf(told: Told, end: StreamEnd, continued: boolean): OwnEnding {
  const { result } = told;
  const code = end.ending.kind === 'exited' ? end.ending.code : undefined;
  // The turn limit is an end like any other: the files are judged as they are.
  if (code === EXIT_TURN_LIMIT) return { kind: 'completed', summary: clipText(told.lastWords === '' ? 'The limit of turns was reached.' : told.lastWords, TEXT_MAX) };
  if (code === 0 && result?.status === 'success') return { kind: 'completed', summary: clipText(told.lastWords, TEXT_MAX) };
  const words = result?.error?.message ?? end.stderrEnd;
  const status = code === undefined || code === 0 ? undefined : STATUSES.find((each) => (each & 0xff) === code);
  if (status !== undefined) return { kind: 'failed', fault: statusFault(SOURCE, status, words) };
  if (code === EXIT_NO_AUTH || code === EXIT_UNTRUSTED) return { kind: 'failed', fault: { code: 'unsupported', side: 'setup', retryable: false, source: SOURCE, message: `The CLI did not take the settings it was given (exit code ${code}); this version of it may be another than the tested one. It said: ${JSON.stringify(words.slice(0, 500))}` } };
  if (continued && told.session === undefined && code === EXIT_BAD_INPUT) return { kind: 'failed', fault: sessionLost(SOURCE, words) };
  if (result !== undefined && result.status !== 'success') return { kind: 'failed', fault: agentFault(SOURCE, words) };
  return endingUnexplained(SOURCE, end);
}
