import type { ReadinessPart, ReadinessPartId, ReadinessScore } from '../../domain/readiness.js';
import type { Snapshot } from '../../domain/ticket.js';
import { kindOf } from './kind-of.js';
import { PARTS } from './parts.js';
import { readText, type TicketText } from './read-text.js';
import { ASK_BELOW, BY_WORDS, QUESTIONS, WEIGHTS } from './weights.js';
import { ENGLISH } from './word-lists.js';

/**
 * How clear a ticket is, 0 to 100, by rules alone: total, deterministic, linear in the text. It reads the cleaned snapshot and
 * the answers that belong to it. Adding what a part asks for never takes points of that part away. It is a measure of form:
 * whether the ticket is wise is for the person who approves it.
 */
export function scoreTicket(snapshot: Pick<Snapshot, 'title' | 'body' | 'criteria' | 'labels' | 'comments'>): ReadinessScore {
  const text = readText(snapshot);
  const english = isEnglish(text);
  const kind = kindOf(snapshot.labels, text);
  const weights = Object.entries(WEIGHTS[kind]) as readonly [ReadinessPartId, number][];
  const counted = weights.filter(([part]) => english || !BY_WORDS.has(part));
  const whole = counted.reduce((sum, [, most]) => sum + most, 0);
  const parts = counted.map(([part, weight]): ReadinessPart => {
    const most = Math.round((weight * 100) / whole);
    const { share, saw } = PARTS[part](text, { kind, english });
    return { part, points: Math.round(most * share), most, saw, ...(share < ASK_BELOW ? { question: QUESTIONS[part] } : {}) };
  });
  const sum = parts.reduce((total, part) => total + part.points, 0);
  return { kind, language: english ? 'english' : 'other', score: Math.max(0, Math.min(100, sum)), parts };
}

/** Small words are a fifth of any English text. A few words tell nothing, and are taken for English when their letters are Latin. */
function isEnglish({ prose }: TicketText): boolean {
  const { list } = prose;
  if (list.length < 12) return list.every((word) => !/[^\u0000-\u024f’]/.test(word));
  const small = list.filter((word) => ENGLISH.includes(word)).length;
  return small / list.length >= 0.1;
}
