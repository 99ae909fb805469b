import type { Fault } from '../../domain/fault.js';
import type { Examined, Group } from './doctor-document.js';
import type { Facts, Lack } from './facts.js';

/** What an examination answers; its name is added by the one who runs it. */
export type Answer =
  | { readonly standing: 'good' | 'warning' | 'not-asked'; readonly words: string; readonly details?: readonly string[]; readonly next?: string }
  | { readonly standing: 'missing'; readonly words: string; readonly details?: readonly string[]; readonly next?: string; readonly side?: Fault['side'] };

/** One small question about this place. */
export interface Examination {
  readonly id: Examined['id'];
  readonly group: Group;
  readonly title: string;
  examine(facts: Facts): Promise<Answer>;
}

/** The answer when a fact could not be had. What to do stands in the same table as in `explain`, where the words do not say it already. */
export function lacking(lack: Lack): Answer {
  return lack.kind === 'unasked' ? { standing: 'not-asked', words: lack.words } : { standing: 'missing', words: lack.words, side: lack.side, ...(lack.next === undefined ? {} : { next: lack.next }) };
}

/** Words about settings, with the note that a stand-in was used. */
export function withNote(words: string, instead: string | undefined): string {
  if (instead === undefined) return words;
  return words.endsWith('.') ? `${words.slice(0, -1)} (${instead}).` : `${words} (${instead})`;
}
