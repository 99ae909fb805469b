import { describe, expect, it } from '@jest/globals';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { configProblemText, loadConfiguration } from '../../src/config/load.js';
import { withPolicy } from '../../src/main/configure.js';
import { temporaryGit } from './git-fixture.js';

const FILES: Readonly<Record<string, string>> = {
  'presets/good.yml': 'rules:\n  - {id: small, effect: hold, match: {size: {lines: {over: 10}}}}\n',
  'presets/bad.yml': 'rules:\n  - id: a\n    efect: deny\n',
  'presets/loop.yml': 'extends: [./presets/loop2.yml]\n',
  'presets/loop2.yml': 'extends: [./presets/loop.yml]\n',
  'presets/cel.yml': 'rules:\n  - id: a\n    effect: deny\n    when: >-\n      change.lines > 1 &&\n      labels.exists(l, l == 3)\n',
};
const readers = { file: (name: string) => Promise.resolve(FILES[name]) };

/** What is wrong with a `.heddle.yml`, as a person reads it. */
async function problems(text: string, floors: readonly string[] = []): Promise<readonly string[]> {
  const loaded = loadConfiguration({ text, file: '.heddle.yml' });
  if (!loaded.ok) return loaded.error.map(configProblemText);
  const policy = await withPolicy(loaded.value, readers, floors);
  return policy.ok ? [] : policy.error.message.split('\n').map((line) => line.trim()).filter((line) => /:\d+:\d+: |preset|there is no/.test(line));
}
const rules = (...lines: string[]): string => `policy:\n  rules:\n${lines.map((line) => `    ${line}\n`).join('')}`;

describe('what is wrong with a policy', () => {
  it.each<[string, string, readonly string[]]>([
    ['an unknown key', rules('- id: a', '  effect: deny', '  lables: [x]'), ['.heddle.yml:5:7: policy.rules.0.lables: unknown setting; allowed here: id, description, match, when, effect, message, require, lifts, overridable, labels, reviewers, budget, workflow. Did you mean labels?']],
    ['an unknown key of the policy', 'policy:\n  rule: []\n', ['.heddle.yml:2:3: policy.rule: unknown setting; allowed here: description, extends, floor, default, disable, may_lift, services, rules, resolved. Did you mean rules?']],
    ['an unknown key in a tree of conditions', rules('- id: a', '  effect: deny', '  match: {any: [{not: {path: [x]}}]}'), ['.heddle.yml:5:28: policy.rules.0.match.any.0.not.path: unknown setting; allowed here: paths, except, change, not_change, kinds, services, tiers, data, owners, files, size, labels, source, agent, model, attempts, risk, risk_score, gates, all, any, not. Did you mean paths?']],
    ['a wrong word', rules('- id: a', '  effect: denny'), ['.heddle.yml:4:15: policy.rules.0.effect: must be one of deny, hold, allow. Did you mean deny?']],
    ['a wrong kind', rules('- {id: a, effect: deny, match: {kinds: [test]}}'), ['.heddle.yml:3:45: policy.rules.0.match.kinds.0: must be one of docs, tests, dependencies, ci, code, migrations, config, generated, build, assets, other. Did you mean tests?']],
    ['a wrong type', rules('- {id: a, effect: deny, match: {paths: src}}'), ['.heddle.yml:3:44: policy.rules.0.match.paths: must be an array']],
    ['a list instead of a map', 'policy: [a]\n', ['.heddle.yml:1:9: policy: must be an object']],
    ['no bound', rules('- {id: a, effect: deny, match: {size: {files: {}}}}'), ['.heddle.yml:3:51: policy.rules.0.match.size.files: must have at least one of over, under, at_least, at_most']],
    ['a rule that does nothing', rules('- {id: a, match: {paths: [src]}}'), ['.heddle.yml:3:7: policy.rules.0: the rule does nothing: give it an effect (deny, hold, allow), labels, reviewers, a budget or a workflow']],
    ['approval without a hold', rules('- {id: a, effect: deny, require: {count: 2}}'), ['.heddle.yml:3:38: policy.rules.0.require: only a rule with effect: hold asks for approval']],
    ['a lift without an allow', rules('- {id: a, effect: hold, lifts: [hold-paths]}'), ['.heddle.yml:3:36: policy.rules.0.lifts: only a rule with effect: allow lifts a hold']],
    ['two rules of one name', rules('- {id: a, effect: hold}', '- {id: b, effect: hold}', '- {id: a, effect: deny}'), ['.heddle.yml:5:12: policy.rules.2.id: the name a is taken by rule 1 of this list']],
    ['a name with a look-alike', rules('- {id: "аdmin", effect: hold}'), ['.heddle.yml:3:12: policy.rules.0.id: a name of letters, digits, dot, - and _, at most 80 characters']],
    ['a pattern that is too wide', rules(`- {id: a, effect: deny, match: {paths: ["${'*/'.repeat(13)}x"]}}`), [`.heddle.yml:3:45: policy.rules.0.match.paths.0: the pattern '${'*/'.repeat(13)}x' has more than 12 wildcards or 500 characters; split it`]],
    ['an unknown preset', 'policy:\n  extends: [heddle:libary]\n', ['.heddle.yml:2:13: policy.extends.0: there is no preset heddle:libary; there are heddle:node-service, heddle:python-service, heddle:library, heddle:docs-only, heddle:regulated. Did you mean heddle:library?']],
    ['a source that is none', 'policy:\n  floor: ["git@github.com:a/b.git"]\n', ['.heddle.yml:2:11: policy.floor.0: must be heddle:NAME, ./FILE, github:OWNER/REPO@REF:FILE or https://HOST/REPO.git@REF:FILE, where REF is a commit (a branch or tag is resolved and recorded)']],
    ['a ref that looks like an option', 'policy:\n  extends: ["github:a/b@--upload-pack=x:f.yml"]\n', ["policy.extends.0: '--upload-pack=x' is no commit, branch or tag"]],
    ['a path that leaves', 'policy:\n  extends: [./../x.yml]\n', ['.heddle.yml:2:13: policy.extends.0: a file of this repository: ./ and a path without .. (for example ./policies/base.yml)']],
    ['a file that is not there', 'policy:\n  extends: [heddle:library, ./presets/none.yml]\n', ['.heddle.yml:2:29: policy.extends.1: there is no file presets/none.yml in the repository']],
    ['a preset that is wrong itself', 'policy:\n  extends: [./presets/bad.yml]\n', ['.heddle.yml:2:13: policy.extends.0: the preset ./presets/bad.yml is not valid:', 'presets/bad.yml:3:5: rules.0.efect: unknown setting; allowed here: id, description, match, when, effect, message, require, lifts, overridable, labels, reviewers, budget, workflow. Did you mean effect?', 'presets/bad.yml:2:5: rules.0: the rule does nothing: give it an effect (deny, hold, allow), labels, reviewers, a budget or a workflow']],
    ['presets in a circle', 'policy:\n  extends: [./presets/loop.yml]\n', ['presets/loop2.yml:1:11: extends.0: ./presets/loop.yml extends itself, by way of ./presets/loop.yml and ./presets/loop2.yml']],
    ['a rule switched off that is not there', 'policy:\n  extends: [./presets/good.yml]\n  disable: [presets/good.yml/smal]\n', ['.heddle.yml:3:13: policy.disable.0: there is no rule presets/good.yml/smal in the presets; there are presets/good.yml/small. Did you mean presets/good.yml/small?']],
    ['an expression with a wrong member', rules('- id: a', '  effect: deny', '  when: change.filez.size() > 1'), ['.heddle.yml:5:20: policy.rules.0.when: No such key: filez']],
    ['an expression in quotes', rules('- id: a', '  effect: deny', '  when: "labels == 3"'), ['.heddle.yml:5:14: policy.rules.0.when: no such overload: list<string> == int']],
    ['an expression of several lines', rules('- id: a', '  effect: deny', '  when: |', '    change.lines > 1 &&', '      chnage.lines < 3'), ['.heddle.yml:7:11: policy.rules.0.when: Unknown variable: chnage']],
    ['an expression in a preset', 'policy:\n  extends: [./presets/cel.yml]\n', ['presets/cel.yml:4:11: rules.0.when: no such overload: string == int']],
    ['what only Heddle writes', 'policy:\n  resolved: [{name: x, document: {}}]\n', ['.heddle.yml:2:13: policy.resolved: is written by Heddle and is not for this file; name presets in policy.extends']],
    ['keys twice', 'policy:\n  default: deny\n  default: allow\n', ['.heddle.yml:3:3: not valid YAML: Map keys must be unique']],
    ['a bomb of aliases', `a: &a [x, x, x, x, x, x, x, x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a]\nc: &c [*b, *b, *b, *b, *b, *b, *b, *b]\npolicy: {rules: [*c, *c, *c, *c, *c, *c, *c]}\n`, ['.heddle.yml:1:1: the file could not be read: Excessive alias count indicates a resource exhaustion attack']],
  ])('%s', async (_name, text, expected) => {
    const found = await problems(text);
    expect(found).toHaveLength(expected.length);
    for (const [index, words] of expected.entries()) expect(found[index]).toContain(words);
  });

  it('tells a floor from outside that cannot be read', async () => {
    expect((await problems('version: 1\n', ['heddle:none']))[0]).toContain('there is no preset heddle:none');
    expect(await problems('version: 1\n', ['heddle:regulated'])).toEqual([]);
  });
});

describe('a preset of another repository', () => {
  const { folder, commits } = temporaryGit(mkdtempSync(path.join(tmpdir(), 'heddle-policy-source-')), [
    { files: { 'golden/node.yml': 'rules:\n  - {id: first, effect: hold}\n' }, message: 'one' },
    { files: { 'golden/node.yml': 'rules:\n  - {id: second, effect: deny}\n', 'golden/near.yml': 'extends: [./presets/good.yml]\n' }, message: 'two' },
  ]);
  const url = `file://${folder}`;
  const loadedWith = async (name: string): Promise<unknown> => {
    const loaded = loadConfiguration({ text: `policy:\n  extends: ["${name}"]\n`, file: '.heddle.yml' });
    if (!loaded.ok) return loaded.error.map(configProblemText);
    const policy = await withPolicy(loaded.value, readers, []);
    if (!policy.ok) return policy.error.message;
    const [source] = policy.value.config.policy.resolved;
    return [source?.commit, source?.document.rules[0]?.id, policy.value.digest === loaded.value.digest];
  };

  it('is read at its commit, also when the branch went on', async () => {
    expect(await loadedWith(`${url}@${commits[0] ?? ''}:golden/node.yml`)).toEqual([commits[0], 'first', false]);
  });

  it('is resolved once when it names a branch, and the commit is recorded', async () => {
    expect(await loadedWith(`${url}@main:golden/node.yml`)).toEqual([commits[1], 'second', false]);
  });

  it('never takes in files of the repository that it judges', async () => {
    expect(await loadedWith(`${url}@main:golden/near.yml`)).toMatch(/names \.\/presets\/good\.yml; a preset of another repository names its presets by their repository and commit$/);
  });

  it('is told when it is not there, with the place of its name', async () => {
    expect(await loadedWith(`${url}@main:golden/python.yml`)).toMatch(/^\.heddle\.yml:2:13: policy\.extends\.0: There is no file golden\/python\.yml of file:/);
    expect(await loadedWith(`${url}@${'0'.repeat(39)}1:golden/node.yml`)).toMatch(/^\.heddle\.yml:2:13: policy\.extends\.0: git could not read golden\/node\.yml/);
  });

  it('is read again from the recorded configuration, without its repository', async () => {
    const loaded = loadConfiguration({ text: `policy:\n  extends: ["${url}@main:golden/node.yml"]\n`, file: '.heddle.yml' });
    const policy = loaded.ok ? await withPolicy(loaded.value, readers, []) : undefined;
    if (policy?.ok !== true) throw new Error('the policy is valid');
    const again = loadConfiguration({ text: JSON.stringify(policy.value.config), file: 'configuration.json' });
    expect(again).toMatchObject({ ok: true, value: { digest: policy.value.digest, config: { policy: { resolved: [{ commit: commits[1] }] } } } });
  });
});
