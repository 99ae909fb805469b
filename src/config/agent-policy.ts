import type { AgentPolicy, Allowed, McpServer } from '../domain/agent-policy.js';
import { PROTECTED_GLOBS } from '../domain/protected-globs.js';
import { parseToolRule, type ToolRule } from '../domain/tool-rule.js';
import type { Configuration } from './configuration.js';

/** Read, edit and run commands: what the work needs. The web is closed anyway, and what a provider fetches is stripped. */
const DEFAULT_ALLOW: readonly ToolRule[] = [{ kind: 'read' }, { kind: 'edit', paths: undefined }, { kind: 'command', prefix: undefined }];

/** The rules of a configuration, put together with the defaults and the protected paths, in the form that adapters map. */
export function agentPolicyOf({ agent, gates }: Pick<Configuration, 'agent' | 'gates'>): AgentPolicy {
  const allow = agent.tools.allow === undefined ? DEFAULT_ALLOW : rulesOf(agent.tools.allow);
  const deny = rulesOf(agent.tools.deny);
  const has = (rules: readonly ToolRule[], kind: ToolRule['kind']): boolean => rules.some((rule) => rule.kind === kind);
  return {
    servers: Object.entries(agent.mcp).map(([name, server]) => serverOf({ name, ...server }, allow, deny)).filter((server) => server !== undefined),
    rules: {
      read: has(allow, 'read') && !has(deny, 'read'),
      web: has(allow, 'web') && !has(deny, 'web'),
      edit: {
        allowed: allowed(allow.filter((rule) => rule.kind === 'edit').map((rule) => rule.paths), deny.some((rule) => rule.kind === 'edit' && rule.paths === undefined)),
        denied: [...PROTECTED_GLOBS, ...gates.protected.filter((glob) => parseToolRule(`edit:${glob}`).ok), ...deny.flatMap((rule) => (rule.kind === 'edit' ? rule.paths ?? [] : []))],
      },
      command: {
        allowed: allowed(allow.filter((rule) => rule.kind === 'command').map((rule) => rule.prefix), deny.some((rule) => rule.kind === 'command' && rule.prefix === undefined)),
        denied: deny.flatMap((rule) => (rule.kind === 'command' ? rule.prefix ?? [] : [])),
      },
    },
  };
}

/** The schema has read every rule before; what does not parse is not there. */
function rulesOf(texts: readonly string[]): readonly ToolRule[] {
  return texts.flatMap((text) => {
    const parsed = parseToolRule(text);
    return parsed.ok ? [parsed.value] : [];
  });
}

function allowed(given: readonly (string | undefined)[], denied: boolean): Allowed {
  if (denied || given.length === 0) return 'none';
  return given.includes(undefined) ? 'all' : given.filter((one) => one !== undefined);
}

/** Naming a server allows it; rules can only take away. A server that is denied whole is not started. */
function serverOf(named: { readonly name: string; readonly command: readonly string[]; readonly env: Readonly<Record<string, string>>; readonly tools?: readonly string[] | undefined }, allow: readonly ToolRule[], deny: readonly ToolRule[]): McpServer | undefined {
  const about = (rules: readonly ToolRule[]): readonly (string | undefined)[] => rules.flatMap((rule) => (rule.kind === 'mcp' && rule.server === named.name ? [rule.tool] : []));
  const denied = about(deny);
  if (denied.includes(undefined)) return undefined;
  const picked = about(allow);
  const narrowed = picked.length === 0 || picked.includes(undefined) ? undefined : picked.filter((tool) => tool !== undefined);
  const tools = named.tools === undefined ? narrowed : named.tools.filter((tool) => narrowed?.includes(tool) ?? true);
  const deniedTools = denied.filter((tool) => tool !== undefined);
  return { name: named.name, command: named.command, env: named.env, tools: tools?.filter((tool) => !deniedTools.includes(tool)), deniedTools };
}
