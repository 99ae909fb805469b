import { digestOf } from '../domain/digest.js';
import { Digest } from '../domain/ids.js';
import type { Fault } from '../domain/fault.js';
import { programBounds } from '../domain/limits.js';
import type { Order } from '../domain/order.js';
import type { AttemptStop } from '../domain/stop-reason.js';
import { untrusted, type UntrustedText } from '../domain/text.js';
import { NO_USAGE, type ModelUsage } from '../domain/usage.js';
import { MicroUsd } from '../domain/money.js';
import { ok, type Result } from '../kit/result.js';
import type { AgentEvent, AgentOutcome, GatewayEndpoint } from '../ports/coding-agent.js';
import type { GatewaySession, ModelApi } from '../ports/model-gateway.js';
import type { EgressSession } from '../ports/egress.js';
import type { Sandbox } from '../ports/sandbox.js';
import type { Context } from './context.js';
import { AgentLogLine, ModelCallLine } from './documents.js';
import type { AgentEnding } from './event.js';
import { reportOf } from './open-egress.js';
import { placesIn } from './places.js';

export interface AgentRun {
  readonly attempt: number;
  readonly order: Order;
  readonly spent: ModelUsage;
  readonly prompt: string;
  readonly session: string | undefined;
  readonly sandbox: Sandbox;
  readonly egress: EgressSession | undefined;
}

const SUMMARY_CHARS_MAX = 4_000;
const EVENT_TEXT_CHARS_MAX = 20_000;

/**
 * Runs the agent to its end and records how it ended, by our rules: our own stop first, then what the gateway saw of the
 * provider, then the agent's word. What the agent cost is what the gateway counted.
 */
export async function runAgent(context: Context, run: AgentRun): Promise<Result<void, Fault>> {
  const { ports, trail } = context;
  const started = ports.clock.monotonicMs();
  const gateway = await openGateway(context, run);
  if (!gateway.ok) {
    await run.egress?.close();
    await trail.append({ type: 'agent-reported', attempt: run.attempt, ending: { kind: 'failed', fault: gateway.error }, usage: NO_USAGE, ...NOTHING_SAID });
    return ok(undefined);
  }
  const listened = await listen(context, { ...run, sandbox: withWayOut(run, gateway.value) }, gateway.value);
  const egress = await reportOf(run.egress);
  const fault = gateway.value?.upstreamFault();
  const calls = await gateway.value?.close() ?? [];
  for (const call of calls) await ports.evidence.appendJsonLine(`agent/${run.attempt}/model-calls.jsonl`, ModelCallLine.parse(call));
  const usage = gateway.value?.usage() ?? NO_USAGE;
  const ending = endingOf(listened.outcome, fault);
  const transcript = (await ports.evidence.readText(`agent/${run.attempt}/events.jsonl`)) ?? '';
  await trail.append({
    type: 'agent-reported', attempt: run.attempt, ending, usage, ...(gateway.value === undefined || ports.gateway === undefined ? {} : { priceSource: ports.gateway.priceSource }), summary: listened.summary, toolCalls: listened.toolCalls,
    outputBytes: listened.outcome.outputBytes, durationMs: Math.round(ports.clock.monotonicMs() - started), transcriptDigest: digestOf(transcript),
    ...(gateway.value === undefined ? {} : { modelCalls: { count: calls.length, head: calls.length === 0 ? null : Digest.parse(calls.at(-1)?.hash) } }),
    ...(egress === undefined ? {} : { egress }),
    ...(listened.session === undefined ? {} : { session: listened.session.slice(0, 200) }),
  });
  return ok(undefined);
}

/** Some agents send even the gateway's loopback address to a proxy: that one is handed on. */
function withWayOut({ sandbox, egress }: AgentRun, gateway: GatewaySession | undefined): Sandbox {
  if (egress === undefined) return sandbox;
  return egress.through(sandbox, gateway === undefined ? [] : [{ socket: gateway.socket, port: Number(new URL(gateway.url).port) }]);
}

const NOTHING_SAID = { summary: untrusted(''), toolCalls: 0, outputBytes: 0, durationMs: 0, transcriptDigest: digestOf('') };

async function openGateway(context: Context, run: AgentRun): Promise<Result<GatewaySession | undefined, Fault>> {
  const { agent, gateway } = context.ports;
  const api = apiFor(context);
  if (!agent.capabilities.usesModel || gateway === undefined) return ok(undefined);
  const { limits } = run.order;
  const tokens = run.spent.inputTokens + run.spent.cacheReadTokens + run.spent.cacheWriteTokens + run.spent.outputTokens;
  return gateway.open({
    attempt: run.attempt, model: run.order.agent.model, api,
    costMax: MicroUsd.parse(Math.max(0, limits.costMicroUsdMax - run.spent.cost)),
    tokensMax: Math.max(1, limits.tokensMax - tokens), callsMax: Math.max(1, limits.modelCallsMax - run.spent.calls),
    // Before each call, so that a process that dies in the middle of one leaves no spent money behind unseen.
    noted: (atMost) => context.ports.evidence.writeJson(`agent/${run.attempt}/usage.json`, atMost),
  });
}

interface Listened { readonly outcome: AgentOutcome; readonly summary: UntrustedText; readonly toolCalls: number; readonly session: string | undefined }

/** Follows the agent's stream into the evidence. The summary is the last thing it said; people see it quoted as its words. */
async function listen(context: Context, run: AgentRun, gateway: GatewaySession | undefined): Promise<Listened> {
  const { ports } = context;
  const stop = new AbortController();
  const cancel = (): void => { stop.abort('cancelled' satisfies AttemptStop); };
  context.signal.addEventListener('abort', cancel, { once: true });
  void gateway?.exceeded.then((reason) => { stop.abort(reason); });
  const { limits } = run.order;
  const places = placesIn(context.settings.scratch);
  const stream = ports.agent.run({
    attempt: run.attempt, prompt: run.prompt, workspace: places.agentFolder, home: places.agentHome, briefFile: places.briefFile,
    model: run.order.agent.model, session: run.session, gateway: endpointOf(gateway, run.sandbox, apiFor(context)), sandbox: run.sandbox,
    limits: { wallMsMax: limits.attemptWallMsMax, idleMsMax: limits.attemptIdleMsMax, outputBytesMax: limits.agentOutputBytesMax, ...programBounds(limits) },
    signal: stop.signal,
  });
  let said = untrusted('');
  let session: string | undefined;
  let toolCalls = 0;
  for (;;) {
    const next = await stream.next();
    if (next.done === true) {
      context.signal.removeEventListener('abort', cancel);
      const summary = next.value.kind === 'completed' && next.value.summary.length > 0 ? next.value.summary : said;
      return { outcome: next.value, summary: untrusted(summary.slice(0, SUMMARY_CHARS_MAX)), toolCalls, session: next.value.session ?? session };
    }
    const event = next.value;
    if (event.type === 'said') said = event.text;
    if (event.type === 'session') session = event.session;
    if (event.type === 'tool-called') toolCalls += 1;
    await ports.evidence.appendJsonLine(`agent/${run.attempt}/events.jsonl`, AgentLogLine.parse({ at: ports.clock.now(), ...shortened(event) }));
  }
}

function endpointOf(gateway: GatewaySession | undefined, sandbox: Sandbox, api: ModelApi): GatewayEndpoint {
  // The relay inside a closed network listens on the same port that the gateway has outside, so that one address serves both.
  return { url: gateway?.url ?? 'http://127.0.0.1:9', socket: sandbox.networkClosed ? gateway?.socket : undefined, token: gateway?.token ?? 'none', api };
}

/** The provider's wire format when the agent speaks it; otherwise the agent's own, and the gateway says that they do not fit. */
function apiFor(context: Context): ModelApi {
  const { apis } = context.ports.agent.capabilities;
  const wanted = context.settings.config.model.api;
  return apis.includes(wanted) ? wanted : apis[0] ?? wanted;
}

function endingOf(outcome: AgentOutcome, upstream: Fault | undefined): AgentEnding {
  if (outcome.kind === 'stopped') return { kind: 'stopped', reason: outcome.reason };
  if (upstream !== undefined) return { kind: 'failed', fault: upstream };
  return outcome.kind === 'failed' ? { kind: 'failed', fault: outcome.fault } : { kind: 'completed' };
}

function shortened(event: AgentEvent): AgentEvent {
  switch (event.type) {
    case 'said':
    case 'noted':
    case 'erred':
      return { ...event, text: cut(event.text) };
    case 'tool-called':
      return { ...event, input: cut(event.input) };
    case 'tool-answered':
      return { ...event, output: cut(event.output) };
    case 'session':
    case 'used':
      return event;
  }
}

function cut(text: UntrustedText): UntrustedText {
  return text.length <= EVENT_TEXT_CHARS_MAX ? text : untrusted(`${text.slice(0, EVENT_TEXT_CHARS_MAX)} … ${text.length - EVENT_TEXT_CHARS_MAX} more characters`);
}
