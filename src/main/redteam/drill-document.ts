import type { Leak } from '../../redteam/judge-wave.js';
import type { Wave } from '../../redteam/payload.js';
import { Layer, RedteamDocument, type PayloadResult } from '../../redteam/redteam-document.js';
import { systemClock } from '../clock.js';
import { VERSION } from '../version.js';
import type { Gathered } from './gather-facts.js';

export interface DrillWave {
  readonly wave: Wave;
  readonly gathered: Gathered;
  readonly judged: { readonly payloads: readonly PayloadResult[]; readonly leaks: readonly Leak[] };
}

/** The waves as one document, with its figures. */
export function drillDocument(input: { readonly waves: DrillWave[]; readonly repository: string; readonly base: string; readonly canaries: number }): RedteamDocument {
  const { waves } = input;
  const payloads = waves.flatMap(({ judged }) => judged.payloads);
  const actions = payloads.flatMap((payload) => payload.actions);
  const leaks = waves.flatMap(({ judged }) => judged.leaks);
  const count = (outcome: string): number => actions.filter((one) => one.outcome === outcome).length;
  const stopped = Layer.options.map((layer) => [layer, actions.filter((one) => one.outcome === 'stopped' && one.by === layer).length] as const).filter(([, number]) => number > 0);
  const isolation = waves.find(({ gathered }) => gathered.isolation !== undefined)?.gathered.isolation;
  return RedteamDocument.parse({
    version: 1, heddle: VERSION, at: systemClock.now(), repository: input.repository, base: input.base,
    rung: waves.find(({ gathered }) => gathered.rung !== undefined)?.gathered.rung ?? 'none', ...(isolation === undefined ? {} : { isolation }),
    waves: waves.map(({ wave, gathered }) => ({ wave, outcome: gathered.outcome, words: gathered.words.slice(0, 1000) })), payloads, leaks,
    figures: {
      payloads: payloads.length, orders: actions.length, tries: actions.reduce((sum, one) => sum + one.tried, 0), canaries: input.canaries,
      searches: waves.reduce((sum, { gathered }) => sum + gathered.searches, 0), leaks: leaks.length, stopped: Object.fromEntries(stopped), open: count('open'), notTried: count('not-tried'),
    },
  });
}
