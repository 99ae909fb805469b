import type { AgentPolicy, FenceAbility, McpServer } from '../../../domain/agent-policy.js';
import { serverEnvironment } from '../lib/server-environment.js';

/** What of the rules the CLI enforces, seen with 2.1.329. Of commands it allows a few read-only ones (`echo`) beside those that are named. */
export const FENCE: readonly FenceAbility[] = [
  'read', 'web', 'edit', 'command', 'edit-denied-paths', 'edit-allowed-paths', 'command-denied-prefixes', 'command-allowed-prefixes', 'mcp', 'mcp-tools',
];

/** Tools that wait for a later session, or have no sense in a folder without a person. */
const NEVER = ['ScheduleWakeup', 'AskUserQuestion'];
const WEB = ['WebFetch', 'WebSearch'];
const EDITING = ['Edit', 'Write', 'MultiEdit', 'NotebookEdit'];
const READING = ['Read', 'Glob', 'Grep'];

/**
 * The policy in the CLI's own flags. Inside a sandbox the agent may run what it likes, less what is denied: the sandbox is
 * the boundary, and commands are what it proves its work with. Without one the CLI's own rules are all there is: edits in
 * the folder only, no commands. A list of what alone is allowed takes the mode in which everything else is refused.
 */
export function fenceArguments({ servers, rules }: AgentPolicy, at: { readonly workdir: string; readonly confined: boolean }): readonly string[] {
  // Two slashes: from the root. One would be taken from the place of the settings, which is none here.
  const edits = (globs: readonly string[]): readonly string[] => globs.map((glob) => `Edit(/${at.workdir}/${glob})`);
  const commands = (prefixes: readonly string[]): readonly string[] => prefixes.map((prefix) => `Bash(${prefix}:*)`);
  const listed = Array.isArray(rules.edit.allowed) || Array.isArray(rules.command.allowed) || servers.some((server) => server.tools !== undefined);
  const removed = [
    ...NEVER, ...(rules.web ? [] : WEB), ...(rules.read ? [] : READING),
    ...(rules.edit.allowed === 'none' ? EDITING : []), ...(rules.command.allowed === 'none' ? ['Bash'] : []),
  ];
  const allow = listed ? [
    ...(rules.read ? READING : []), ...(rules.web ? WEB : []),
    ...(rules.edit.allowed === 'all' ? edits(['**']) : rules.edit.allowed === 'none' ? [] : edits(rules.edit.allowed)),
    ...(rules.command.allowed === 'all' ? ['Bash'] : rules.command.allowed === 'none' ? [] : commands(rules.command.allowed)),
    ...servers.flatMap((server) => server.tools?.map((tool) => toolName(server, tool)) ?? [`mcp__${server.name}`]),
  ] : [];
  const deny = [...edits(rules.edit.denied), ...commands(rules.command.denied), ...servers.flatMap((server) => server.deniedTools.map((tool) => toolName(server, tool)))];
  return [
    '--permission-mode', listed ? 'dontAsk' : at.confined ? 'bypassPermissions' : 'acceptEdits',
    '--disallowedTools', removed.join(','),
    '--settings', JSON.stringify({ permissions: { allow, deny } }),
    // No server of a checkout is ever started; those that policy names are given here.
    '--strict-mcp-config', ...(servers.length === 0 ? [] : ['--mcp-config', JSON.stringify({ mcpServers: Object.fromEntries(servers.map(serverEntry)) })]),
  ];
}

function toolName(server: McpServer, tool: string): string {
  return `mcp__${server.name}__${tool}`;
}

function serverEntry(server: McpServer): readonly [string, object] {
  const { name, command: [command, ...args] } = server;
  return [name, { type: 'stdio', command, args, env: serverEnvironment(server, ['ANTHROPIC_API_KEY']) }];
}
