import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import { describe, expect, it } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { OPTIONS } from '../../src/config/options.js';
import { VERSION } from '../../src/main/version.js';
import { includesOf, inputProblems, readTemplate, TEMPLATES, textOf, yamlBlocks, type Job, type TemplateName } from './component.js';

const templates = new Map(TEMPLATES.map((name) => [name, readTemplate(textOf(name))]));
const schema = JSON.parse(readFileSync(new URL('../fixtures/gitlab-ci-schema.json', import.meta.url), 'utf8')) as object;

describe.each(TEMPLATES)('the inputs of %s', (name) => {
  const { inputs, jobs } = of(name);

  it('are described as GitLab\'s own schema asks', () => {
    const ajv = new Ajv({ strict: false, allErrors: true });
    addFormats.default(ajv);
    const validate = ajv.compile(schema);
    const [head] = parseAllDocuments(textOf(name)).map((one) => one.toJS() as unknown);
    expect([validate(head), validate.errors]).toEqual([true, null]);
    // The schema sees what is wrong, or it would prove nothing.
    expect(validate({ spec: { inputs: { ticket: { type: 'text' } } } })).toBe(false);
  });

  it('each has a type, a description, a default that fits, and a text has a pattern or a list', () => {
    expect(inputProblems(inputs, {})).toEqual([]);
    const loose = Object.entries(inputs).filter(([, spec]) => spec.type === undefined || (spec.description ?? '') === '' || spec.default === undefined || (spec.type === 'string' && spec.regex === undefined && spec.options === undefined));
    expect(loose.map(([input]) => input)).toEqual([]);
  });

  it('each is used, and each that is used exists', () => {
    const used = new Set([...JSON.stringify(jobs).matchAll(/\$\[\[ inputs\.([\w-]+) \]\]/g)].map((match) => match[1]));
    expect([...used].sort()).toEqual(Object.keys(inputs).sort());
  });

  it('cover the option table: what an action takes, the component takes', () => {
    const wanted = OPTIONS.filter((option) => option.kind !== 'secret' && (name === 'split' ? option.phases?.includes('admit') === true : option.action));
    const own = new Set(['repo', 'out', 'upload-evidence']);
    expect(wanted.map((option) => option.name).filter((option) => !own.has(option) && inputs[option] === undefined)).toEqual([]);
    expect(inputs['version']?.default).toBe(VERSION);
  });

  it('stand in a shell between single quotes alone, or as the name of a variable', () => {
    const loose = Object.entries(jobs).flatMap(([job, one]) => scriptsOf(one).flatMap((script) => looseInputs(script).map((input) => `${job}: ${input}`)));
    // Digits: the type is a number.
    expect([...new Set(loose)].filter((one) => !one.endsWith(': git-depth'))).toEqual([]);
    expect(inputs['git-depth']?.type).toBe('number');
    expect(looseInputs('echo $[[ inputs.ticket ]]')).toEqual(['ticket']);
    expect(looseInputs('echo "$[[ inputs.ticket ]]"')).toEqual(['ticket']);
    expect(looseInputs("echo '$[[ inputs.ticket ]]'")).toEqual([]);
  });

  it('no accepted word ends its quotes: a shell sees each as one word, whatever it is', () => {
    const texts = Object.entries(inputs).filter(([, spec]) => spec.type === 'string' && spec.regex !== undefined);
    const accepted: string[] = [];
    fc.assert(fc.property(fc.constantFrom(...texts), hostile, ([input, spec], word) => {
      if (inputProblems({ [input]: spec }, { [input]: word }).length === 0) accepted.push(word);
    }), { numRuns: 3000 });
    expect(accepted.length).toBeGreaterThan(100);
    const script = accepted.map((word) => `printf '%s\\0' '${word}'\n`).join('');
    const { stdout, status } = spawnSync('sh', ['-eu'], { input: script, encoding: 'utf8', env: { PATH: process.env['PATH'] ?? '' } });
    expect([status, stdout.split('\0').slice(0, -1)]).toEqual([0, accepted]);
  });

  it.each(['12\'; id; \'', '$(id)', '`id`', '12"', '${HOME}', '$HOME', 'a\nb', '12\\', '12 & id', '12|id', '12;id', '--out=/tmp', '-x', ' 12', '\u202e12'])('refuses the ticket %j', (ticket) => {
    expect(inputProblems(inputs, { ticket })).toEqual(['ticket: does not match the required pattern']);
  });

  it.each(['', '12', 'group/sub/project#12', 'PROJ-123', 'https://gitlab.example.com/group/project/-/issues/12'])('takes the ticket %j', (ticket) => {
    expect(inputProblems(inputs, { ticket })).toEqual([]);
  });

  it('an unknown key, a wrong type, a word that is not in the list', () => {
    expect(inputProblems(inputs, { tiket: '12' })).toEqual(['unknown input: tiket']);
    expect(inputProblems(inputs, { 'cost-usd': '5', 'agent': 'mine', 'ticket': 12 })).toEqual([
      'ticket: provided value is not a string', 'agent: not in the list of allowed options', 'cost-usd: provided value is not a number',
    ]);
  });
});

describe('what people copy', () => {
  it.each(['gitlab-component/README.md', 'examples/gitlab/.gitlab-ci.yml', 'docs/gitlab.md'])('%s gives inputs that exist', (file) => {
    const text = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
    const found = (file.endsWith('.md') ? yamlBlocks(text) : [text]).flatMap((block) => includesOf(block));
    expect(found.length).toBeGreaterThan(0);
    expect(found.flatMap(({ name, inputs }) => (isTemplate(name) ? inputProblems(of(name).inputs, inputs) : [`there is no component ${name}`]))).toEqual([]);
  });

  it('each asks for the version that this is', () => {
    for (const file of ['gitlab-component/README.md', 'examples/gitlab/.gitlab-ci.yml', 'docs/gitlab.md']) {
      const versions = [...readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8').matchAll(/\/(?:split|run)@([^\s`]+)/g)].map((match) => match[1]);
      expect([file, ...new Set(versions)]).toEqual([file, VERSION]);
    }
  });
});

const hostile = fc.string({ unit: fc.constantFrom('a', 'Z', '9', '/', '.', '-', '_', '#', ':', ' ', '\'', '"', '`', '$', '\\', '\n', '\r', '\0', ';', '&', '|', '(', ')', '<', '>', '*', '?', '~', '!', '{', '}', '[', ']', '=', '%', 'é', '\u202e', 'https://'), maxLength: 12 });

function of(name: TemplateName): ReturnType<typeof readTemplate> {
  const found = templates.get(name);
  if (found === undefined) throw new Error(name);
  return found;
}

function isTemplate(name: string): name is TemplateName {
  return (TEMPLATES as readonly string[]).includes(name);
}

function scriptsOf(job: Job): readonly string[] {
  return [...job.before_script ?? [], ...job.script ?? []];
}

/** The inputs of a shell text that are not between single quotes, nor the name of a variable in `"${…:-}"`. */
function looseInputs(script: string): string[] {
  const code = script.split('\n').filter((line) => !line.trimStart().startsWith('#')).join('\n');
  const loose: string[] = [];
  let quote = '';
  for (let at = 0; at < code.length; at += 1) {
    const sign = code[at] ?? '';
    if (quote === '' && (sign === '\'' || sign === '"')) quote = sign;
    else if (sign === quote) quote = '';
    const input = /^\$\[\[ inputs\.([\w-]+) \]\]/.exec(code.slice(at, at + 80));
    if (input !== null && quote !== '\'' && !(code.slice(at - 2, at) === '${' && code.startsWith(':-}"', at + input[0].length))) loose.push(input[1] ?? '');
  }
  return loose;
}
