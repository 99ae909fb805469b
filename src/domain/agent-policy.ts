/** All, none, or those that are listed. */
export type Allowed = 'all' | 'none' | readonly string[];

/** A Model Context Protocol server that policy names. It is started by the agent, inside the sandbox, and speaks over stdio. */
export interface McpServer {
  readonly name: string;
  /** Program and arguments; absolute, or found on the sandbox's PATH. */
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Tools that may be called; undefined = every one of the server. */
  readonly tools: readonly string[] | undefined;
  readonly deniedTools: readonly string[];
}

/**
 * What an agent's own permission system is told: a second fence, inside the sandbox that is the boundary. Paths are globs
 * from the working folder, commands are prefixes in whole words. What is denied beats what is allowed.
 */
export interface ToolRules {
  readonly read: boolean;
  readonly web: boolean;
  readonly edit: { readonly allowed: Allowed; readonly denied: readonly string[] };
  readonly command: { readonly allowed: Allowed; readonly denied: readonly string[] };
}

export interface AgentPolicy {
  readonly servers: readonly McpServer[];
  readonly rules: ToolRules;
}

/**
 * What an agent's own permission system can enforce. `…-paths` and `…-prefixes` are single rules about paths and commands;
 * `edit` and `command` say that the whole ability can be taken away.
 */
export type FenceAbility =
  | 'read' | 'web' | 'edit' | 'command'
  | 'edit-denied-paths' | 'edit-allowed-paths' | 'command-denied-prefixes' | 'command-allowed-prefixes'
  | 'mcp' | 'mcp-tools';

/** Nothing beyond the defaults: read, edit and run commands, no web, no servers, protected paths left alone. */
export const OPEN_RULES: ToolRules = { read: true, web: false, edit: { allowed: 'all', denied: [] }, command: { allowed: 'all', denied: [] } };
