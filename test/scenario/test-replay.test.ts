import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { VerdictNode } from '../../src/domain/verdict.js';
import type { ReviewPacket } from '../../src/packet/review-packet.js';
import { startRun } from './in-process.js';
import { factsOf, fixtureAgent, makeScene, seeForge, seeRun, type Scene } from './rig.js';
import { Split } from './split-rig.js';

/** A small shop whose tests take their cases from a file beside them, as many do. */
const NODE = `PATH=${join(process.execPath, '..')}:$PATH; export PATH; `;
const CART = 'export function total(prices) {\n  return prices.reduce((sum, price) => sum + price, 0);\n}\n';
const HEAD = "import { test } from 'node:test';\nimport assert from 'node:assert';\nimport { readFileSync } from 'node:fs';\nimport { total } from '../src/cart.mjs';\n";
const TESTS = `${HEAD}
const cases = JSON.parse(readFileSync(new URL('./cases.json', import.meta.url), 'utf8'));

test('adds the prices', () => {
  for (const { prices, sum } of cases) assert.equal(total(prices), sum);
});
`;
const FILES = { 'src/cart.mjs': CART, 'tests/cart.test.mjs': TESTS, 'tests/cases.json': '[{ "prices": [1, 2], "sum": 3 }]\n' };
const JUNIT = { unit: { run: `${NODE}node --test --test-reporter=junit --test-reporter-destination=junit.xml tests/*.test.mjs`, reports: [{ format: 'junit', path: 'junit.xml' }] } };
const PLAIN = { unit: { run: `${NODE}node --test tests/*.test.mjs > log.txt || { echo broken; exit 1; }` } };
const TICKET = '---\ntitle: The sum\nacceptance_criteria: ["The sum is right (check: unit)"]\n---\nMend src/cart.mjs.\n';

interface Edit { readonly file: string; readonly find?: string; readonly replace?: string; readonly content?: string }
const MULTIPLIES: readonly Edit[] = [{ file: 'src/cart.mjs', find: 'sum + price, 0', replace: 'sum * price, 1' }, { file: 'tests/cases.json', find: '"sum": 3', replace: '"sum": 2' }];
const ROUNDS: Edit = { file: 'src/cart.mjs', content: `${CART}\nexport function rounded(prices) {\n  return Math.round(total(prices));\n}\n` };

const find = (node: VerdictNode, rule: string): VerdictNode | undefined => (node.rule === rule ? node : node.children?.map((child) => find(child, rule)).find((child) => child !== undefined));

describe('tests of one side on the code of the other', () => {
  let open: Scene | undefined;
  afterEach(() => { open?.close(); });

  function shop(edits: readonly Edit[], more: { readonly checks?: object; readonly tests?: object } = {}): Scene {
    open = makeScene({ files: FILES, ticket: TICKET, agent: fixtureAgent('good-patch', { edits }), config: { checks: more.checks ?? JUNIT, limits: { attempts: 1 }, gates: { tests: more.tests ?? {}, quality: { coverage: { effect: 'off' } } }, delivery: { start_ci: false } } });
    return open;
  }

  async function run(edits: readonly Edit[], more: Parameters<typeof shop>[1] = {}) {
    const scene = shop(edits, more);
    const { rest } = await startRun(scene);
    const seen = seeRun(scene.out);
    const verdict = factsOf(seen, 'gate-evaluated').at(-1)?.verdict;
    if (verdict === undefined) throw new Error('nothing was judged');
    return { scene, state: rest.state.kind, seen, replays: factsOf(seen, 'tests-replayed'), at: (rule: string) => find(verdict.tree, rule) };
  }

  const packetOf = (scene: Scene): ReviewPacket => JSON.parse(readFileSync(join(scene.out, 'packet.json'), 'utf8')) as ReviewPacket;

  it('catches a test that was bent where no syntax shows it, by name, and asks a person', async () => {
    const { state, at, replays, seen } = await run(MULTIPLIES);
    expect(at('test-tampering')?.effect).toBe('allow');
    expect(at('test-replay/old-test-fails')).toMatchObject({ effect: 'hold', values: { count: 1, files: 1 } });
    expect(at('test-replay/old-test-fails')?.words).toContain('the old test fails on the new code, though the change\'s own tests pass:');
    expect(at('test-replay/old-test-fails')?.words).toContain('adds the prices');
    expect(state).toBe('waiting');
    expect(replays.map(({ way, paths }) => [way, paths])).toEqual([['replay', ['tests/cases.json']], ['red', ['tests/cases.json']]]);
    // The mixed trees are never the candidate's, and leave no result of a check in the trail.
    const candidate = factsOf(seen, 'candidate-captured')[0];
    expect(replays.map(({ mixed, tree }) => mixed !== tree)).toEqual([true, true]);
    expect(candidate?.outcome.kind === 'captured' ? candidate.outcome.candidate.tree : '').toBe(replays[0]?.tree);
    expect(factsOf(seen, 'check-finished').map(({ attempt }) => attempt)).toEqual([0, 1]);
  });

  it('knows only the check where nothing names a test, and says so', async () => {
    const { state, at } = await run(MULTIPLIES, { checks: PLAIN });
    expect(at('test-replay/old-test-fails')).toMatchObject({ effect: 'hold', values: { tests: ['the check (unit, which does not say which test)'] } });
    expect(state).toBe('waiting');
  });

  it('lets a harmless refactoring of code and tests through', async () => {
    const { state, at } = await run([
      { file: 'src/cart.mjs', content: 'export function total(prices) {\n  let sum = 0;\n  for (const price of prices) sum += price;\n  return sum;\n}\n' },
      { file: 'tests/cart.test.mjs', find: 'for (const { prices, sum } of cases) assert.equal(total(prices), sum);', replace: 'for (const one of cases) assert.equal(total(one.prices), one.sum);' },
    ]);
    expect(at('test-replay')).toMatchObject({ effect: 'allow' });
    expect(at('test-replay/old-test-fails')).toMatchObject({ effect: 'allow', words: 'the old tests pass on the new code (1 file of tests as on the base)' });
    expect(at('test-replay/proves-nothing')?.words).toBe('no test is new; those that were edited pass on the base as well');
    expect(state).toBe('delivered');
  });

  it('names a new test that passes on the base, and calls the criterion unproven', async () => {
    const idle = `${HEAD}\ntest('adds three prices', () => {\n  assert.equal(total([1, 2, 3]), 6);\n});\n`;
    const { scene, state, at, replays } = await run([ROUNDS, { file: 'tests/more.test.mjs', content: idle }]);
    expect(replays.map(({ way }) => way)).toEqual(['red']);
    expect(at('test-replay/proves-nothing')).toMatchObject({ effect: 'allow', values: { count: 1, places: ['tests/more.test.mjs:6'], tests: ['adds three prices'], red: 0 } });
    expect(state).toBe('delivered');
    const packet = packetOf(scene);
    expect(packet.criteria[0]?.proof).toEqual({ kind: 'unproven', why: 'the check unit passes on the base with the tests of the change as well' });
    expect(packet.gaps).toContain('No test of this change fails on the base: its tests prove nothing about the new code.');
  });

  it('proves a criterion by a new test that fails on the base, and still names the idle one beside it; a policy may hold that', async () => {
    const both = `import { rounded } from '../src/cart.mjs';\ntest('rounds', () => {\n  assert.equal(rounded([1, 1.6]), 3);\n});\n`;
    const idle = `${HEAD}\ntest('adds four prices', () => {\n  assert.equal(total([1, 2, 3, 4]), 10);\n});\n`;
    const { scene, state, at } = await run([ROUNDS, { file: 'tests/round.test.mjs', content: `${HEAD}${both}` }, { file: 'tests/more.test.mjs', content: idle }], { tests: { proves_nothing: 'hold' } });
    expect(at('test-replay/proves-nothing')).toMatchObject({ effect: 'hold', values: { tests: ['adds four prices'] } });
    expect(state).toBe('waiting');
    open = undefined;
    scene.close();
    const next = await run([ROUNDS, { file: 'tests/round.test.mjs', content: `${HEAD}${both}` }]);
    expect(next.at('test-replay/proves-nothing')?.words).toBe('the new tests fail on the base and pass here (1)');
    expect(packetOf(next.scene).criteria[0]?.proof).toEqual({ kind: 'red-to-green', check: 'unit', by: 'new-tests' });
  });

  it('runs nothing when it is off, and says what it could not run', async () => {
    const off = await run(MULTIPLIES, { tests: { replay: 'off', red: 'off' } });
    expect([off.replays, off.state]).toEqual([[], 'delivered']);
    open = undefined;
    off.scene.close();
    const late = await run(MULTIPLIES, { tests: { timeout: '1ms', not_run: 'hold' } });
    expect(late.at('test-replay/not-run')).toMatchObject({ effect: 'hold', values: { why: 'time' } });
    expect(late.state).toBe('waiting');
  });

  it('hands what verify holds to deliver, which asks a person', async () => {
    const scene = shop(MULTIPLIES);
    const split = new Split(scene);
    const plan = await split.admit();
    const worked = await split.work(plan);
    const verified = await split.verify(plan, worked);
    expect([verified.ending.code, verified.json['outcome'], verified.json['held']]).toEqual([0, 'verified', 'test-replay/old-test-fails']);
    const delivered = await split.deliver(plan, worked, 'success', '--held', String(verified.json['held']));
    expect([delivered.ending.code, delivered.json['outcome']]).toEqual([4, 'waiting']);
    expect(factsOf(seeRun(delivered.out), 'human-asked')[0]?.question).toContain('the verify job holds it: an old test fails on the new code');
    expect(seeForge(scene.forge).changes).toEqual([]);
  }, 240_000);
});
