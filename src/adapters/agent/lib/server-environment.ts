import type { McpServer } from '../../../domain/agent-policy.js';

/**
 * The variables of a server, with those emptied that hold the gateway's token in the agent's own environment: programs hand
 * their environment on, and a server with a client of its own would spend the attempt's money unasked. What policy sets
 * stays. It keeps nothing from a server that looks for it: same user, same sandbox (docs/agents.md).
 */
export function serverEnvironment({ env }: McpServer, holdingToken: readonly string[]): Readonly<Record<string, string>> {
  return { ...Object.fromEntries(holdingToken.map((name) => [name, ''])), ...env };
}
