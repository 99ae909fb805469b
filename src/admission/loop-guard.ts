import type { Actor } from '../domain/actor.js';
import type { Booking } from '../domain/booking.js';
import type { Instant } from '../domain/ids.js';
import type { RuleAnswer } from './rule.js';
import { isBot } from './people.js';

export interface LoopFacts {
  /** Newest rows of this ticket, in any order; this run's own is not among them. */
  readonly rows: readonly Booking[];
  readonly now: Instant | undefined;
  readonly actor: Actor;
  readonly most: number;
}

const HOUR_MS = 3_600_000;
/** One account that looks like a person and asks without end is a program with a person's token. */
const SAME_ACCOUNT_FACTOR = 4;

/**
 * Stops runs that start one another: a comment of ours that another bot answers with a command, which starts a run, which
 * comments. Counted are the runs of this ticket in the last hour after the last one that a person asked for. Pure.
 */
export function loopRule({ rows, now, actor, most }: LoopFacts): RuleAnswer {
  const since = now === undefined ? 0 : Date.parse(now) - HOUR_MS;
  const recent = rows.filter((row) => Date.parse(row.at) >= since).sort((a, b) => (a.at < b.at ? 1 : -1));
  const lastPerson = recent.findIndex((row) => !isBot(row.requestedBy));
  const chain = isBot(actor) ? (lastPerson === -1 ? recent.length : lastPerson) : 0;
  const same = recent.filter((row) => row.requestedBy.id === actor.id).length;
  const values = { runsInTheHour: recent.length, withoutAPerson: chain, byThisAccount: same, most };
  if (chain < most && same < most * SAME_ACCOUNT_FACTOR) return { node: { rule: 'loop', effect: 'allow', words: 'the runs of this ticket do not start one another', values } };
  return { code: 'bot-loop', node: { rule: 'loop', effect: 'deny', words: chain >= most ? `${chain} runs of this ticket began in the last hour, and no person did anything between` : `one account asked for ${same} runs of this ticket in the last hour`, values } };
}
