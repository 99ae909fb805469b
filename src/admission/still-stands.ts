import type { Snapshot } from '../domain/ticket.js';
import type { AdmissionFacts } from './facts.js';
import { judgeAdmission } from './judge.js';

/** Rules about other work: delivery has its own answer to a second change, and its own change may be open after a crash. */
const NOT_AGAIN: ReadonlySet<string> = new Set(['no-open-change', 'below-cap', 'loop']);

/**
 * Whether an order may still be delivered, by the same rules that admitted it and by the text that was approved. Pure. Answers
 * what does not stand any more, in words, or nothing. Labels may change meanwhile (people sort tickets), title and text may not.
 */
export function stillStands(facts: AdmissionFacts, text: { readonly approved: Snapshot; readonly now: Snapshot }): string | undefined {
  if (textOf(text.approved) !== textOf(text.now)) return 'The text of the ticket is not the one that was approved.';
  const fallen = (judgeAdmission(facts).verdict.tree.children ?? []).filter((node) => node.effect !== 'allow' && !NOT_AGAIN.has(node.rule));
  return fallen.length === 0 ? undefined : `${fallen.map((node) => `${node.rule}: ${node.words}`).join('; ')}.`;
}

/** What the agent was given, without the facts around it. */
function textOf(snapshot: Snapshot): string {
  return JSON.stringify([snapshot.title, snapshot.body, snapshot.criteria.map((criterion) => [criterion.id, criterion.text, criterion.check ?? null]), snapshot.author.id, (snapshot.comments ?? []).map((comment) => [comment.id, comment.author.id, comment.text])]);
}
