import { err, ok, type Result } from '../../../kit/result.js';
import type { Fault } from '../../../domain/fault.js';
import type { GatewayLimits, LiveModel } from '../gateway-options.js';
import { gatewayFault } from '../upstream-fault.js';
import type { CredentialDeps } from './aws-credentials.js';
import { azureProvider, plainProvider } from './plain-provider.js';
import type { Provider } from './provider.js';

/** The provider that the configuration names. The clouds are loaded when they are asked for. */
export async function createProvider(live: LiveModel, limits: GatewayLimits, deps: CredentialDeps): Promise<Result<Provider, Fault>> {
  const { api, key } = live;
  const auth = live.auth ?? { kind: 'key' as const };
  if (auth.kind === 'bedrock') {
    if (api !== 'anthropic-messages') return err(mismatch('bedrock', api, 'anthropic-messages'));
    const { bedrockProvider } = await import('./bedrock-provider.js');
    return ok(bedrockProvider({ auth, baseUrl: live.baseUrl, frameBytesMax: limits.lineBytesMax, deps }));
  }
  if (auth.kind === 'vertex') {
    if (api !== 'anthropic-messages' && api !== 'gemini') return err(mismatch('vertex', api, 'anthropic-messages or gemini'));
    const { vertexProvider } = await import('./vertex-provider.js');
    return ok(vertexProvider({ auth, api, baseUrl: live.baseUrl, deps }));
  }
  const { baseUrl } = live;
  if (baseUrl === undefined) return err(gatewayFault('unsupported', 'setup', `With \`model.auth.kind: ${auth.kind}\` the address of the provider must be set: \`model.base_url\`.`));
  if (auth.kind !== 'azure') return ok(plainProvider({ baseUrl, api, key, kind: auth.kind }));
  if (api === 'gemini') return err(mismatch('azure', api, 'anthropic-messages, openai-chat or openai-responses'));
  return ok(azureProvider({ baseUrl, api, key, apiVersion: auth.apiVersion, deployment: auth.deployment }));
}

function mismatch(kind: string, api: string, allowed: string): Fault {
  return gatewayFault('unsupported', 'setup', `\`model.auth.kind: ${kind}\` does not go with \`model.api: ${api}\`. Set \`model.api\` to ${allowed}.`);
}
