import { spawnSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';

/** dependency-cruiser as a process: it needs the newer Node that the development dependencies bring. */
function cruise(...args: string[]): { status: number | null; output: string } {
  const result = spawnSync('node_modules/.bin/node', ['node_modules/dependency-cruiser/bin/dependency-cruiser.mjs', '--config', '.dependency-cruiser.mjs', ...args], { encoding: 'utf8' });
  return { status: result.status, output: `${result.stdout}${result.stderr}` };
}

describe('direction rules', () => {
  it('hold for every file of src, type-only imports included', () => {
    const { status, output } = cruise('src');
    expect(output).toMatch(/no dependency violations found/);
    expect(status).toBe(0);
  }, 360_000);

  it('really see a type-only import that goes the wrong way', () => {
    const { output } = cruise('test/arch/fixtures/wrong-way', '--output-type', 'err');
    expect(output).toMatch(/fixture-wrong-way/);
  }, 360_000);
});
