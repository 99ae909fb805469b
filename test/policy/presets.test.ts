import { describe, expect, it } from '@jest/globals';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { readDocument } from '../../src/config/read-document.js';
import { PolicyCases } from '../../src/policy/policy-case.js';
import { builtInPreset } from '../../src/policy/presets/built-in.js';
import { runCases } from '../../src/policy/run-cases.js';
import { BUILT_IN_PRESETS } from '../../src/policy/source-name.js';
import { compiled } from './policy-fixtures.js';

const folder = fileURLToPath(new URL('./preset-cases/', import.meta.url));

describe('golden paths', () => {
  it.each(BUILT_IN_PRESETS)('%s does what its cases say', async (name) => {
    const file = path.join(folder, `${name}.yml`);
    const read = readDocument({ text: readFileSync(file, 'utf8'), file }, PolicyCases);
    if (!read.ok) throw new Error(JSON.stringify(read.error));
    const results = runCases(await compiled({ extends: [`heddle:${name}`] }), read.value.data.tests);
    expect(results.filter(({ ok }) => !ok).map((result) => `${result.name}: ${result.wrong.join('; ')}`)).toEqual([]);
    // Every rule of a golden path decides or matches in one of its cases.
    const matched = new Set(results.flatMap(({ verdict }) => verdict.outcome.matched));
    expect(builtInPreset(name).rules.map(({ id }) => `heddle:${name}/${id}`).filter((rule) => !matched.has(rule))).toEqual([]);
  });

  it('has cases for each, and no others', () => {
    expect(readdirSync(folder).sort()).toEqual(BUILT_IN_PRESETS.map((name) => `${name}.yml`).sort());
  });
});
