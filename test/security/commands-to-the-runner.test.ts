import { describe, expect, it } from '@jest/globals';
import { create as createGithubHost } from '../../src/adapters/host/github-actions/index.js';
import { create as createLocalHost } from '../../src/adapters/host/local/index.js';
import { runAction } from '../../src/main/action.js';
import { complain } from '../../src/main/report-result.js';

const ENVIRONMENT = { GITHUB_REPOSITORY: 'acme/shop', GITHUB_RUN_ID: '4711', GITHUB_EVENT_NAME: 'issues', GITHUB_EVENT_PATH: '/nowhere/event.json' };
const ATTACKS = ['::add-path::/evil', 'faulted: it failed\n::set-env name=PATH::/evil', 'declined: ##[add-mask]a', 'a\r\n  ::add-mask::1', 'a\u2028::stop-commands::x', 'a\u001b[2K\r::error::x', ':\u200b:add-path::/evil', '###[group]x', 'section_start:1560896352:name\r\u001b[0K'];

/** What a runner would obey: `::name::` first on a line, `##[name]` anywhere. */
function commandsIn(text: string): readonly string[] {
  return text.split(/[\n\r\v\f\u001c-\u001e\u0085\u2028\u2029]/).filter((line) => /^[\s\ufeff]*::[^:]/.test(line) || line.includes('##[') || /section_(?:start|end):\d/.test(line));
}

describe('what Heddle prints itself', () => {
  it.each(ATTACKS)('%j is no command in a line of either host', (attack) => {
    let printed = '';
    const out = { write: (text: string) => { printed += text; } };
    const host = createGithubHost(ENVIRONMENT, out);
    if (!host.ok) throw new Error(host.error.message);
    host.value.line(`declined: ${attack}`);
    host.value.line(attack);
    createLocalHost({ out, folder: '/nowhere' }).line(attack);
    expect(commandsIn(attack).length + (attack.includes('\u200b') ? 1 : 0)).toBeGreaterThan(0);
    expect(commandsIn(printed)).toEqual([]);
    expect(printed).not.toContain('\u001b');
  });

  it.each(ATTACKS)('%j is no command in the message of a run that could not begin', (attack) => {
    const printed = capture('stderr', () => { complain({ exit: 2, message: attack }); });
    expect(commandsIn(printed)).toEqual([]);
  });

  it('an input that quotes a ticket cannot put a second command behind the error', async () => {
    const before = process.env;
    process.env = { ...ENVIRONMENT, INPUT_AGENT: 'x\n::add-path::/evil' };
    let exit: number | undefined;
    let printed = '';
    try {
      printed = await captureAsync(async () => { exit = await runAction(); });
    } finally {
      process.env = before;
    }
    expect(exit).toBe(2);
    expect(printed.startsWith('::error::')).toBe(true);
    expect(printed.trimEnd().split(/[\r\n]/)).toHaveLength(1);
  });
});

function capture(stream: 'stdout' | 'stderr', work: () => void): string {
  const original = process[stream].write;
  let printed = '';
  process[stream].write = ((text: string) => { printed += text; return true; }) as typeof process.stdout.write;
  try {
    work();
  } finally {
    process[stream].write = original;
  }
  return printed;
}

async function captureAsync(work: () => Promise<void>): Promise<string> {
  const original = process.stdout.write;
  let printed = '';
  process.stdout.write = ((text: string) => { printed += text; return true; }) as typeof process.stdout.write;
  try {
    await work();
  } finally {
    process.stdout.write = original;
  }
  return printed;
}
