import type { TicketKind } from '../../domain/readiness.js';
import { phrasesIn, type TicketText } from './read-text.js';
import { KIND_HEADINGS, KIND_LABELS, KIND_PREFIXES, KIND_WORDS } from './word-lists.js';

const ORDER: readonly TicketKind[] = ['bug', 'docs', 'chore', 'feature'];

/**
 * The kind of work: by a label, else by the title's prefix (`fix:`), else by words of the title, else by headings of a known
 * template. The free text of the body has no say, so that adding to it changes no weights. Unknown is a feature: it has the
 * highest demands on criteria.
 */
export function kindOf(labels: readonly string[], text: TicketText): TicketKind {
  const lower = labels.map((label) => label.toLowerCase());
  const byLabel = ORDER.find((kind) => KIND_LABELS[kind].some((known) => lower.includes(known)));
  if (byLabel !== undefined) return byLabel;
  const first = text.title.list[0] ?? '';
  const byPrefix = ORDER.find((kind) => KIND_PREFIXES[kind].includes(first) && !KIND_WORDS[kind].includes(first));
  if (byPrefix !== undefined) return byPrefix;
  const byWords = ORDER.find((kind) => phrasesIn(text.title, KIND_WORDS[kind]).length > 0);
  if (byWords !== undefined) return byWords;
  return ORDER.find((kind) => text.headings.some((heading) => KIND_HEADINGS[kind].includes(heading))) ?? 'feature';
}
