import type { GatewayEndpoint } from '../../../ports/coding-agent.js';

/** The variables by which common clients find their model. The token opens this attempt's gateway session and nothing else. */
export function gatewayVariables(gateway: GatewayEndpoint, model: string): Readonly<Record<string, string>> {
  const shared = { HEDDLE_MODEL: model, HEDDLE_MODEL_URL: gateway.url, HEDDLE_MODEL_TOKEN: gateway.token, HEDDLE_MODEL_API: gateway.api };
  switch (gateway.api) {
    case 'anthropic-messages': return { ...shared, ANTHROPIC_BASE_URL: gateway.url, ANTHROPIC_API_KEY: gateway.token, ANTHROPIC_MODEL: model };
    case 'gemini': return { ...shared, GOOGLE_GEMINI_BASE_URL: gateway.url, GEMINI_API_KEY: gateway.token, GEMINI_MODEL: model };
    case 'openai-chat':
    case 'openai-responses':
      return { ...shared, OPENAI_BASE_URL: `${gateway.url}/v1`, OPENAI_API_KEY: gateway.token, OPENAI_MODEL: model };
  }
}
