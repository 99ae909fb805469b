import type { GatewayEndpoint } from '../../../ports/coding-agent.js';
import type { Relay } from '../../../ports/sandbox.js';

/** The relay that makes the gateway's address work inside a sandbox without a network; none where none is needed. */
export function relaysTo(gateway: GatewayEndpoint): readonly Relay[] {
  return gateway.socket === undefined ? [] : [{ socket: gateway.socket, port: Number(new URL(gateway.url).port) }];
}
