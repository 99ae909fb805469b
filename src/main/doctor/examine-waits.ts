import type { WaitingEntry } from '../../domain/waiting.js';
import { reasonOf } from '../../explain/reasons.js';
import { systemClock } from '../clock.js';
import { lacking, type Examination } from './examination.js';

const SHOWN_MAX = 10;

/** Runs that wait for a person, and those among them that nobody answered in time: their tickets stay as they are until somebody asks again. */
export const examineWaits: Examination = {
  id: 'waits', group: 'forge', title: 'Waiting runs',
  async examine(facts) {
    if (facts.forgeId === 'local') return { standing: 'not-asked', words: 'The forge is local: who waits there is known where it lies.' };
    const found = await facts.waits();
    if (!found.ok) return lacking(found.error);
    const { waits, damaged } = found.value;
    const now = systemClock.now();
    const over = waits.filter(({ expiresAt }) => expiresAt < now);
    const count = waits.length === 0 ? 'no run waits' : `${waits.length} ${waits.length === 1 ? 'run waits' : 'runs wait'} for a person`;
    if (over.length === 0 && damaged.length === 0) return { standing: 'good', words: waits.length === 0 ? count : `${count}, the first until ${waits.map(({ expiresAt }) => expiresAt).sort()[0] ?? ''}` };
    const reason = reasonOf('exhaustion', 'wait-expired');
    const details = [...over.map(line), ...damaged.map((name) => `${name}: not an entry of Heddle`)];
    return {
      standing: 'warning', words: `${count}; ${over.length} of them ${over.length === 1 ? 'is' : 'are'} over (\`wait-expired\`): ${reason?.why ?? 'nobody answered in time'}.${damaged.length === 0 ? '' : ` ${damaged.length} cannot be read.`}`,
      details: [...details.slice(0, SHOWN_MAX), ...(details.length > SHOWN_MAX ? [`and ${details.length - SHOWN_MAX} more`] : [])],
      ...(reason === undefined || over.length === 0 ? {} : { next: `${reason.next} Whoever may: ${reason.who}. \`heddle explain RUN\` tells what was asked.` }),
    };
  },
};

/** Entries lie where others may write; the runner of examinations makes their texts harmless. */
function line({ ticket, run, since, expiresAt }: WaitingEntry): string {
  return `${ticket.key}: run ${run} has waited since ${since}, until ${expiresAt}`;
}
