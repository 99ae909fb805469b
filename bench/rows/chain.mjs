// Verifying a trail of 100,000 real events: every byte hashed, every link followed. Against parsing each line as JSON.
import '../lib/typescript.mjs';
import { interleaved, timed } from '../lib/measure.mjs';

const EVENTS = 100_000;
const ROUNDS = 7;

export async function rows() {
  const [{ chainLine, verifyChain }, { deliveredAfterOneRepair }] = await Promise.all([import('../../build/ledger/chain.js'), import('../../test/fixtures/run-events.ts')]);
  const bytes = trail(chainLine, deliveredAfterOneRepair());
  const text = bytes.toString('utf8');
  const verify = () => {
    const checked = verifyChain(bytes);
    if (!checked.ok || checked.value.events !== EVENTS) throw new Error('the trail of the bench is not whole');
  };
  const parse = () => { for (const line of text.split('\n')) if (line !== '') JSON.parse(line); };
  const { ours, baseline } = await interleaved(ROUNDS, { ours: () => timed(verify), baseline: () => timed(parse) });
  const perSecond = (ms) => EVENTS / (ms / 1000);
  return [{
    what: `chain verification, ${EVENTS} events of ${Math.round(bytes.length / EVENTS)} bytes (baseline: JSON.parse of each line)`,
    ours: perSecond(ours), baseline: perSecond(baseline), unit: '/s', goal: 100_000, of: 'ours', atLeast: true,
  }];
}

function trail(chainLine, pattern) {
  const lines = [];
  let previous = null;
  for (let sequence = 0; sequence < EVENTS; sequence += 1) {
    const { line, hash } = chainLine({ ...pattern[sequence % pattern.length], sequence, previous });
    lines.push(line);
    previous = hash;
  }
  return Buffer.from(lines.join(''));
}
