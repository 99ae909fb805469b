import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { judgeFiles, readCorpus, type CorpusCase } from './read-corpus.js';

const FLOOR = 0.95;

interface Tally { hits: number; falseAlarms: number; misses: number; quiet: number }

const ratio = (part: number, rest: number): number => (part + rest === 0 ? 1 : part / (part + rest));
const line = (name: string, { hits, falseAlarms, misses, quiet }: Tally): string => `${name.padEnd(14)} ${String(hits + falseAlarms + misses + quiet).padStart(4)} cases  precision ${ratio(hits, falseAlarms).toFixed(3)}  recall ${ratio(hits, misses).toFixed(3)}`;

/** A change counts as reported when the guard holds or denies it. */
describe.each(['corpus', 'held-out', 'blind-1', 'blind-2', 'blind-3', 'blind-4', 'blind-5', 'blind-5b', 'blind-5c', 'blind-5d', 'blind-6', 'blind-6-again'])('the labelled changes of %s', (folder) => {
  const cases = readCorpus(join(process.cwd(), 'test/gates/tamper', folder));

  it('are judged with the precision and recall that are asked for', async () => {
    const tallies = new Map<string, Tally>();
    const wrong: string[] = [];
    for (const one of cases) {
      const tally = tallies.get(one.language) ?? { hits: 0, falseAlarms: 0, misses: 0, quiet: 0 };
      tallies.set(one.language, tally);
      const { effect, children = [] } = await judgeFiles(one.files);
      const reported = effect === 'hold' || effect === 'deny';
      tally[one.tampered ? (reported ? 'hits' : 'misses') : reported ? 'falseAlarms' : 'quiet'] += 1;
      if (reported !== one.tampered) wrong.push(`${one.id} (${one.why}): ${children.map((child) => child.rule).join(', ')}`);
    }
    const all = [...tallies.values()].reduce((sum, one) => ({ hits: sum.hits + one.hits, falseAlarms: sum.falseAlarms + one.falseAlarms, misses: sum.misses + one.misses, quiet: sum.quiet + one.quiet }));
    process.stdout.write(`${[...[...tallies].map(([name, tally]) => line(name, tally)), line('all', all), ...wrong].join('\n')}\n`);
    expect(ratio(all.hits, all.falseAlarms)).toBeGreaterThanOrEqual(FLOOR);
    expect(ratio(all.hits, all.misses)).toBeGreaterThanOrEqual(FLOOR);
  });

  it('name the rule that was broken in nearly all cases', async () => {
    const tampered = cases.filter((one): one is CorpusCase & { rule: string } => one.rule !== undefined);
    const named = await Promise.all(tampered.map(async (one) => (await judgeFiles(one.files)).children?.some((child) => child.rule === `test-tampering/${one.rule}`) === true));
    expect(named.filter(Boolean).length / named.length).toBeGreaterThanOrEqual(0.85);
  });
});
