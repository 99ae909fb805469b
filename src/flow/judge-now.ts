import type { Fault } from '../domain/fault.js';
import type { Verdict } from '../domain/verdict.js';
import { ok, type Result } from '../kit/result.js';
import { book } from './admit/book.js';
import { judgeRequest } from './admit/judge-request.js';
import { look } from './admit/look.js';
import { route } from './admit/route.js';
import { then } from './admit/stage.js';
import type { In } from './command.js';
import type { Context } from './context.js';

/** What admission would say of a request now, by its own stages, in a dry run: nothing is claimed, booked, told or recorded. */
export async function judgeNow(context: Context, state: In<'requested'>): Promise<Result<{ readonly words: string; readonly verdict: Verdict | undefined }, Fault>> {
  if (!context.settings.dryRun) throw new Error('admission was about to be asked for real by a question');
  const seen = await look(context, state);
  const routed = await then(seen, async (value) => route(context, value));
  const judged = await then(routed, async (value) => judgeRequest(context, value));
  const booked = await then(judged, async (value) => book(context, value));
  if (!booked.ok) return booked;
  const { value } = booked;
  switch (value.kind) {
    case 'on': return ok({ words: 'It would be admitted.', verdict: value.value.verdict });
    case 'decline': return ok({ words: `It would not start (${value.code}).`, verdict: value.verdict });
    case 'ask': return ok({ words: `The run would wait for a person (${value.asks}).`, verdict: value.verdict });
    default: return ok({ words: 'It would end at once.', verdict: undefined });
  }
}
