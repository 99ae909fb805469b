import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { useScenes } from './scene.js';
import type { Scene, SceneEvent } from './scene.js';

const scenes = useScenes();

interface Wrong { readonly what: string; readonly says: readonly string[]; readonly files?: Readonly<Record<string, string>>; readonly event?: Partial<SceneEvent> }

const WRONG: readonly Wrong[] = [
  { what: 'a misspelt choice', event: { inputs: { agent: 'bultin' } }, says: ['Input agent ', 'builtin, claude-code, codex, gemini-cli, opencode, acp, command', 'bultin', 'Did you mean builtin?'] },
  { what: 'a word for a number', event: { inputs: { attempts: 'three' } }, says: ['Input attempts ', 'must be a number', 'three'] },
  { what: 'a word for a flag', event: { inputs: { 'upload-evidence': 'yes' } }, says: ['Input upload-evidence ', 'true or false'] },
  { what: 'a number out of bounds', event: { inputs: { attempts: '0' } }, says: ['attempts'] },
  { what: 'a base branch that is not there', event: { inputs: { base: 'mian' } }, says: ['mian'] },
  { what: 'no key and no other provider', event: { inputs: { 'model-key': '', 'model-base-url': '' } }, says: ['No model key', 'model-key'] },
  { what: 'no token', event: { inputs: { 'github-token': '' } }, says: ['no token', 'github-token'] },
  { what: 'a token that is refused', event: { inputs: { 'github-token': 'ghs_expired' } }, says: ['status 401', 'token'] },
  { what: 'an unknown setting', files: { '.heddle.yml': 'version: 1\nchecks:\n  test:\n    runn: sh test.sh\n' }, says: ['.heddle.yml:4', 'runn', 'run'] },
  { what: 'a wrong value', files: { '.heddle.yml': 'version: 1\nsandbox:\n  min_rung: landlok\n' }, says: ['.heddle.yml:3', 'bubblewrap', 'landlock'] },
  { what: 'a file that is no YAML', files: { '.heddle.yml': 'checks:\n  - {\n' }, says: ['.heddle.yml:'] },
  { what: 'an event without a ticket', event: { event: { name: 'workflow_dispatch' } }, says: ['ticket', '#12'] },
  { what: 'a ticket that is not there', event: { event: { name: 'workflow_dispatch', ticket: '#99' }, inputs: { ticket: '#99' } }, says: ['no issue acme/shop#99', 'Check the number'] },
];

describe('what a person can get wrong', () => {
  it.each(WRONG)('$what: says where and what is allowed, and writes nothing', async ({ says, files, event }) => {
    const scene = await scenes(files === undefined ? {} : { files });
    scene.label();
    const ending = await scene.run(event);
    expect([ending.code, ending.raw]).toEqual([2, expect.stringContaining('::error::')]);
    const errors = ending.log.commands.filter(({ name }) => name === 'error').map(({ message }) => message);
    expect(errors).toHaveLength(1);
    for (const words of says) expect(errors[0]).toContain(words);
    expect(writesOf(scene)).toEqual([]);
    expect(scene.model.requests).toEqual([]);
  }, 240_000);

  it('an event file that is gone', async () => {
    const scene = await scenes();
    const ending = await scene.run({ env: { GITHUB_EVENT_PATH: join(scene.folder, 'nothing.json') } });
    expect([ending.code, ending.log.commands.filter(({ name }) => name === 'error').map(({ message }) => message)]).toEqual([2, [expect.stringContaining('nothing.json cannot be read (ENOENT)')]]);
  }, 240_000);

  it('no checkout in the workspace', async () => {
    const scene = await scenes();
    scene.label();
    await rm(join(scene.workspace, '.git'), { recursive: true });
    const ending = await scene.run();
    expect([ending.code, ending.log.commands.filter(({ name }) => name === 'error').map(({ message }) => message)]).toEqual([2, [expect.stringMatching(/checkout|repository/)]]);
  }, 240_000);

  it('a value with a command in it stays a value', async () => {
    const scene = await scenes();
    const ending = await scene.run({ inputs: { agent: 'builtin\n::add-path::/tmp/pwned\n##[set-env name=X]pwned' } });
    expect([ending.code, ending.log.commands.map(({ name }) => name)]).toEqual([2, ['error']]);
  }, 240_000);
});

/** Whoever sees the error in the log needs no comment at the ticket. */
function writesOf(scene: Scene): readonly string[] {
  return scene.services.github.requests.filter(({ method, route }) => method !== 'GET' && route !== 'graphql' && !route.startsWith('issues/')).map(({ route }) => route);
}
