import type { Fault } from '../../domain/fault.js';
import type { DeclineCode } from '../../domain/stop-reason.js';
import type { VerdictNode } from '../../domain/verdict.js';
import { declineFacts, type DeclineFacts } from '../../admission/words.js';
import { rungAtLeast } from '../../domain/rung.js';
import { ok, type Result } from '../../kit/result.js';
import { checksFor } from '../checks-for.js';
import type { Context } from '../context.js';
import { tooWeak } from '../too-weak.js';
import type { Judged } from './judge-request.js';
import { denied, on, type Staged } from './stage.js';

export type Able = { readonly kind: 'able' } | { readonly kind: 'unable'; readonly code: DeclineCode; readonly node: VerdictNode; readonly more?: DeclineFacts };

/** What this runner and this repository must bring: an agent that starts, a sandbox that holds, checks that judge. Asks no service. */
export async function ableHere(context: Context): Promise<Result<Able, Fault>> {
  const { ports, settings } = context;
  // In the split another machine will work: agent and sandbox are proved there.
  const lacking = settings.phase === 'admit' ? ok(undefined) : await runnerLacks(context);
  if (!lacking.ok) return lacking;
  if (lacking.value !== undefined) return ok(lacking.value);
  const checks = await checksFor(ports.workspace, settings.base.commit, settings);
  if (!checks.ok) return checks;
  if (!checks.value.checks.some((check) => check.role === 'check')) {
    const why = checks.value.explanation.filter((one) => one.decision === 'skipped').slice(0, 5).map((one) => `${one.origin}: ${one.why}`);
    return ok({ kind: 'unable', code: 'no-checks', node: { rule: 'checks', effect: 'deny', words: `No check was found that could judge a change.${why.length > 0 ? ` Looked at and skipped: ${why.join('; ')}.` : ''}` } });
  }
  return ok({ kind: 'able' });
}

/** The stage that waits for the answer. */
export async function mustBeAble(able: Promise<Result<Able, Fault>>, judged: Judged): Promise<Staged<Judged>> {
  const ready = await able;
  if (!ready.ok) return ready;
  if (ready.value.kind === 'able') return on(judged);
  const { code, node, more } = ready.value;
  return ok({ kind: 'decline', code, verdict: denied(judged.verdict, node), known: { ...declineFacts(judged.facts), ...more }, detail: node.words });
}

async function runnerLacks({ ports, settings }: Context): Promise<Result<Able | undefined, Fault>> {
  const agent = await ports.agent.probe();
  if (!agent.ok) return { ok: false, error: { code: 'not-installed', side: 'setup', retryable: false, source: `agent/${ports.agent.id}`, message: agent.message } };
  const proved = await ports.sandboxes.probe();
  const wanted = settings.config.sandbox.min_rung;
  if (rungAtLeast(proved.rung, wanted)) return ok(undefined);
  return ok({ kind: 'unable', code: 'sandbox-too-weak', node: tooWeak(proved, wanted), more: { rungs: { reached: proved.rung, required: wanted } } });
}
