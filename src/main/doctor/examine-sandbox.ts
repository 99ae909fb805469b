import { rungAtLeast, type Rung } from '../../domain/rung.js';
import type { RungRefusal } from '../../ports/sandbox.js';
import { withNote, type Examination } from './examination.js';

export const examineSandbox: Examination = {
  id: 'sandbox', group: 'machine', title: 'Sandbox',
  async examine(facts) {
    const [{ rung, form, refused }, { config, instead }] = await Promise.all([facts.sandbox(), facts.settings()]);
    const required = config.sandbox.min_rung;
    const details = reasons(refused);
    const asked = withNote(`sandbox.min_rung asks for at least ${required}`, instead);
    if (!rungAtLeast(rung, required)) {
      return {
        standing: 'missing', details,
        words: `The strongest isolation that held here is ${name(rung)}; ${asked}.`,
        next: 'Mend what the reasons name, or use another runner. To accept it in spite of all: sandbox.min_rung: none in .heddle.yml, or --min-rung none; agent and checks could then read whatever this account can read.',
      };
    }
    if (rung === 'none') {
      return { standing: 'warning', details, words: `Nothing isolates agent and checks here; ${asked}, which allows it.`, next: 'Use it only on a machine that is thrown away and holds no secrets.' };
    }
    return { standing: 'good', words: `${rung} (${form}), proved by trying to break out; ${asked}`, details };
  },
};

function name(rung: Rung): string {
  return rung === 'none' ? 'none at all' : rung;
}

/** One line for each reason with its fix; rungs that share both are named together. */
function reasons(refused: readonly RungRefusal[]): string[] {
  const byReason = new Map<string, string[]>();
  for (const { rung, form, why, fix } of refused) {
    const reason = `${why} ${fix}`;
    byReason.set(reason, [...(byReason.get(reason) ?? []), form === 'any' ? rung : `${rung} (${form})`]);
  }
  return [...byReason].map(([reason, forms]) => `${forms.join(', ')}: ${reason}`);
}
