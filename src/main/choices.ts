import type { LoadedConfiguration } from '../config/load.js';
import type { Configuration } from '../config/configuration.js';
import { createAdviser } from '../containment/gateway/adviser.js';
import type { Phase } from '../domain/phase.js';
import type { RunPorts } from '../flow/run-ports.js';
import { err, ok } from '../kit/result.js';
import type { ModelGateway } from '../ports/model-gateway.js';
import type { Redactor } from '../ports/redactor.js';
import { createAgent } from './agents.js';
import { option, type Invocation } from './invocation.js';
import { createGateway } from './models.js';

export interface ChoiceInput {
  readonly invocation: Invocation;
  readonly loaded: LoadedConfiguration;
  readonly redactor: Redactor;
  readonly phase?: Phase | undefined;
}

/** What a ticket may make a run need beside the configured agent: another agent, and an opinion on the ticket. */
export async function choicePorts(input: ChoiceInput, made: Pick<RunPorts, 'gateway'>): Promise<Pick<RunPorts, 'adviser' | 'agentFor'>> {
  const { invocation, loaded, redactor, phase } = input;
  const { secrets } = invocation;
  const recording = { cassette: option(invocation, 'cassette'), record: option(invocation, 'record') };
  const adviser = await adviserOf(input, made.gateway);
  if (phase !== undefined && phase !== 'work') return adviser;
  return {
    ...adviser,
    agentFor: async (config: Configuration) => {
      const agent = await createAgent(config, invocation, loaded.where);
      if (!agent.ok) return err({ code: 'unsupported', side: 'setup', retryable: false, source: 'main', message: agent.error.message });
      // One gateway for all agents: a cassette is played by one.
      const gateway = made.gateway !== undefined || !agent.value.capabilities.usesModel ? ok(made.gateway) : await createGateway({ agent: agent.value, config, secrets, redactor, ...recording });
      return gateway.ok ? ok({ agent: agent.value, gateway: gateway.value }) : err({ code: 'unsupported', side: 'setup', retryable: false, source: 'main', message: gateway.error.message });
    },
  };
}

/** Where there is no key there is no opinion, and the rules count alone: a run must not fail for want of advice. */
async function adviserOf({ invocation, loaded: { config }, redactor, phase }: ChoiceInput, gateway: ModelGateway | undefined): Promise<Pick<RunPorts, 'adviser'>> {
  if (config.readiness.opinion === undefined || (phase !== undefined && phase !== 'admit')) return {};
  const own = gateway === undefined ? await createGateway({
    agent: { id: 'readiness.opinion', capabilities: { usesModel: true } }, config, secrets: invocation.secrets, redactor, cassette: option(invocation, 'cassette'), record: option(invocation, 'record'),
  }) : ok(gateway);
  return own.ok && own.value !== undefined ? { adviser: createAdviser(own.value, config.model.api) } : {};
}
