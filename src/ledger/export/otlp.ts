import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { RunEvent, RunFactOf } from '../../flow/event.js';

const attribute = z.strictObject({ key: z.string(), value: z.union([z.strictObject({ stringValue: z.string() }), z.strictObject({ intValue: z.string() }), z.strictObject({ doubleValue: z.number() })]) });
const span = z.strictObject({
  traceId: z.string().regex(/^[0-9a-f]{32}$/), spanId: z.string().regex(/^[0-9a-f]{16}$/), parentSpanId: z.string().regex(/^[0-9a-f]{16}$/).optional(),
  name: z.string(), kind: z.number().int(), startTimeUnixNano: z.string(), endTimeUnixNano: z.string(),
  attributes: z.array(attribute), status: z.strictObject({ code: z.number().int() }),
});

/** OTLP/JSON traces (opentelemetry-proto 1.x, JSON mapping): one span for the run, one for each attempt and check. */
export const OtlpDocument = z.strictObject({
  resourceSpans: z.array(z.strictObject({
    resource: z.strictObject({ attributes: z.array(attribute) }),
    scopeSpans: z.array(z.strictObject({ scope: z.strictObject({ name: z.string(), version: z.string() }), spans: z.array(span) })),
  })),
});
export type OtlpDocument = z.infer<typeof OtlpDocument>;
type Span = z.infer<typeof span>;
type Attributes = Readonly<Record<string, string | number | undefined>>;

/** The run as a trace, for any collector. Names follow the CI/CD (release candidate) and GenAI (development) conventions of semconv 1.44. */
export function otlpOf(events: readonly RunEvent[], by: { readonly heddle: string }): OtlpDocument {
  const first = events[0];
  const last = events.at(-1);
  if (first === undefined || last === undefined) return { resourceSpans: [] };
  const trace = idOf(first.run, 32);
  const root = idOf(`${first.run}/run`, 16);
  const outcome = last.fact.type;
  const make = (name: string, key: string, times: readonly [string, string], good: boolean, attributes: Attributes, parent?: string): Span => ({
    traceId: trace, spanId: idOf(`${first.run}/${key}`, 16), ...(parent === undefined ? {} : { parentSpanId: parent }),
    name, kind: 1, startTimeUnixNano: nanos(times[0]), endTimeUnixNano: nanos(times[1]), attributes: attributesOf(attributes), status: { code: good ? 1 : 2 },
  });
  const spans = [
    make('RUN heddle', 'run', [first.at, last.at], outcome === 'delivered', { 'cicd.pipeline.name': 'heddle', 'cicd.pipeline.run.id': first.run, 'cicd.pipeline.result': resultOf(outcome), ...changeOf(events) }),
    ...attemptSpans(events, make, root),
    ...checkSpans(events, make, root),
  ];
  return { resourceSpans: [{ resource: { attributes: attributesOf({ 'service.name': 'heddle', 'service.version': by.heddle }) }, scopeSpans: [{ scope: { name: 'heddle', version: by.heddle }, spans }] }] };
}

type Make = (name: string, key: string, times: readonly [string, string], good: boolean, attributes: Attributes, parent?: string) => Span;

function attemptSpans(events: readonly RunEvent[], make: Make, root: string): Span[] {
  return events.flatMap((event) => {
    const { fact } = event;
    if (fact.type !== 'agent-reported') return [];
    const started = events.find((one) => one.fact.type === 'attempt-started' && one.fact.attempt === fact.attempt);
    if (started?.fact.type !== 'attempt-started') return [];
    return [make(`invoke_agent ${started.fact.agent}`, `attempt/${fact.attempt}`, [started.at, event.at], fact.ending.kind === 'completed', {
      'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': started.fact.agent, 'gen_ai.request.model': started.fact.model,
      'gen_ai.usage.input_tokens': fact.usage.inputTokens + fact.usage.cacheReadTokens + fact.usage.cacheWriteTokens, 'gen_ai.usage.output_tokens': fact.usage.outputTokens,
      'heddle.attempt': fact.attempt, 'heddle.cost.usd': fact.usage.cost / 1_000_000, 'heddle.sandbox.rung': started.fact.rung,
    }, root)];
  });
}

function checkSpans(events: readonly RunEvent[], make: Make, root: string): Span[] {
  return events.flatMap((event) => {
    const { fact } = event;
    if (fact.type !== 'check-finished') return [];
    const from = new Date(Date.parse(event.at) - fact.result.durationMs).toISOString();
    return [make(`RUN ${fact.result.check}`, `check/${event.sequence}`, [from, event.at], fact.result.outcome.kind === 'passed' || fact.result.outcome.kind === 'skipped', {
      'cicd.pipeline.task.name': fact.result.check, 'cicd.pipeline.task.run.id': `${fact.attempt}/${fact.result.check}`,
      'cicd.pipeline.task.run.result': checkResultOf(fact.result.outcome.kind), 'heddle.attempt': fact.attempt,
    }, root)];
  });
}

function changeOf(events: readonly RunEvent[]): Attributes {
  const delivered = events.map((event) => event.fact).findLast((fact): fact is RunFactOf<'delivered'> => fact.type === 'delivered');
  return delivered === undefined ? {} : { 'vcs.change.id': String(delivered.change.number), 'vcs.ref.head.revision': delivered.commit, 'vcs.ref.head.name': delivered.branch };
}

/** `cicd.pipeline.result` and `cicd.pipeline.task.run.result` have the same closed set of values. */
function resultOf(outcome: RunEvent['fact']['type']): string {
  switch (outcome) {
    case 'delivered': return 'success';
    case 'cancelled':
    case 'superseded': return 'cancellation';
    case 'declined': return 'skip';
    case 'exhausted': return 'failure';
    default: return 'error';
  }
}

function checkResultOf(kind: RunFactOf<'check-finished'>['result']['outcome']['kind']): string {
  switch (kind) {
    case 'passed': return 'success';
    case 'failed': return 'failure';
    case 'timed-out': return 'timeout';
    case 'skipped': return 'skip';
    case 'output-exceeded':
    case 'errored': return 'error';
  }
}

function idOf(seed: string, length: 16 | 32): string {
  return createHash('sha256').update(seed).digest('hex').slice(0, length);
}

/** Nanoseconds do not fit a double: text, as the JSON mapping of 64-bit integers wants. */
function nanos(instant: string): string {
  return `${BigInt(Date.parse(instant)) * 1_000_000n}`;
}

function attributesOf(values: Attributes): z.infer<typeof attribute>[] {
  return Object.entries(values).flatMap(([key, value]): z.infer<typeof attribute>[] => {
    if (value === undefined) return [];
    if (typeof value === 'string') return [{ key, value: { stringValue: value } }];
    return [{ key, value: Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value } }];
  });
}
