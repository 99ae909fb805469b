import { describe, expect, it } from '@jest/globals';
import { createPriceTable } from '../../src/containment/gateway/prices.js';
import { configProblemText, loadConfiguration } from '../../src/config/load.js';

function problems(text: string, overrides: Parameters<typeof loadConfiguration>[1] = []): string[] {
  const result = loadConfiguration({ text, file: '.heddle.yml' }, overrides);
  return result.ok ? [] : result.error.map(configProblemText);
}

describe('loadConfiguration', () => {
  it('gives every default for an empty or absent file', () => {
    const absent = loadConfiguration(undefined);
    const empty = loadConfiguration({ text: '# nothing\n', file: '.heddle.yml' });
    expect(absent).toMatchObject({ ok: true, value: { config: { version: 1, agent: { id: 'builtin' }, limits: { attempts: 3 }, trigger: { label: 'heddle' } }, origin: 'built-in defaults' } });
    if (absent.ok && empty.ok) expect(empty.value.digest).toBe(absent.value.digest);
  });

  it.each([
    ['limits:\n  atempts: 4\n', ['.heddle.yml:2:3: limits.atempts: unknown setting; allowed here: attempts, cost_usd, tokens, model_calls, run_time, attempt_time, idle_time, check_time, agent_output_mb, check_output_mb, processes, memory_mb, cpu_time, written_file_mb, disk_mb, diff_files, diff_kb, file_mb, ticket_chars, open_changes. Did you mean attempts?']],
    ['agent:\n  id: gpt\n', ['.heddle.yml:2:7: agent.id: must be one of builtin, claude-code, codex, gemini-cli, opencode, acp, command']],
    ['limits:\n  attempts: many\n', ['.heddle.yml:2:13: limits.attempts: must be a number']],
    ['limits: { run_time: 5 minutes }\n', ['.heddle.yml:1:21: limits.run_time: a whole number with a unit: ms, s, m or h (for example 90s, 30m)']],
    ['checks:\n  test:\n    run: make\n    neds: [a]\n', ['.heddle.yml:4:5: checks.test.neds: unknown setting; allowed here: run, needs, workdir, timeout, reports, network, when, inputs, role. Did you mean needs?']],
    ['trigger:\n  label: a\n  label: b\n', ['.heddle.yml:3:3: not valid YAML: Map keys must be unique']],
    ['gates: {protected: [1]}\nsandbox: 4\n', ['.heddle.yml:1:21: gates.protected.0: must be a string', '.heddle.yml:2:10: sandbox: must be an object']],
  ])('says what is wrong with %j, where, and what is allowed', (text, expected) => {
    expect(problems(text)).toEqual(expected);
  });

  it.each([
    ['agent: {id: codex}\n', [], 'openai-responses', 'gpt-5.5'],
    ['agent: {id: gemini-cli}\n', [], 'gemini', 'gemini-2.5-pro'],
    ['agent: {id: codex, model: m1}\nmodel: {price: {input: 1, output: 1}}\n', [], 'openai-responses', 'm1'],
    // What is said stays, also when it does not fit: then a message says so.
    ['agent: {id: codex}\nmodel: {api: anthropic-messages}\n', [], 'anthropic-messages', 'gpt-5.5'],
    ['agent: {id: opencode}\n', [], 'anthropic-messages', 'claude-sonnet-4-5'],
    ['agent: {id: codex}\n', ['claude-code'], 'anthropic-messages', 'claude-sonnet-4-5'],
    ['', ['gemini-cli'], 'gemini', 'gemini-2.5-pro'],
  ])('%j with --agent %j speaks %s to %s', (text, options, api, model) => {
    const loaded = loadConfiguration({ text, file: '.heddle.yml' }, options.map((value) => ({ setting: 'agent.id', value, origin: '--agent' })));
    expect(loaded).toMatchObject({ ok: true, value: { config: { agent: { model }, model: { api } } } });
  });

  it('fills nothing into what is no configuration', () => {
    expect(problems('agent: {id: codex}\nmodel: 4\n')).toEqual(['.heddle.yml:2:8: model: must be an object']);
    expect(problems('agent: {id: constructor}\n')).toEqual(['.heddle.yml:1:13: agent.id: must be one of builtin, claude-code, codex, gemini-cli, opencode, acp, command']);
    expect(problems('agent: {id: codex, model: }\n')).toEqual(['.heddle.yml:1:27: agent.model: must be a string']);
  });

  it.each([['openai-responses', 'gpt-5.5'], ['gemini', 'gemini-2.5-pro']] as const)('the default model of %s has a known price: %s', async (api, model) => {
    expect(await createPriceTable({ override: undefined }).priceOf(model, api)).toBeDefined();
  });

  it('lets an option beat the file and names the option when it is wrong', () => {
    const given = loadConfiguration({ text: 'limits: {attempts: 2}\n', file: '.heddle.yml' }, [{ setting: 'limits.attempts', value: 5, origin: '--attempts' }]);
    expect(given).toMatchObject({ ok: true, value: { config: { limits: { attempts: 5 } } } });
    expect(problems('', [{ setting: 'limits.attempts', value: 50, origin: '--attempts' }])).toEqual(['--attempts:1:1: limits.attempts: Too big: expected number to be <=20']);
  });

  it('binds to the effective configuration: an override changes the digest', () => {
    const plain = loadConfiguration(undefined);
    const other = loadConfiguration(undefined, [{ setting: 'limits.attempts', value: 5, origin: '--attempts' }]);
    if (!plain.ok || !other.ok) throw new Error('both are valid');
    expect(other.value.digest).not.toBe(plain.value.digest);
  });

  it('stops at a bomb of aliases', () => {
    const bomb = ['a: &a [x, x, x, x, x, x, x, x, x]', 'b: &b [*a, *a, *a, *a, *a, *a, *a, *a]', 'c: &c [*b, *b, *b, *b, *b, *b, *b, *b]', 'd: [*c, *c, *c, *c, *c, *c, *c]'].join('\n');
    expect(problems(bomb)[0]).toMatch(/Excessive alias count/);
  });
});
