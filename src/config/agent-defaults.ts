/** What an agent that speaks one wire format only needs, where the configuration does not say it. Both models have known prices. */
const DEFAULTS: Readonly<Record<string, { readonly api: string; readonly model: string }>> = {
  codex: { api: 'openai-responses', model: 'gpt-5.5' },
  'gemini-cli': { api: 'gemini', model: 'gemini-2.5-pro' },
};

/**
 * Fills in `model.api` and `agent.model` for an agent to whom the general defaults are of no use: `agent: {id: codex}` is a
 * whole configuration. What is written down stays, also when it does not fit: that is for a message, not for a guess. What
 * has not the form of a configuration is returned as it is; the schema says what is wrong with it.
 */
export function withAgentDefaults(value: unknown): unknown {
  if (!isMap(value) || !isMap(value['agent'])) return value;
  const { agent, model = {} } = value;
  const defaults = typeof agent['id'] === 'string' && Object.hasOwn(DEFAULTS, agent['id']) ? DEFAULTS[agent['id']] : undefined;
  if (defaults === undefined || !isMap(model)) return value;
  return { ...value, agent: { model: defaults.model, ...agent }, model: { api: defaults.api, ...model } };
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> & { readonly agent?: unknown; readonly model?: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
