import type { Configuration } from '../config/configuration.js';
import type { FenceAbility } from '../domain/agent-policy.js';
import { parseToolRule, type ToolRule } from '../domain/tool-rule.js';

/** A setting that the chosen agent cannot keep to. */
export interface UnkeptSetting { readonly setting: string; readonly words: string }

const NEEDED: Readonly<Record<FenceAbility, string>> = {
  read: 'take away reading', web: 'take away the web', edit: 'take away editing', command: 'take away commands',
  'edit-denied-paths': 'deny the editing of single paths', 'edit-allowed-paths': 'allow the editing of single paths only',
  'command-denied-prefixes': 'deny single commands', 'command-allowed-prefixes': 'allow single commands only',
  mcp: 'start MCP servers', 'mcp-tools': 'choose among the tools of an MCP server',
};

/**
 * What the configuration asks of the agent's own permission system that it cannot do. A rule that is written down and not
 * enforced is worse than none: the run does not begin. Defaults that an agent cannot keep are no problem; the sandbox and
 * the gates are there.
 */
export function unkeptSettings({ agent }: Pick<Configuration, 'agent'>, fence: readonly FenceAbility[]): readonly UnkeptSetting[] {
  const needs: { readonly setting: string; readonly ability: FenceAbility }[] = [];
  for (const [name, server] of Object.entries(agent.mcp)) {
    needs.push({ setting: `agent.mcp.${name}`, ability: 'mcp' });
    if (server.tools !== undefined) needs.push({ setting: `agent.mcp.${name}.tools`, ability: 'mcp-tools' });
  }
  for (const [index, rule] of rulesOf(agent.tools.deny)) needs.push({ setting: `agent.tools.deny.${index}`, ability: deniedBy(rule) });
  const allow = agent.tools.allow;
  if (allow !== undefined) for (const ability of allowedBy(rulesOf(allow).map(([, rule]) => rule))) needs.push({ setting: 'agent.tools.allow', ability });
  return needs.filter(({ ability }) => !fence.includes(ability)).map(({ setting, ability }) => ({
    setting, words: `the agent ${agent.id} cannot ${NEEDED[ability]}. Take it out, or choose an agent that can (docs/agents.md, "Tool rules")`,
  }));
}

function rulesOf(texts: readonly string[]): readonly (readonly [number, ToolRule])[] {
  return texts.flatMap((text, index) => {
    const parsed = parseToolRule(text);
    return parsed.ok ? [[index, parsed.value] as const] : [];
  });
}

function deniedBy(rule: ToolRule): FenceAbility {
  switch (rule.kind) {
    case 'read':
    case 'web': return rule.kind;
    case 'edit': return rule.paths === undefined ? 'edit' : 'edit-denied-paths';
    case 'command': return rule.prefix === undefined ? 'command' : 'command-denied-prefixes';
    case 'mcp': return rule.tool === undefined ? 'mcp' : 'mcp-tools';
  }
}

/** What a list of all that is allowed takes away. */
function allowedBy(rules: readonly ToolRule[]): readonly FenceAbility[] {
  const edits = rules.flatMap((rule) => (rule.kind === 'edit' ? [rule.paths] : []));
  const commands = rules.flatMap((rule) => (rule.kind === 'command' ? [rule.prefix] : []));
  return [
    ...(rules.some((rule) => rule.kind === 'read') ? [] : ['read'] as const),
    ...(edits.length === 0 ? ['edit'] as const : edits.includes(undefined) ? [] : ['edit-allowed-paths'] as const),
    ...(commands.length === 0 ? ['command'] as const : commands.includes(undefined) ? [] : ['command-allowed-prefixes'] as const),
    ...(rules.some((rule) => rule.kind === 'mcp' && rule.tool !== undefined) ? ['mcp-tools'] as const : []),
  ];
}
