import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { Configuration } from '../../src/config/configuration.js';
import { configProblemText, readDocument } from '../../src/config/read-document.js';
import { CEL_TYPES, CEL_VARIABLES } from '../../src/policy/cel.js';
import { ChangeKind, FileKind } from '../../src/policy/facts.js';
import { PolicyCases } from '../../src/policy/policy-case.js';
import { PolicyDocument } from '../../src/policy/rule-schema.js';
import { runCases } from '../../src/policy/run-cases.js';
import { BUILT_IN_PRESETS } from '../../src/policy/source-name.js';
import { compiled } from './policy-fixtures.js';

const page = readFileSync(new URL('../../docs/policy.md', import.meta.url), 'utf8');
const [config = '', preset = '', cases = ''] = [...page.matchAll(/```yaml\n(.*?)```/gs)].map((match) => match[1]);

describe('docs/policy.md', () => {
  it('has examples that are valid, and cases that pass on its policy', async () => {
    const [own, other, tests] = [readDocument({ text: config, file: 'a' }, Configuration), readDocument({ text: preset, file: 'b' }, PolicyDocument), readDocument({ text: cases, file: 'c' }, PolicyCases)];
    if (!own.ok || !other.ok || !tests.ok) throw new Error([own, other, tests].flatMap((one) => (one.ok ? [] : one.error.map(configProblemText))).join('\n'));
    await compiled(other.value.data);
    const { resolved, ...policy } = own.value.data.policy;
    expect(resolved).toEqual([]);
    expect(runCases(await compiled(policy), tests.value.data.tests).filter(({ ok }) => !ok)).toEqual([]);
  });

  it('names every kind, every preset and every variable', () => {
    const words = [...ChangeKind.options, ...FileKind.options, ...BUILT_IN_PRESETS.map((name) => `heddle:${name}`), ...Object.keys(CEL_VARIABLES), ...Object.keys(CEL_TYPES.File), ...Object.keys(CEL_TYPES.Tests)];
    expect(words.filter((word) => !page.includes(`\`${word}\``) && !page.includes(`.${word}\``))).toEqual([]);
  });
});
