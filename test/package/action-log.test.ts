import { describe, expect, it } from '@jest/globals';
import { changesOf } from './forge-views.js';
import { readLog } from './runner-log.js';
import { CONFIGURATION, edit, finish, useScenes } from './scene.js';

const scenes = useScenes();

const EVIL = ['::set-output name=outcome::pwned', '::add-mask::heddle', '##[error]pwned', '##[set-env name=PATH]pwned', '::stop-commands::pwned', '\u001b[0m::warning::pwned', '::er\u200bror::pwned', 'x\r::notice::pwned'];

describe('what others write never becomes a command of the runner', () => {
  it('neither from the ticket, nor from the agent, nor from a check', async () => {
    const check = `${EVIL.map((line) => `printf '%s\\n' '${line}'`).join('\n')}\necho 'src/total.mjs:1:1: error: ::error::pwned ##[error]pwned'\ngrep -q "price, 0" src/total.mjs`;
    const scene = await scenes({
      author: 'amy', title: 'Sum ::error::pwned ##[error]pwned', body: `${EVIL.join('\n')}\n`,
      files: { 'test.sh': check, '.heddle.yml': `${CONFIGURATION}readiness:\n  mode: off\n` },
      steps: [
        { text: EVIL.join('\n'), tools: [{ name: 'run_command', input: { command: check } }, { name: 'write_file', input: { path: '::error::pwned ##[error]x.txt', content: 'x\n' } }] },
        finish(EVIL.join('\n')), edit('sum + price)', 'sum + price, 0)'), finish(`Done.\n${EVIL.join('\n')}`),
      ],
    });
    scene.label();
    const ending = await scene.run();
    expect([ending.code, ending.outputs['outcome'], changesOf(scene.services.repository).length]).toEqual([0, 'delivered', 1]);
    // Ours are the masks; the uploading library adds its own masks and its debug lines.
    expect([...new Set(ending.log.commands.map(({ name }) => name))].sort()).toEqual(['add-mask', 'debug']);
    expect(ending.log.commands.filter(({ message, properties }) => /pwned|^heddle$/.test(`${message}${JSON.stringify(properties)}`))).toEqual([]);
    // It was there to be seen, as text.
    expect(ending.log.shown).toContain('pwned');
    for (const line of ending.raw.split(/\r\n|\r|\n/)) if (line.includes('pwned')) expect(line).not.toMatch(/##\[|^\s*::/);
  }, 240_000);

  it('the reading of this test knows both forms of a command', () => {
    expect(readLog(EVIL.join('\n')).commands.map(({ name }) => name)).toEqual(['set-output', 'add-mask', 'error', 'set-env', 'stop-commands', 'notice']);
    expect(readLog('a ##[error]b').commands).toEqual([{ name: 'error', properties: {}, message: 'b' }]);
    expect(readLog('a ::error::b\n::unknown::b\n##[unknown]b').commands).toEqual([]);
  });
});
