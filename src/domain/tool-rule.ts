import { err, ok } from '../kit/result.js';
import type { Result } from '../kit/result.js';

/** One word of `agent.tools`, in no vendor's language. */
export type ToolRule =
  | { readonly kind: 'read' }
  | { readonly kind: 'web' }
  | { readonly kind: 'edit'; readonly paths: string | undefined }
  | { readonly kind: 'command'; readonly prefix: string | undefined }
  | { readonly kind: 'mcp'; readonly server: string; readonly tool: string | undefined };

/** Of a server, in `agent.mcp` and in rules. No underscore: two of the agents join server and tool with one. */
export const MCP_NAME = /^[a-z][a-z0-9-]{0,30}$/;
export const MCP_TOOL = /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/;

/** Letters that mean the same in every agent's own rule language, so that no rule can become two. */
const PATHS = /^[A-Za-z0-9._*?/@+-]{1,200}$/;
const WORD = /^[A-Za-z0-9._/@:=+,-]{1,100}$/;

const FORMS = 'read, edit, edit:<paths>, command, command:<first words>, web, mcp:<server>, mcp:<server>/<tool>';

/** Reads a rule; the error says in words what is wrong and what is allowed. */
export function parseToolRule(text: string): Result<ToolRule, string> {
  const colon = text.indexOf(':');
  const [kind, rest] = colon === -1 ? [text, undefined] : [text.slice(0, colon), text.slice(colon + 1)];
  switch (kind) {
    case 'read':
    case 'web':
      return rest === undefined ? ok({ kind }) : err(`\`${kind}\` takes nothing after it: write ${kind} alone`);
    case 'edit':
      return rest === undefined ? ok({ kind, paths: undefined }) : editRule(rest);
    case 'command':
      return rest === undefined ? ok({ kind, prefix: undefined }) : commandRule(rest);
    case 'mcp':
      return mcpRule(rest ?? '');
    default:
      return err(`is no rule about tools; write one of: ${FORMS}`);
  }
}

function editRule(paths: string): Result<ToolRule, string> {
  const wrong = !PATHS.test(paths) || paths.startsWith('/') || paths.split('/').includes('..');
  return wrong
    ? err('`edit:` takes a path or glob from the repository\'s root, such as edit:docs/** (letters, digits and . _ * ? / @ + -; no leading /, no ..)')
    : ok({ kind: 'edit', paths });
}

function commandRule(prefix: string): Result<ToolRule, string> {
  const words = prefix.split(' ');
  return words.length > 20 || words.some((word) => !WORD.test(word))
    ? err('`command:` takes the first words of a command with one blank between them, such as command:npm test (letters, digits and . _ / @ : = + , -; no quotes, wildcards or shell signs)')
    : ok({ kind: 'command', prefix });
}

function mcpRule(rest: string): Result<ToolRule, string> {
  const slash = rest.indexOf('/');
  const [server, tool] = slash === -1 ? [rest, undefined] : [rest.slice(0, slash), rest.slice(slash + 1)];
  if (!MCP_NAME.test(server) || (tool !== undefined && !MCP_TOOL.test(tool))) return err('`mcp:` takes a server of agent.mcp and, after a slash, one of its tools: mcp:<server> or mcp:<server>/<tool>');
  return ok({ kind: 'mcp', server, tool });
}
