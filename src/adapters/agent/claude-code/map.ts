import type { Fault } from '../../../domain/fault.js';
import type { AgentEvent, ToolAction } from '../../../ports/coding-agent.js';
import { clipText, jsonText } from '../lib/clip-text.js';
import { endingWords } from '../lib/outcome.js';
import type { OwnEnding } from '../lib/outcome.js';
import type { StreamEnd } from '../lib/stream-program.js';
import { Block, CommandInput, FileInput } from './schema.js';
import type { KnownLine, ResultLine, SystemLine } from './schema.js';

const TEXT_MAX = 16_000;
const NAME_MAX = 100;
const OPEN_CALLS_MAX = 1000;
const COMMAND_MAX = 4000;
const EDITING = ['Edit', 'MultiEdit', 'Write'];

/** Names of the calls that are not answered yet: an answer carries only its call's id. */
export type OpenCalls = Map<string, string>;

/** A line as events. Of the result line only its claim about usage is one: the rest becomes the outcome. */
export function eventsOf(line: KnownLine, open: OpenCalls): readonly AgentEvent[] {
  if (line.type === 'result') {
    const { usage } = line;
    const read = (usage?.cache_creation_input_tokens ?? 0) + (usage?.cache_read_input_tokens ?? 0);
    return usage === undefined ? [] : [{ type: 'used', claim: { inputTokens: usage.input_tokens + read, outputTokens: usage.output_tokens, of: 'session' } }];
  }
  if (line.type === 'system') return systemEvents(line);
  const content = line.message.content;
  if (typeof content === 'string') return line.type === 'assistant' ? [{ type: 'said', text: clipText(content, TEXT_MAX) }] : [];
  return content.flatMap((raw) => {
    const block = Block.safeParse(raw);
    return block.success ? blockEvents(block.data, line.type, open) : [];
  });
}

function blockEvents(block: Block, from: 'assistant' | 'user', open: OpenCalls): readonly AgentEvent[] {
  switch (block.type) {
    // What the user says is our own prompt coming back.
    case 'text': return from === 'assistant' ? [{ type: 'said', text: clipText(block.text, TEXT_MAX) }] : [];
    case 'tool_use':
      if (open.size < OPEN_CALLS_MAX) open.set(block.id, block.name.slice(0, NAME_MAX));
      return [{ type: 'tool-called', tool: block.name.slice(0, NAME_MAX), input: jsonText(block.input, TEXT_MAX), action: actionOf(block.name, block.input) }];
    case 'tool_result': {
      const tool = open.get(block.tool_use_id) ?? 'unknown';
      open.delete(block.tool_use_id);
      const output = typeof block.content === 'string' ? clipText(block.content, TEXT_MAX) : jsonText(block.content ?? '', TEXT_MAX);
      return [{ type: 'tool-answered', tool, ok: block.is_error !== true, output }];
    }
  }
}

/** Tools of MCP servers are called `mcp__<server>__<tool>`. */
function actionOf(tool: string, input: unknown): ToolAction {
  const server = /^mcp__([A-Za-z0-9-]{1,100})__/.exec(tool)?.[1];
  if (server !== undefined) return { kind: 'mcp', server };
  const command = CommandInput.safeParse(input);
  if (tool === 'Bash' && command.success) return { kind: 'command', command: clipText(command.data.command, COMMAND_MAX) };
  const file = FileInput.safeParse(input);
  return EDITING.includes(tool) && file.success ? { kind: 'edit', paths: [clipText(file.data.file_path, COMMAND_MAX)] } : { kind: 'other' };
}

function systemEvents(line: SystemLine): readonly AgentEvent[] {
  switch (line.subtype) {
    case 'init': return line.session_id === undefined ? [] : [{ type: 'session', session: line.session_id }];
    case 'permission_denied': return [{ type: 'noted', text: clipText(`not allowed: ${line.tool_name ?? ''} ${line.message ?? ''}`, TEXT_MAX) }];
    case 'api_retry': return [{ type: 'noted', text: clipText(`model call failed (${line.error_status ?? line.error ?? 'unknown'}), trying again`, TEXT_MAX) }];
    default: return [];
  }
}

/** What the last line means. `is_error` decides, never `subtype`: a failed model call ends with subtype `success`. */
export function endingOf(result: ResultLine, continued: boolean): OwnEnding {
  if (!result.is_error) return { kind: 'completed', summary: clipText(result.result ?? '', TEXT_MAX) };
  // The turn limit is an end like any other: the files are judged as they are.
  if (result.subtype === 'error_max_turns') return { kind: 'completed', summary: clipText(result.result ?? 'The limit of turns was reached.', TEXT_MAX) };
  const words = JSON.stringify((result.result ?? result.errors?.join('; ') ?? result.subtype).slice(0, 500));
  const status = result.api_error_status ?? 0;
  if (status > 0 || result.terminal_reason === 'api_error') return { kind: 'failed', fault: apiFault(status, words) };
  if (continued && result.subtype === 'error_during_execution') {
    return { kind: 'failed', fault: fault('not-found', 'ours', true, `The session of the attempt before could not be continued; a new one will be started. The agent said: ${words}`) };
  }
  return { kind: 'failed', fault: fault('service-error', 'theirs', true, `The agent ended with an error. It said: ${words}`) };
}

function apiFault(status: number, words: string): Fault {
  const said = `The agent said: ${words}`;
  if (status === 401 || status === 403) return fault('unauthorized', 'setup', false, `The model refused the call with status ${status}. Check the model's key and name. ${said}`);
  if (status === 429) return fault('rate-limited', 'theirs', true, `The model refused the calls because of a rate limit. ${said}`);
  if (status >= 400 && status < 500) return fault('rejected', 'theirs', false, `The model refused the call with status ${status}. ${said}`);
  return fault('service-error', 'theirs', true, `The model's service failed${status === 0 ? '' : ` with status ${status}`}. ${said}`);
}

/** The program ended without its last line: killed from inside, crashed, or never really started. */
export function endingWithoutResult(end: StreamEnd): OwnEnding {
  const stderr = end.stderrEnd === '' ? '' : ` Its error output: ${JSON.stringify(end.stderrEnd.slice(-500))}`;
  if (end.ending.kind === 'exited' && (end.ending.code === 126 || end.ending.code === 127)) {
    return { kind: 'failed', fault: fault('not-installed', 'setup', false, `The program could not be started in the sandbox (${endingWords(end)}).${stderr}`) };
  }
  return { kind: 'failed', fault: fault('invalid-answer', 'theirs', true, `The agent ended with ${endingWords(end)} and without a result.${stderr}`) };
}

function fault(code: Fault['code'], side: Fault['side'], retryable: boolean, message: string): Fault {
  return { code, side, retryable, source: 'agent/claude-code', message };
}
