import type { Configuration } from '../../config/configuration.js';
import type { AgentCapabilities } from '../../ports/coding-agent.js';
import { withNote, type Answer, type Examination } from './examination.js';
import type { Facts } from './facts.js';

/** No model is called by any of these: that would cost money. So a key that is set may still be wrong. */
export const examineModelKey: Examination = {
  id: 'model-key', group: 'agent', title: 'Model key',
  examine: (facts) => ofModel(facts, async ({ model }) => {
    if (model.auth.kind === 'bedrock' || model.auth.kind === 'vertex') return { standing: 'good', words: `not needed: ${model.auth.kind} takes the credentials of the cloud. They are neither looked for nor tried here: that is seen when a run begins.` };
    if (facts.modelKeySet) return { standing: 'good', words: 'set. Whether the provider takes it is not tried, since no model is called here.' };
    if (model.base_url !== undefined) return { standing: 'warning', words: 'not set. Calls go to model.base_url without a key.', next: 'If that address needs a key, set HEDDLE_MODEL_KEY in the environment, or the action\'s input model-key.' };
    return { standing: 'missing', words: 'not set, and the provider needs one.', next: 'Set HEDDLE_MODEL_KEY (or ANTHROPIC_API_KEY, OPENAI_API_KEY) in the environment, or the action\'s input model-key. To see a run without a key: heddle demo.' };
  }),
};

export const examineModelRoute: Examination = {
  id: 'model-route', group: 'agent', title: 'Model route',
  examine: (facts) => ofModel(facts, async ({ model, agent }, { apis }) => {
    if (!apis.includes(model.api)) return { standing: 'missing', words: `The agent ${agent.id} does not speak ${model.api}.`, next: `Set model.api to one of ${apis.join(', ')}, or choose another agent.` };
    if (model.base_url === undefined) return { standing: 'good', words: `${model.api}, at ${model.auth.kind === 'bedrock' || model.auth.kind === 'vertex' ? model.auth.kind : 'the provider\'s own address'}` };
    return routeOf(model.base_url, model.api, facts.modelKeySet);
  }),
};

export const examineModelPrice: Examination = {
  id: 'model-price', group: 'agent', title: 'Model price',
  examine: (facts) => ofModel(facts, async ({ agent, limits }) => {
    const { known, source } = await facts.price();
    if (known) return { standing: 'good', words: `known for ${agent.model} (${source}); a run stops at ${limits.cost_usd} US dollars` };
    return {
      standing: 'missing', words: `No price is known for ${agent.model} (${source}), so the limit of ${limits.cost_usd} US dollars could not be kept.`,
      next: 'Check the spelling of agent.model, or set model.price in .heddle.yml: input and output, in US dollars per million tokens.',
    };
  }),
};

async function ofModel(facts: Facts, examine: (config: Configuration, agent: AgentCapabilities) => Promise<Answer>): Promise<Answer> {
  const { config, instead } = await facts.settings();
  const agent = await facts.agent();
  if (!agent.ok) return { standing: 'not-asked', words: 'It is not known which agent will work.' };
  const { capabilities } = agent.value;
  if (!capabilities.usesModel) return { standing: 'not-asked', words: withNote(`The agent ${config.agent.id} uses no model through Heddle.`, instead) };
  const answer = await examine(config, capabilities);
  return { ...answer, words: withNote(answer.words, instead) };
}

/** Only the origin and the path are shown: the rest of an address may hold a secret. */
function routeOf(address: string, api: string, keySet: boolean): Answer {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:')) return { standing: 'missing', words: 'model.base_url is not an http(s) address.', next: 'Write it like https://models.example.com/v1.' };
  const words = `${api}, at ${url.origin}${url.pathname}`;
  if (url.username !== '' || url.password !== '') return { standing: 'missing', words: `${words}, with a user name or password in the address.`, next: 'A configuration is no place for secrets. Take them out and set HEDDLE_MODEL_KEY.' };
  if (url.protocol === 'http:' && keySet && !isLoopback(url.hostname)) return { standing: 'warning', words: `${words}. The key would travel unencrypted.`, next: 'Use https, unless the network up to there is yours.' };
  return { standing: 'good', words };
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host);
}
