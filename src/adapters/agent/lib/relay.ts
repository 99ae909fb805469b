import type { GatewayEndpoint } from '../../../ports/coding-agent.js';
import type { Program } from '../../../ports/sandbox.js';

/** The relay that makes the gateway's address work inside a sandbox without a network; `undefined` where none is needed. */
export function relayTo(gateway: GatewayEndpoint): Program['relay'] {
  return gateway.socket === undefined ? undefined : { socket: gateway.socket, port: Number(new URL(gateway.url).port) };
}
