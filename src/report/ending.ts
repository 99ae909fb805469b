import { EXHAUSTION_WORDS } from '../domain/outcome-words.js';
import type { RunStory } from './run-story.js';

/** How a run stands, for the first line of a report. The texts may hold foreign words: each page makes them harmless itself. */
export interface Ending {
  readonly tone: 'good' | 'bad' | 'open';
  /** One word or two: `Delivered`, `Stopped`, `Waiting`. */
  readonly word: string;
  /** The rest of the sentence. */
  readonly words: string;
  /** What was recorded about it, if there is more to say. */
  readonly detail: string | undefined;
  readonly next: string | undefined;
  readonly change: { readonly number: number; readonly url: string; readonly draft: boolean } | undefined;
  readonly kept: boolean;
}

const NONE = { detail: undefined, next: undefined, change: undefined };

export function endingOf(story: RunStory): Ending {
  const { last } = story;
  const kept = story.candidate !== undefined;
  if (last === undefined) return { ...NONE, tone: 'open', word: 'Nothing happened', words: 'the trail has no events', kept };
  switch (last.type) {
    case 'delivered':
      return { ...NONE, tone: 'good', word: 'Delivered', words: `${last.change.draft ? 'draft change' : 'change'} ${last.change.number} on ${last.branch}`, change: last.change, kept,
        detail: last.warnings.length === 0 ? undefined : last.warnings.join(' '), next: last.change.draft ? 'Review the change and mark it as ready.' : 'Review the change.' };
    case 'declined':
      return { ...NONE, tone: 'bad', word: 'Declined', words: last.code.replaceAll('-', ' '), detail: last.words, kept: false };
    case 'exhausted': {
      const { why, next } = EXHAUSTION_WORDS[last.reason];
      return { ...NONE, tone: 'bad', word: 'Stopped', words: why, detail: last.words, next, kept };
    }
    case 'cancelled':
      return { ...NONE, tone: 'bad', word: 'Cancelled', words: `by ${last.by}`, next: 'Start the ticket again when it is wanted.', kept };
    case 'superseded':
      return { ...NONE, tone: 'bad', word: 'Superseded', words: `by ${last.by}`, kept };
    case 'faulted':
      return { ...NONE, tone: 'bad', word: 'Failed', words: `${last.fault.code.replaceAll('-', ' ')} during ${last.during}`, detail: last.fault.message, kept,
        next: last.fault.side === 'setup' ? 'Mend the set-up that the message names; `heddle doctor` checks it.' : last.fault.retryable ? 'Run it again, or `heddle resume` with this run folder.' : 'Report it with the evidence of this run.' };
    case 'human-asked':
      return { ...NONE, tone: 'open', word: 'Waiting', words: 'for a person to say yes or no', detail: last.question, next: 'Nothing is delivered before.', kept };
    default:
      return { ...NONE, tone: 'open', word: 'Unfinished', words: `the last event is ${last.type}`, next: 'The run was interrupted or is still going: `heddle resume` finishes it.', kept };
  }
}
