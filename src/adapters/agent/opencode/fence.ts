import type { AgentPolicy, Allowed, FenceAbility } from '../../../domain/agent-policy.js';
import { serverEnvironment } from '../lib/server-environment.js';

/** What of the rules the CLI enforces, seen with 1.18.33. A `*` of its patterns also stands for slashes. */
export const FENCE: readonly FenceAbility[] = [
  'read', 'web', 'edit', 'command', 'edit-denied-paths', 'edit-allowed-paths', 'command-denied-prefixes', 'command-allowed-prefixes', 'mcp', 'mcp-tools',
];

type Decision = 'allow' | 'deny';
type Permission = Decision | Readonly<Record<string, Decision>>;

/**
 * The member `permission` of the configuration. All is said: what would be asked is refused, and the run ends there. Inside
 * a sandbox the agent may do what the sandbox lets it, less what is denied; without one, edit files of the folder.
 */
export function permissionsOf({ servers, rules }: AgentPolicy, { confined, workdir }: { readonly confined: boolean; readonly workdir: string }): Readonly<Record<string, Permission>> {
  const read: Decision = rules.read ? 'allow' : 'deny';
  const web: Decision = rules.web ? 'allow' : 'deny';
  const commands: Allowed = !confined && rules.command.allowed === 'all' ? 'none' : rules.command.allowed;
  return {
    '*': 'allow', question: 'deny', webfetch: web, websearch: web, read, grep: read, glob: read, list: read,
    edit: patterns(rules.edit.allowed, rules.edit.denied, (glob) => spellings(glob, workdir)),
    // A prefix ends with a word: the command alone, or with more behind it.
    bash: patterns(commands, rules.command.denied, (prefix) => [prefix, `${prefix} *`]),
    external_directory: confined ? 'allow' : 'deny',
    ...Object.fromEntries(servers.flatMap(({ name, tools, deniedTools }) => [
      ...(tools === undefined ? [] : [[`${name}_*`, 'deny'], ...tools.map((tool) => [`${name}_${tool}`, 'allow'])]),
      ...deniedTools.map((tool) => [`${name}_${tool}`, 'deny']),
    ] as [string, Decision][])),
  };
}

/** Paths are told from the repository's root, or from the root of all where the CLI sees no repository. */
function spellings(glob: string, workdir: string): readonly string[] {
  const below = glob.startsWith('**/') ? [glob, glob.slice('**/'.length)] : [glob];
  return [...below, ...below.map((one) => `${workdir.replace(/^\//, '')}/${one}`)];
}

/** The last pattern that fits counts. */
function patterns(allowed: Allowed, denied: readonly string[], spelled: (rule: string) => readonly string[]): Permission {
  if (allowed === 'none') return 'deny';
  const listed = allowed === 'all' ? [] : allowed.flatMap(spelled);
  return Object.fromEntries([
    ['*', allowed === 'all' ? 'allow' : 'deny'], ...listed.map((rule) => [rule, 'allow']), ...denied.flatMap(spelled).map((rule) => [rule, 'deny']),
  ]) as Readonly<Record<string, Decision>>;
}

/** The member `mcp` of the configuration. */
export function serversOf({ servers }: AgentPolicy): object {
  return Object.fromEntries(servers.map((server) => [server.name, { type: 'local', command: server.command, environment: serverEnvironment(server, ['OPENCODE_CONFIG_CONTENT']), enabled: true }]));
}
