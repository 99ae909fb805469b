import type { AgentPolicy, FenceAbility, McpServer } from '../../../domain/agent-policy.js';

/** What of the rules the CLI enforces, seen with 0.169.0. It has no rules about paths, and none that allow single commands only. */
export const FENCE: readonly FenceAbility[] = ['web', 'command-denied-prefixes', 'mcp', 'mcp-tools'];

/** Settings (`-c`) for the servers that policy names. None of a checkout or of the home is read. */
export function serverSettings({ servers }: AgentPolicy): readonly string[] {
  return servers.map((server) => `mcp_servers.${server.name}=${serverTable(server)}`);
}

function serverTable({ command: [command = '', ...args], env, tools, deniedTools }: McpServer): string {
  const members = [
    `command=${text(command)}`, `args=${list(args)}`, `env={${Object.entries(env).map(([name, value]) => `${name}=${text(value)}`).join(',')}}`,
    // Nobody is there who could say yes to a call; what is listed is what may be called.
    'default_tools_approval_mode="approve"',
    ...(tools === undefined ? [] : [`enabled_tools=${list(tools)}`]), ...(deniedTools.length === 0 ? [] : [`disabled_tools=${list(deniedTools)}`]),
  ];
  return `{${members.join(',')}}`;
}

/**
 * The CLI's file of command rules, or undefined when there is none to write. It looks into the parts of a command line as
 * well (`true && git push`), yet not into what a program starts by itself.
 */
export function commandRules({ rules }: AgentPolicy): string | undefined {
  if (rules.command.denied.length === 0) return undefined;
  return rules.command.denied.map((prefix) => `prefix_rule(pattern=${list(prefix.split(' '))}, decision="forbidden", justification="not allowed in this repository")\n`).join('');
}

function list(values: readonly string[]): string {
  return `[${values.map(text).join(',')}]`;
}

/** A JSON string is a basic string of TOML and of the rules' language, once the one character that only JSON leaves bare is escaped. */
function text(value: string): string {
  return JSON.stringify(value).replaceAll('\u007f', '\\u007f');
}
