import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readDirectives, type ReadDirectives } from '../../../src/admission/directives/read-directives.js';
import { resolveDirectives } from '../../../src/admission/directives/resolve-directives.js';
import { loadConfiguration } from '../../../src/config/load.js';
import { durationMs } from '../../../src/config/duration.js';
import type { Configuration } from '../../../src/config/configuration.js';
import { untrusted } from '../../../src/domain/text.js';
import { directiveBlocksIn } from '../../../src/intake/directive-blocks.js';

function configOf(text: string): Configuration {
  const loaded = loadConfiguration({ text, file: '.heddle.yml' });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  return loaded.value.config;
}

const TREE: Readonly<Record<string, 'file' | 'folder'>> = { 'packages': 'folder', 'packages/api': 'folder', 'packages/web': 'folder', 'docs/api.md': 'file', 'docs': 'folder' };
const kindOf = (path: string): 'file' | 'folder' | undefined => (Object.hasOwn(TREE, path) ? TREE[path] : undefined);
const read = (text: string, closed = true): ReturnType<typeof readDirectives> => readDirectives([{ text: untrusted(text), line: 1, closed }]);
const must = (text: string): ReadDirectives => {
  const found = read(text);
  if (!found.ok || found.value === undefined) throw new Error(JSON.stringify(found));
  return found.value;
};
const problemsOf = (text: string, config = ''): readonly string[] => {
  const found = read(text);
  const resolved = found.ok ? resolveDirectives(found.value, { config: configOf(config), target: undefined, kindOf }) : found;
  return resolved.ok ? [] : resolved.error.map(({ line, words }) => `${line}: ${words}`);
};

describe('the block in the text', () => {
  const block = '```heddle\nmodel: x\n```';
  it.each([
    ['alone', `Text.\n\n${block}\n\nMore.`, ['model: x']],
    ['of tildes', '~~~heddle\nmodel: x\n~~~', ['model: x']],
    ['with back ticks inside', '````heddle\nmodel: x\n```\n````', ['model: x\n```']],
    ['in a quote', '> ```heddle\n> model: x\n> ```', []],
    ['in a list', '- ```heddle\n  model: x\n  ```', []],
    ['indented as code', '    ```heddle\n    model: x\n    ```', []],
    ['inside another block', `\`\`\`\`markdown\n${block}\n\`\`\`\``, []],
    ['behind a line of raw HTML', `<div>\n${block}\n</div>`, []],
    ['with another info string', '```heddle yaml\nmodel: x\n```', []],
    ['spelled otherwise', '```Heddle\nmodel: x\n```', []],
  ])('%s', (_name, body, texts) => {
    expect(directiveBlocksIn(body).map((one) => one.text)).toEqual(texts);
  });

  it('that is never closed says so, and is refused', () => {
    const [open] = directiveBlocksIn('```heddle\nmodel: x\n');
    expect(open?.closed).toBe(false);
    expect(readDirectives(open === undefined ? [] : [open]).ok).toBe(false);
  });

  it('may stand there once', () => {
    expect(readDirectives(directiveBlocksIn(`${block}\n\n${block}`))).toMatchObject({ ok: false });
    expect(readDirectives(undefined)).toEqual({ ok: true, value: undefined });
  });
});

describe('readDirectives', () => {
  it('takes every key', () => {
    expect(must('repository: shop\nbase: release/1\nfolders: [packages/api]\ncontext: [docs/api.md]\nagent: codex\nmodel: m\nworkflow: quick\ntarget: api\nbudget: {cost_usd: 1.5, attempts: 2, time: 20m}\n').directives.budget).toEqual({ cost_usd: 1.5, attempts: 2, time: '20m' });
  });

  it.each([
    ['an unknown key, with its line and a guess', 'base: main\nmodle: x\n', /^2: unknown key "modle"\. Did you mean model\? Allowed are: repository, target, base,/],
    ['an unknown key of the budget', 'budget:\n  cost: 3\n', /^2: unknown key "cost".* Allowed are: cost_usd, attempts, time\.$/],
    ['a wrong type', 'folders: packages\n', /^1: folders has a wrong value\. It must be a list of folders/],
    ['a path that climbs', 'context: [docs/../../etc/passwd]\n', /^1: context\.0 has a wrong value/],
    ['an absolute path', 'folders: [/etc]\n', /^1: folders\.0 has a wrong value/],
    ['git\'s own folder', 'folders: [a/.GIT]\n', /^1: folders\.0 has a wrong value/],
    ['double keys', 'model: a\nmodel: b\n', /^2: not plain YAML/],
    ['an anchor', 'model: &a x\n', /anchors/],
    ['an alias', 'model: &a x\nbase: *a\n', /anchors|aliases/],
    ['a merge key', 'a: &a {model: x}\n<<: *a\n', /anchors|aliases|unknown/],
    ['a tag', 'model: !!js/function x\n', /tags|not plain YAML/],
    ['two documents', 'model: a\n---\nmodel: b\n', /not plain YAML/],
    ['a list', '- a\n', /^1: the block must be keys with values/],
    ['a number above the bound', 'budget: {attempts: 21}\n', /^1: budget\.attempts has a wrong value\. It must be a whole number from 1 to 20/],
    ['infinity', 'budget: {cost_usd: .inf}\n', /^1: budget\.cost_usd has a wrong value/],
  ])('refuses %s', (_name, text, words) => {
    expect(problemsOf(text).join('\n')).toMatch(words);
  });

  it('refuses a bomb of aliases and nesting without end, and is done at once', () => {
    const bomb = ['a: &a [x,x,x,x,x,x,x,x,x]', ...'bcdefghi'.split('').map((name, at) => `${name}: &${name} [${Array(9).fill(`*${'abcdefghi'.charAt(at)}`).join(',')}]`)].join('\n');
    expect(read(bomb).ok).toBe(false);
    expect(read('['.repeat(8_000)).ok).toBe(false);
    expect(read('{a: '.repeat(1_500)).ok).toBe(false);
    expect(read('x'.repeat(9_000)).ok).toBe(false);
  });

  it('never throws, and what it takes has the form of directives', () => {
    const piece = fc.constantFrom('model', 'budget', 'folders', ':', ' ', '\n', '  ', '- ', '[', ']', '{', '}', '&a', '*a', '!!x', '|', '>', '"', '\'', '#', '<<', 'x', '1', '---', '\u0000', '\t', '%YAML 1.1', '? ');
    fc.assert(fc.property(fc.oneof(fc.string({ maxLength: 300, unit: 'binary' }), fc.array(piece, { maxLength: 60 }).map((parts) => parts.join(''))), (text) => {
      const found = read(text);
      if (!found.ok) for (const { line } of found.error) expect(line).toBeGreaterThanOrEqual(1);
    }));
  });
});

describe('resolveDirectives', () => {
  it.each([
    ['another agent', 'agent: codex\n', '', /agent: "codex" is not allowed here\. Allowed are: builtin\./],
    ['another model', 'base: main\nmodel: opus\n', 'delivery: {base: main}\n', /^2: model: "opus" is not allowed here/],
    ['another base', 'base: release/1\n', '', /base: "release\/1" is not allowed here\. A ticket may choose none\./],
    ['a base that git would read otherwise', 'base: release/..\n', 'directives: {bases: ["release/**"]}\n', /is not allowed here/],
    ['more money', 'budget: {cost_usd: 50}\n', '', /cost_usd: 50 is more than a ticket may ask for here; at most 5\./],
    ['more money than the bound', 'budget: {cost_usd: 50}\n', 'directives: {budget_max: {cost_usd: 20}}\n', /at most 20\./],
    ['more attempts', 'budget: {attempts: 4}\n', '', /at most 3\./],
    ['more time', 'budget: {time: 3h}\n', '', /at most 2h\./],
    ['a folder that is not there', 'folders: [packages/none]\n', '', /there is no folder "packages\/none"/],
    ['a folder outside of the working folder', 'folders: [packages/web]\n', 'workdir: packages/api\n', /outside of packages\/api/],
    ['a folder that is not listed', 'folders: [docs]\n', 'directives: {folders: ["packages/**"]}\n', /"docs" is not allowed here\. Allowed are: packages/],
    ['a folder as context', 'context: [docs]\n', '', /there is no file "docs"/],
    ['an unknown workflow', 'workflow: __proto__\n', 'directives: {workflows: {quick: {attempts: 1}}}\n', /workflow: "__proto__" is not allowed here\. Allowed are: quick\./],
    ['any block where blocks are off', 'budget: {attempts: 1}\n', 'directives: {enabled: false}\n', /switched off/],
  ])('refuses %s', (_name, text, config, words) => {
    expect(problemsOf(text, config).join('\n')).toMatch(words);
  });

  it('chooses what the configuration offers', () => {
    const config = configOf('directives: {agents: [codex], models: [gpt-5.5], bases: ["release/*"], budget_max: {cost_usd: 20}, workflows: {quick: {attempts: 1, cost_usd: 1}}}\n');
    const choice = resolveDirectives(must('agent: codex\nmodel: gpt-5.5\nbase: release/1\nbudget: {cost_usd: 12}\ncontext: [docs/api.md]\nfolders: [packages/api]\n'), { config, target: 'api', kindOf });
    expect(choice).toMatchObject({ ok: true, value: { base: 'release/1', config: { agent: { id: 'codex', model: 'gpt-5.5' }, limits: { cost_usd: 12, attempts: 3 } }, assignment: { target: 'api', folders: ['packages/api'], context: ['docs/api.md'] } } });
    expect(resolveDirectives(must('workflow: quick\n'), { config, target: undefined, kindOf })).toMatchObject({ ok: true, value: { config: { limits: { attempts: 1, cost_usd: 1 } }, assignment: { workflow: 'quick' } } });
  });

  it('only ever tightens where nothing is offered', () => {
    const budget = fc.record({ cost_usd: fc.double({ min: 0.01, max: 100, noNaN: true }), attempts: fc.integer({ min: 1, max: 20 }), time: fc.integer({ min: 1, max: 600 }).map((minutes) => `${minutes}m`) }, { requiredKeys: [] });
    const config = configOf('');
    fc.assert(fc.property(budget, fc.subarray(['packages/api', 'docs'], { minLength: 1 }), (wanted, folders) => {
      const choice = resolveDirectives(must(`budget: ${JSON.stringify(wanted)}\nfolders: ${JSON.stringify(folders)}\n`), { config, target: undefined, kindOf });
      if (!choice.ok) return;
      const { limits } = choice.value.config;
      expect(limits.cost_usd).toBeLessThanOrEqual(config.limits.cost_usd);
      expect(limits.attempts).toBeLessThanOrEqual(config.limits.attempts);
      expect(durationMs(limits.run_time)).toBeLessThanOrEqual(durationMs(config.limits.run_time));
      expect({ ...choice.value.config, limits: config.limits }).toEqual(config);
    }));
  });
});
