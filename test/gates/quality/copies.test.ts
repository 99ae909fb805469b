import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { brief, find, judge } from './quality-fixtures.js';

const block = (seed: string, lines = 14): string => Array.from({ length: lines }, (_, at) => `  const ${seed}${at} = compute(${seed}, ${at}) + other[${at}] * ${at + 7};`).join('\n');
const fn = (name: string, body: string): string => `export function ${name}(input) {\n${body}\n  return input;\n}\n`;
const A = fn('first', block('alpha'));
const fresh = (seed: string): string => fn(seed, block(seed, 30));

describe('copies in new code', () => {
  const run = async (candidate: Readonly<Record<string, string>>, config: object = {}, base: Readonly<Record<string, string>> = { 'src/a.js': A }) => find(await judge(base, { ...base, ...candidate }, { quality: { duplication: config } }), 'duplication');

  it('finds a copy of old code, whatever its layout and comments', async () => {
    const copy = `// taken over\n${fn('second', block('alpha').replaceAll(' + ', '   +   ').replaceAll('\n', '  // why\n\n'))}${fresh('beta')}`;
    const node = await run({ 'src/b.js': copy });
    expect(node?.effect).toBe('hold');
    expect(node?.words).toMatch(/^3\d(?:\.\d+)? % of \d+ new lines are copies, gates\.quality\.duplication\.percent is 3: src\/b\.js:\d+-\d+ like src\/a\.js:\d+/);
    expect(node?.values?.['copies']).toHaveLength(1);
    expect(node?.findings?.[0]).toMatchObject({ source: 'gate:quality.duplication', file: 'src/b.js' });
  });

  it('finds copies inside of the change', async () => {
    expect((await run({ 'src/b.js': fn('b', block('gamma')), 'src/c.js': fn('c', block('gamma')) }))?.values).toMatchObject({ percent: expect.any(Number) });
    expect((await run({ 'src/b.js': fn('b', block('gamma')), 'src/c.js': fn('c', block('gamma')) }))?.effect).toBe('hold');
    expect((await run({ 'src/b.js': `${fn('b', block('gamma'))}${fn('c', block('gamma'))}` }))?.effect).toBe('hold');
  });

  it('calls new code, moved code, imports, tests and generated files no copies', async () => {
    expect(brief(await run({ 'src/b.js': fresh('beta') }))).toBe('allow: 0 % of 33 new lines are copies, gates.quality.duplication.percent is 3');
    const imports = Array.from({ length: 30 }, (_, at) => `import { a${at}, b${at} } from "./m${at}.js";`).join('\n');
    expect((await run({ 'src/b.js': `${imports}\n${fresh('beta')}`, 'src/c.js': `${imports}\n${fresh('delta')}` }))?.effect).toBe('allow');
    expect((await run({ 'test/b.test.js': A, 'src/gen/x.generated.js': A, 'src/b.js': fresh('beta') }))?.effect).toBe('allow');
    const moved = await judge({ 'src/a.js': A, 'src/k.js': fresh('kappa') }, { 'src/k.js': fresh('kappa'), 'lib/deep/z.js': A, 'src/b.js': fresh('beta') });
    expect(find(moved, 'duplication')?.effect).toBe('allow');
  });

  it('keeps to its settings', async () => {
    const copy = { 'src/b.js': `${A}${fresh('beta')}` };
    expect((await run(copy, { percent: 60 }))?.effect).toBe('allow');
    expect((await run(copy, { effect: 'deny' }))?.effect).toBe('deny');
    expect((await run(copy, { tokens: 1000 }))?.effect).toBe('allow');
    expect((await run(copy, { exclude: ['src/b.js'] }))?.effect).toBe('allow');
    expect(brief(await run(copy, { effect: 'off' }))).toBe('allow: this rule is off');
    expect(brief(await run({ 'src/b.js': 'x();\n' }))).toContain('copies were not looked for, since the change has 1 new lines');
  });

  it('does not take a repetitive list for a copy of itself', async () => {
    expect((await run({ 'src/b.js': `export const list = [\n${Array.from({ length: 60 }, (_, at) => `  'word${at}',`).join('\n')}\n];\n` }))?.effect).toBe('allow');
  });

  it('ends for any text', async () => {
    await fc.assert(fc.asyncProperty(fc.string({ maxLength: 300, unit: 'binary' }), fc.constantFrom('js', 'py', 'sql'), async (text, ending) => {
      const lines = Array.from({ length: 22 }, (_, at) => `w${at} ${text}`).join('\n');
      expect(await run({ [`src/x.${ending}`]: lines })).toMatchObject({ rule: 'duplication' });
    }), { numRuns: 60 });
  });
});
