import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { COMMANDS, OPTIONS } from '../../src/config/options.js';
import { Configuration } from '../../src/config/configuration.js';
import { parseArguments } from '../../src/main/arguments.js';
import { commandHelp, generalHelp } from '../../src/main/help.js';
import { VERSION } from '../../src/main/version.js';

describe('parseArguments', () => {
  it('reads words, options and flags', () => {
    const parsed = parseArguments(['run', 'bug.md', '--forge', 'local', '--attempts=2', '--json']);
    if (!parsed.ok || !('command' in parsed.value)) throw new Error('expected a command');
    expect(parsed.value.positionals).toEqual(['bug.md']);
    expect(Object.fromEntries(parsed.value.values)).toEqual({ forge: 'local', attempts: '2', json: 'true' });
  });

  it.each([
    [['rnu'], 'Unknown command: rnu. Commands: run, admit, work, verify, deliver, resume, explain, demo, doctor, redteam, policy, schema, audit. Did you mean run? Run `heddle help` to see what each does.'],
    [['demo', '--forg', 'local'], 'Unknown option of `heddle demo`: --forg. Options: --out, --json.'],
    [['run', '--agnet', 'x'], /Unknown option of `heddle run`: --agnet\. Options: .* Did you mean --agent\?/],
    [['run', '--agent', 'clod'], /Option --agent must be one of builtin, claude-code, [a-z, -]+command, not clod/],
    [['run', '--attempts', 'two'], 'Option --attempts must be a number, not two.'],
    [['run', '--out'], 'Option --out needs a value: --out DIR.'],
    [['run', '--out', '--json'], 'Option --out needs a value: --out DIR.'],
  ])('explains %j', (argv, message) => {
    const parsed = parseArguments(argv);
    expect(parsed.ok).toBe(false);
    if (!parsed.ok) expect(parsed.error.message).toEqual(typeof message === 'string' ? message : expect.stringMatching(message));
  });

  it('answers help for every command, with every option of it', () => {
    expect(generalHelp(VERSION)).toContain('heddle demo');
    for (const command of COMMANDS) {
      const help = commandHelp(command);
      for (const option of OPTIONS.filter((one) => one.kind !== 'secret' && one.commands.includes(command))) expect(help).toContain(`--${option.name}`);
      expect(parseArguments([command, '--help'])).toEqual({ ok: true, value: { help: command } });
    }
  });
});

describe('the option table', () => {
  it('names settings that exist, and repeats none of their defaults', () => {
    const defaults = Configuration.parse({}) as unknown as Record<string, unknown>;
    for (const option of OPTIONS.filter((one) => one.setting !== undefined)) {
      const section = option.setting?.split('.')[0] ?? '';
      expect(Object.keys(defaults)).toContain(section);
      expect(option.default).toBeUndefined();
    }
  });

  it('agrees with the choices of the schema', () => {
    const agent = OPTIONS.find((option) => option.name === 'agent');
    expect(agent?.choices).toEqual(Configuration.shape.agent.unwrap().shape.id.unwrap().options);
  });

  it('has the version of package.json', () => {
    expect(VERSION).toBe((JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }).version);
  });
});
