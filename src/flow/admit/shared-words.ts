import { sharedWords } from '../../admission/likeness.js';
import type { RuleAnswer } from '../../admission/rule.js';
import type { DeclineFacts } from '../../admission/words.js';
import type { Snapshot, Ticket } from '../../domain/ticket.js';
import { takeSnapshot } from '../../intake/snapshot.js';
import type { Context } from '../context.js';

/** Enough to see what both are about. */
const SHOWN_MAX = 8;

/**
 * Where another ticket asks for nearly the same, the words that the two share, for the person who must say so. The ledger has no words
 * of tickets, so the other one is fetched; when it cannot be, or not everybody who reads this one may read it, none are shown.
 */
export async function withSharedWords(context: Context, of: { readonly ticket: Ticket; readonly snapshot: Snapshot }, rules: readonly RuleAnswer[]): Promise<{ readonly rules: readonly RuleAnswer[]; readonly twin?: DeclineFacts['twin'] }> {
  const found = rules.find(({ node }) => node.rule === 'near-duplicate' && node.effect !== 'allow');
  const key = found?.node.values?.['ticket'];
  if (found === undefined || typeof key !== 'string') return { rules };
  const shared = await wordsSharedWith(context, of, key);
  const score = String(found.node.values?.['score'] ?? '');
  const answer: RuleAnswer = shared.length === 0 ? found : { ...found, node: { ...found.node, values: { ...found.node.values, shared } } };
  return { rules: rules.map((rule) => (rule === found ? answer : rule)), twin: { ticket: key, score, shared } };
}

async function wordsSharedWith({ ports, settings, signal }: Context, { ticket, snapshot }: { readonly ticket: Ticket; readonly snapshot: Snapshot }, key: string): Promise<string[]> {
  const other = await ports.tracker.fetch({ tracker: snapshot.ref.tracker, key }, signal);
  if (!other.ok || (other.value.restricted === true && ticket.restricted !== true)) return [];
  const { title, body } = takeSnapshot(other.value, { charsMax: settings.limits.ticketCharsMax, now: ports.clock.now() });
  return sharedWords(snapshot, { title, body }, SHOWN_MAX);
}
