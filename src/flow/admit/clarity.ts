import { noOpinion, OPINION_SYSTEM, opinionPrompt, readOpinion } from '../../admission/readiness/opinion.js';
import { weighReadiness } from '../../admission/readiness/judge-readiness.js';
import { scoreTicket } from '../../admission/readiness/score-ticket.js';
import { explainMark } from '../../attempt/prompt.js';
import { frame } from '../../attempt/render-frame.js';
import type { Digest } from '../../domain/ids.js';
import { MicroUsd, microUsd } from '../../domain/money.js';
import type { Readiness, ReadinessOpinion, ReadinessScore } from '../../domain/readiness.js';
import { ModelUsage, NO_USAGE } from '../../domain/usage.js';
import type { Context } from '../context.js';
import { ModelCallLine } from '../documents.js';
import type { RunFactOf } from '../event.js';
import type { Routed } from './route.js';

/** How clear the ticket is, by rules alone. Nothing where nobody wants to know. */
export function clarityOf({ settings }: Context, { snapshot, state }: Routed): Readiness | undefined {
  const { readiness } = settings.config;
  const mode = settings.localUser && state.latest.trigger.kind === 'cli' ? readiness.local : readiness.mode;
  return mode === 'off' ? undefined : weighReadiness(scoreTicket(snapshot), { snapshot: snapshot.digest, labels: snapshot.labels, mode, config: readiness });
}

/**
 * The same with a model's opinion, where one is configured. Asked only when everything else allows: whoever may not start work here
 * may not spend money here either. One ticket text is asked about once.
 */
export async function withOpinion(context: Context, routed: Routed, clarity: Readiness): Promise<Readiness> {
  const { readiness } = context.settings.config;
  if (readiness.opinion === undefined || context.settings.dryRun) return clarity;
  const before = context.trail.events.findLast(({ fact }) => fact.type === 'readiness-scored' && fact.snapshot === clarity.snapshot && fact.opinion !== undefined)?.fact;
  const known = before?.type === 'readiness-scored' ? before.opinion : undefined;
  const opinion = known === undefined ? await ask(context, routed, clarity) : { ...known, usage: NO_USAGE };
  return weighReadiness(scoreTicket(routed.snapshot), { snapshot: clarity.snapshot, labels: routed.snapshot.labels, mode: clarity.mode, config: readiness, opinion });
}

/** Said each time the answer is another than before. An opinion is recorded before anything else happens: it was paid for. */
export async function recordClarity({ trail }: Context, clarity: Readiness): Promise<void> {
  const fact: RunFactOf<'readiness-scored'> = { type: 'readiness-scored', ...clarity };
  const before = trail.events.findLast((event) => event.fact.type === 'readiness-scored')?.fact;
  if (before?.type === 'readiness-scored' && before.snapshot === fact.snapshot && before.final === fact.final && before.threshold === fact.threshold && before.mode === fact.mode && (fact.opinion === undefined || fact.opinion.usage.calls === 0)) return;
  await trail.append(fact);
}

const OUTPUT_TOKENS_MAX = 1_000;
const TOKENS_MAX = 60_000;
const NOTE = 'readiness/usage.json';

async function ask(context: Context, { snapshot, state }: Routed, score: ReadinessScore): Promise<ReadinessOpinion> {
  const { ports, settings, signal } = context;
  const { model = '', max_cost_usd: money = 0 } = settings.config.readiness.opinion ?? {};
  const lost = await interrupted(context, snapshot.digest);
  if (lost !== undefined) return noOpinion('the process that asked was stopped before the answer', { model, usage: lost });
  if (ports.adviser === undefined) return noOpinion('this job holds no key for a model', { model, usage: NO_USAGE });
  const left = settings.limits.costMicroUsdMax - (state.advice?.cost ?? 0);
  const costMax = MicroUsd.parse(Math.max(0, Math.min(microUsd(money), left)));
  if (costMax === 0) return noOpinion('no money is left for it', { model, usage: NO_USAGE });
  const mark = ports.ids.hex(16);
  const advice = await ports.adviser.ask({
    model, system: `${OPINION_SYSTEM}\n\n${explainMark(mark)}`, prompt: opinionPrompt(snapshot, score, (kind, text) => frame(kind, text, mark)),
    costMax, tokensMax: TOKENS_MAX, outputTokensMax: OUTPUT_TOKENS_MAX,
    noted: (atMost) => ports.evidence.writeJson(NOTE, { snapshot: snapshot.digest, usage: atMost }),
  }, signal);
  for (const call of advice.calls) await ports.evidence.appendJsonLine('readiness/model-calls.jsonl', ModelCallLine.parse(call));
  const about = { model, usage: advice.usage };
  return advice.answer.ok ? readOpinion(advice.answer.value, about) : noOpinion(advice.answer.error, about);
}

/** What a process that died in the middle of its question may have spent on this very text. */
async function interrupted({ ports }: Context, snapshot: Digest): Promise<ModelUsage | undefined> {
  const text = await ports.evidence.readText(NOTE);
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || !('snapshot' in value) || !('usage' in value) || value.snapshot !== snapshot) return undefined;
    const usage = ModelUsage.safeParse(value.usage);
    return usage.success ? usage.data : undefined;
  } catch {
    return undefined;
  }
}
