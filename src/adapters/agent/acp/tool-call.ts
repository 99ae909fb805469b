import { posix } from 'node:path';
import type { ToolAction } from '../../../ports/coding-agent.js';
import { clipText, jsonText } from '../lib/clip-text.js';
import type { WantedCall } from '../lib/permits.js';
import { CommandInput, DiffContent, TextContent } from './schema.js';
import type { ToolCall } from './schema.js';

const COMMAND_MAX = 4000;
const PATHS_MAX = 100;
const EDITING = ['edit', 'delete', 'move'];

/** What is known of a call after another piece of it came. */
export function merged(known: ToolCall | undefined, piece: ToolCall): ToolCall {
  const news = Object.entries(piece).filter(([, value]) => value !== undefined && value !== null);
  return { ...known, ...Object.fromEntries(news), toolCallId: piece.toolCallId };
}

/** What is held of a call until its end. Input too long to be shown is not held, but the command that rules are read for. */
export function held(call: ToolCall, charsMax: number): ToolCall {
  if (call.rawInput === undefined || jsonText(call.rawInput, charsMax + 1).length <= charsMax) return call;
  const input = CommandInput.safeParse(call.rawInput);
  return { ...call, rawInput: input.success ? input.data : undefined };
}

export function actionOf(call: ToolCall): ToolAction {
  if (call.kind === 'execute') return { kind: 'command', command: clipText(commandOf(call), COMMAND_MAX) };
  const paths = pathsOf(call);
  if (EDITING.includes(call.kind ?? '') && paths.length > 0) return { kind: 'edit', paths: paths.slice(0, PATHS_MAX).map((path) => clipText(path, COMMAND_MAX)) };
  return { kind: 'other' };
}

/** The text that a call has answered. */
export function outputOf(call: ToolCall): string {
  const texts = (call.content ?? []).flatMap((part) => {
    const text = TextContent.safeParse(part);
    return text.success ? [text.data.content.text] : [];
  });
  return texts.length === 0 ? call.title ?? '' : texts.join('\n');
}

/** What the agent wants to do, in the words of the rules; the text says why it cannot be told. Kinds are the protocol's own. */
export function wantedOf(call: ToolCall, workdir: string): { readonly call: WantedCall } | { readonly refusal: string } | 'other' {
  switch (call.kind) {
    case 'read':
    case 'search':
      return { call: { kind: 'read' } };
    case 'fetch': return { call: { kind: 'web' } };
    case 'execute': return { call: { kind: 'command', command: commandOf(call) } };
    case 'edit':
    case 'delete':
    case 'move': {
      const paths = pathsOf(call).map((path) => below(path, workdir));
      const inside = paths.filter((path) => path !== undefined);
      if (paths.length === 0) return { refusal: 'It does not say which files of the working folder it would edit.' };
      return inside.length < paths.length ? { refusal: 'It would edit files outside of the working folder.' } : { call: { kind: 'edit', paths: inside } };
    }
    default: return 'other';
  }
}

function commandOf(call: ToolCall): string {
  const input = CommandInput.safeParse(call.rawInput);
  if (!input.success) return call.title ?? '';
  return typeof input.data.command === 'string' ? input.data.command : input.data.command.join(' ');
}

function pathsOf(call: ToolCall): readonly string[] {
  const diffs = (call.content ?? []).flatMap((part) => {
    const diff = DiffContent.safeParse(part);
    return diff.success ? [diff.data.path] : [];
  });
  return [...new Set([...(call.locations ?? []).map((location) => location.path), ...diffs])];
}

/** The path from the working folder, or undefined for one outside of it. Text only: links are for the sandbox and the gates. */
function below(path: string, workdir: string): string | undefined {
  const relative = posix.relative(workdir, posix.resolve(workdir, path));
  return relative === '' || relative === '..' || relative.startsWith('../') ? undefined : relative;
}
