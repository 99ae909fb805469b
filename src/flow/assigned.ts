import { agentOf } from '../admission/directives/resolve-directives.js';
import { withTarget } from '../admission/routing/choose-target.js';
import type { Configuration } from '../config/configuration.js';
import type { Fault } from '../domain/fault.js';
import type { Order } from '../domain/order.js';
import { err, ok, type Result } from '../kit/result.js';
import type { Context } from './context.js';
import type { RunPorts } from './run-ports.js';

/**
 * The context as the order binds it: the folder and the checks of its sub-project, its base, its limits, its agent. Everything behind
 * the order works with this one; the configuration itself stays what the order's policy digest names.
 */
export async function assignedContext(context: Context): Promise<Result<Context, Fault>> {
  const { state } = context.trail;
  if (!('order' in state)) return ok(context);
  const config = assignedConfig(context.settings.config, state.order);
  const { settings } = context;
  const { order } = state;
  const bound = order.assignment !== undefined || order.base.commit !== settings.base.commit || order.agent.id !== settings.config.agent.id || order.agent.model !== settings.config.agent.model || JSON.stringify(order.limits) !== JSON.stringify(settings.limits);
  if (!bound) return ok(context);
  const here: Context = { ...context, settings: { ...settings, config, base: order.base, limits: order.limits } };
  const ports = settings.config.agent.id === config.agent.id ? ok(context.ports) : await agentOfConfig(here);
  return ports.ok ? ok({ ...here, ports: ports.value }) : ports;
}

/** The configuration that an order binds the work to. */
export function assignedConfig(config: Configuration, { agent, assignment }: Pick<Order, 'agent' | 'assignment'>): Configuration {
  const targeted = withTarget(config, assignment?.target);
  // The id was one of these when the order was sealed; an order of another version may name one that is not known any more.
  const known = [targeted.agent.id, ...config.directives.agents, ...Object.values(config.directives.workflows).flatMap((workflow) => workflow.agent ?? [])].find((id) => id === agent.id);
  return { ...targeted, agent: agentOf(targeted, { id: known ?? targeted.agent.id, model: agent.model }) };
}

const MADE = new WeakMap<RunPorts, { readonly id: string; readonly ports: RunPorts }>();

/** The ports with the agent that the settings name. Made once: an agent finds its program when it is made. */
export async function agentOfConfig({ ports, settings }: Context): Promise<Result<RunPorts, Fault>> {
  const { id } = settings.config.agent;
  // Phases without an agent have one that says so, and need no other.
  if (ports.agent.id === id || ports.agent.id === 'none') return ok(ports);
  const made = MADE.get(ports);
  if (made?.id === id) return ok(made.ports);
  if (ports.agentFor === undefined) return err({ code: 'unsupported', side: 'setup', retryable: false, source: 'flow', message: `This ticket chose the agent ${id}, and this process has only ${ports.agent.id}.` });
  const other = await ports.agentFor(settings.config);
  if (!other.ok) return other;
  const own = { ...ports, ...other.value };
  MADE.set(ports, { id, ports: own });
  return ok(own);
}
