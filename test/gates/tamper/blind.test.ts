import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { judgeFiles, readCorpus } from './read-corpus.js';

it.each((process.env['BLIND'] ?? 'blind-1').split(','))('%s', async (folder) => {
  const out: string[] = [];
  const n = { tp: 0, fp: 0, fn: 0, tn: 0, named: 0 };
  for (const one of readCorpus(join(process.cwd(), 'test/gates/tamper', folder))) {
    const { effect, children = [] } = await judgeFiles(one.files);
    const said = effect === 'hold' || effect === 'deny';
    n[one.tampered ? (said ? 'tp' : 'fn') : said ? 'fp' : 'tn'] += 1;
    if (one.tampered && children.some((child) => child.rule === `test-tampering/${one.rule}`)) n.named += 1;
    else if (one.tampered && said) out.push(`  named otherwise ${one.id} ${one.rule} (${one.why}): ${children.map((child) => child.rule.slice(15)).join(', ')}`);
    if (said !== one.tampered) out.push(`${one.tampered ? 'MISS ' : 'FALSE'} ${one.id} (${one.why}): ${children.map((child) => `${child.rule.slice(15)}=${child.effect} ${child.words}`).join(', ')}`);
  }
  process.stdout.write(`${out.sort().join('\n')}\n${folder} precision ${(n.tp / (n.tp + n.fp)).toFixed(3)} recall ${(n.tp / (n.tp + n.fn)).toFixed(3)} ${JSON.stringify(n)}\n`);
  expect(n.tp).toBeGreaterThan(0);
});
