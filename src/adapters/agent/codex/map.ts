import type { AgentEvent } from '../../../ports/coding-agent.js';
import { clipText, jsonText } from '../lib/clip-text.js';
import { agentFault, endingUnexplained, sessionLost } from '../lib/model-fault.js';
import type { OwnEnding } from '../lib/outcome.js';
import type { StreamEnd } from '../lib/stream-program.js';
import { Item } from './schema.js';
import type { ItemLine, KnownLine } from './schema.js';

const TEXT_MAX = 16_000;
const COMMAND_MAX = 4000;
const NAME_MAX = 100;
const PATHS_MAX = 100;
const OPEN_ITEMS_MAX = 1000;
const SOURCE = 'agent/codex';

/** What one session has told so far. */
export interface Told {
  session: string | undefined;
  /** The first end counts: a command that writes into our pipe after it does not. */
  ended: { readonly failed: string | undefined } | undefined;
  lastWords: string;
  lastError: string;
  /** Items that were started and shown as calls. */
  readonly open: Set<string>;
}

export function nothingTold(): Told {
  return { session: undefined, ended: undefined, lastWords: '', lastError: '', open: new Set() };
}

/** A line as events; what it says about session and end is kept in `told`. */
export function eventsOf(line: KnownLine, told: Told): readonly AgentEvent[] {
  switch (line.type) {
    case 'thread.started':
      if (told.session !== undefined) return [];
      told.session = line.thread_id;
      return [{ type: 'session', session: line.thread_id }];
    case 'turn.started': return [];
    case 'turn.completed':
      told.ended ??= { failed: undefined };
      return line.usage === undefined ? [] : [{ type: 'used', claim: { inputTokens: line.usage.input_tokens, outputTokens: line.usage.output_tokens, of: 'session' } }];
    case 'turn.failed':
      told.ended ??= { failed: line.error.message };
      return [{ type: 'erred', text: clipText(line.error.message, TEXT_MAX) }];
    case 'error':
      told.lastError = line.message;
      return [{ type: 'erred', text: clipText(line.message, TEXT_MAX) }];
    default: return itemEvents(line, told);
  }
}

function itemEvents(line: ItemLine, told: Told): readonly AgentEvent[] {
  const item = Item.safeParse(line.item);
  if (!item.success || line.type === 'item.updated') return [];
  const done = line.type === 'item.completed';
  if (item.data.type === 'agent_message') {
    if (!done) return [];
    told.lastWords = item.data.text;
    return [{ type: 'said', text: clipText(item.data.text, TEXT_MAX) }];
  }
  if (item.data.type === 'error') return done ? [{ type: 'erred', text: clipText(item.data.message, TEXT_MAX) }] : [];
  if (!done) {
    if (told.open.size >= OPEN_ITEMS_MAX) return [];
    told.open.add(line.item.id);
    return [calledEvent(item.data)];
  }
  // Quick calls come as one line, after their end.
  const shown = told.open.delete(line.item.id);
  return [...(shown ? [] : [calledEvent(item.data)]), answeredEvent(item.data)];
}

type Call = Exclude<Item, { type: 'agent_message' | 'error' }>;

function calledEvent(item: Call): AgentEvent {
  switch (item.type) {
    case 'command_execution': return { type: 'tool-called', tool: 'command', input: clipText(item.command, TEXT_MAX), action: { kind: 'command', command: clipText(item.command, COMMAND_MAX) } };
    case 'file_change': return { type: 'tool-called', tool: 'edit', input: jsonText(item.changes, TEXT_MAX), action: { kind: 'edit', paths: item.changes.slice(0, PATHS_MAX).map((change) => clipText(change.path, COMMAND_MAX)) } };
    case 'mcp_tool_call': return { type: 'tool-called', tool: item.tool.slice(0, NAME_MAX), input: jsonText(item.arguments, TEXT_MAX), action: { kind: 'mcp', server: item.server.slice(0, NAME_MAX) } };
  }
}

function answeredEvent(item: Call): AgentEvent {
  const ok = item.status === 'completed';
  switch (item.type) {
    case 'command_execution': return { type: 'tool-answered', tool: 'command', ok: ok && (item.exit_code ?? 0) === 0, output: clipText(item.aggregated_output ?? '', TEXT_MAX) };
    case 'file_change': return { type: 'tool-answered', tool: 'edit', ok, output: clipText(item.status ?? '', TEXT_MAX) };
    case 'mcp_tool_call': return { type: 'tool-answered', tool: item.tool.slice(0, NAME_MAX), ok: ok && (item.error === undefined || item.error === null), output: jsonText(item.error ?? item.result ?? '', TEXT_MAX) };
  }
}

/**
 * What the end means. A turn that failed decides, never the exit code alone. The CLI gives a status of the model in words
 * only, and words are not read: the gateway knows the status.
 */
export function endingOf(told: Told, end: StreamEnd, continued: boolean): OwnEnding {
  const failed = told.ended?.failed;
  if (failed !== undefined) return { kind: 'failed', fault: agentFault(SOURCE, failed) };
  if (told.ended !== undefined) return { kind: 'completed', summary: clipText(told.lastWords, TEXT_MAX) };
  // It ends before any turn when there is no such session: nothing but errors was said.
  if (continued && told.session === undefined && end.ending.kind === 'exited' && end.ending.code === 1) return { kind: 'failed', fault: sessionLost(SOURCE, told.lastError === '' ? end.stderrEnd : told.lastError) };
  return endingUnexplained(SOURCE, end);
}
