import type { AgentPolicy, FenceAbility } from '../../../domain/agent-policy.js';
import { serverEnvironment } from '../lib/server-environment.js';

/** What of the rules the CLI enforces, seen with 0.61.0. Paths are compared as the model spells them: relative, or from the folder's root. */
export const FENCE: readonly FenceAbility[] = [
  'read', 'web', 'edit', 'command', 'edit-denied-paths', 'edit-allowed-paths', 'command-denied-prefixes', 'command-allowed-prefixes', 'mcp', 'mcp-tools',
];

const EDITING = ['replace', 'write_file'];
const READING = ['read_file', 'read_many_files', 'list_directory', 'glob', 'grep_search', 'search_file_content'];
const WEB = ['web_fetch', 'google_web_search'];

/** Members of the settings: which servers are started, and which of their tools are there at all. */
export function serverSettings({ servers }: AgentPolicy): { readonly mcp: object; readonly mcpServers: object } {
  return {
    // The list is said even when it is empty: what it does not name is never started.
    mcp: { allowed: servers.map((server) => server.name) },
    mcpServers: Object.fromEntries(servers.map((server) => {
      const { name, command: [command, ...args], tools, deniedTools } = server;
      return [name, {
        command, args, env: serverEnvironment(server, ['GEMINI_API_KEY']), trust: true,
        ...(tools === undefined ? {} : { includeTools: tools }), ...(deniedTools.length === 0 ? {} : { excludeTools: deniedTools }),
      }];
    })),
  };
}

/** Tools that the model is not even told of. */
export function excludedTools({ rules }: AgentPolicy): readonly string[] {
  return [
    'ask_user', 'save_memory', ...(rules.web ? [] : WEB), ...(rules.read ? [] : READING),
    ...(rules.edit.allowed === 'none' ? EDITING : []), ...(rules.command.allowed === 'none' ? ['run_shell_command'] : []),
  ];
}

/** Of rules that fit a call the highest counts: what is denied, then what alone is allowed, then the rest of it. */
const PRIORITY = { denied: 930, allowed: 920, rest: 910 } as const;

interface Rule { readonly toolName: string; readonly decision: 'allow' | 'deny'; readonly priority: number; readonly argsPattern?: string; readonly commandPrefix?: string }

/** The file for `--policy` (TOML). */
export function policyFile({ rules }: AgentPolicy, workdir: string): string {
  const edits = (globs: readonly string[], how: Pick<Rule, 'decision' | 'priority'>): readonly Rule[] =>
    globs.flatMap((glob) => EDITING.flatMap((toolName) => pathPatterns(glob, workdir).map((argsPattern) => ({ toolName, argsPattern, ...how }))));
  const commands = (prefixes: readonly string[], how: Pick<Rule, 'decision' | 'priority'>): readonly Rule[] => prefixes.map((commandPrefix) => ({ toolName: 'run_shell_command', commandPrefix, ...how }));
  const rest = { decision: 'deny', priority: PRIORITY.rest } as const;
  const allowed = { decision: 'allow', priority: PRIORITY.allowed } as const;
  const denied = { decision: 'deny', priority: PRIORITY.denied } as const;
  return [
    ...edits(rules.edit.denied, denied), ...commands(rules.command.denied, denied),
    // A pattern is named: a bare rule would take the tool away altogether.
    ...(Array.isArray(rules.edit.allowed) ? [...edits(rules.edit.allowed, allowed), ...EDITING.map((toolName): Rule => ({ toolName, argsPattern: '"file_path"', ...rest }))] : []),
    ...(Array.isArray(rules.command.allowed) ? [...commands(rules.command.allowed, allowed), { toolName: 'run_shell_command', ...rest } satisfies Rule] : []),
  ].map(ruleText).join('\n');
}

function ruleText(rule: Rule): string {
  return `[[rule]]\n${Object.entries(rule).map(([name, value]) => `${name} = ${JSON.stringify(value)}\n`).join('')}`;
}

/**
 * A glob as regular expressions over a call's arguments as JSON. The CLI refuses groups with a quantifier, so that each
 * spelling has an expression of its own: below the folder as it is, and from the root.
 */
function pathPatterns(glob: string, workdir: string): readonly string[] {
  const anywhere = glob.startsWith('**/');
  const tail = globExpression(anywhere ? glob.slice('**/'.length) : glob);
  const below = ['', `${escaped(workdir)}/`];
  const starts = anywhere ? [...below, '[^"]*/'] : below;
  return starts.map((start) => `"file_path":"${start}${tail}`);
}

function globExpression(glob: string): string {
  const tree = glob.endsWith('/**');
  const body = (tree ? glob.slice(0, -2) : glob).split(/(\*\*\/|\*\*|\*|\?)/).map((part) => {
    if (part === '**/' || part === '**') return '[^"]*';
    if (part === '*') return '[^"/]*';
    return part === '?' ? '[^"/]' : escaped(part);
  }).join('');
  return tree ? body : `${body}"`;
}

function escaped(text: string): string {
  return text.replace(/[.+^${}()|[\]\\]/g, '\\$&');
}
