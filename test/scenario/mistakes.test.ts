import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { git } from '../adapters/workspace-git-fixture.js';
import { DOOR, fixtureAgent, heddle, makeScene, put, RUN_ARGS, seeForge, type Scene, type SceneOptions } from './rig.js';

/**
 * What a user gets for a mistake: the exit code, and words that name the thing, its place, what is allowed and what to do. The
 * words are kept in test/golden/mistakes.txt, with paths, ids and times normalised. After a change that is meant, write them
 * anew and read the difference:
 *
 *   HEDDLE_UPDATE_GOLDEN=1 npm run jest -- test/scenario/mistakes && git diff test/golden
 */
const GOLDEN = fileURLToPath(new URL('../golden/mistakes.txt', import.meta.url));
const UPDATE = process.env['HEDDLE_UPDATE_GOLDEN'] === '1';
const WALL_MS = 240_000;
interface Row {
  readonly name: string;
  readonly scene?: SceneOptions;
  /** What the user has done to the place before. */
  readonly before?: (scene: Scene) => void;
  readonly args?: readonly string[];
  readonly exit: number;
}

const NO_CHECKS = { config: { checks: undefined } };
const BUILTIN = { config: { agent: { id: 'builtin' } } };

const ROWS: readonly Row[] = [
  { name: 'a misspelt command', args: ['rnu', 'ticket.md'], exit: 2 },
  { name: 'a misspelt option', args: [...RUN_ARGS, '--agnet', 'command'], exit: 2 },
  { name: 'a value that is not allowed', args: [...RUN_ARGS, '--min-rung', 'bublewrap'], exit: 2 },
  { name: 'an unknown agent', args: [...RUN_ARGS, '--agent', 'claude'], exit: 2 },
  { name: 'no ticket', args: ['run', '--forge', 'local', '--repo', 'repo', '--out', 'out'], exit: 2 },
  { name: 'a ticket file that is not there', args: ['run', 'tikcet.md', '--forge', 'local', '--repo', 'repo', '--out', 'out'], exit: 2 },
  { name: 'a ticket without front matter', scene: { ticket: 'Please fix the total.\n' }, exit: 2 },
  { name: 'a ticket with a misspelt key', scene: { ticket: '---\ntitle: The total is wrong\nlables: [bug]\n---\nText.\n' }, exit: 2 },
  { name: 'an empty ticket', scene: { ticket: '---\ntitle: Nothing more\n---\n' }, exit: 3 },
  { name: 'a closed ticket', scene: { ticket: '---\ntitle: Old\nstate: closed\n---\nText.\n' }, exit: 3 },
  { name: 'a configuration that is not YAML', scene: { files: { '.heddle.yml': 'agent:\n  id: command\n command: [x]\n' } }, exit: 2 },
  { name: 'a configuration with a misspelt key and a wrong value', scene: { files: { '.heddle.yml': 'agent:\n  id: comand\nlimit:\n  attempts: 3\n' } }, exit: 2 },
  { name: 'a configuration file that is not there', args: [...RUN_ARGS, '--config', 'hedle.yml'], exit: 2 },
  { name: 'an agent program that is not there', scene: { agent: ['no-such-agent', '--headless'] }, exit: 2 },
  { name: 'no agent program at all', scene: { config: { agent: { id: 'command' } } }, exit: 2 },
  { name: 'no key for the model', scene: BUILTIN, exit: 2 },
  { name: 'no repository', before: ({ repo }) => { rmSync(join(repo, '.git'), { recursive: true }); }, exit: 2 },
  { name: 'a folder that is not there', args: ['run', 'ticket.md', '--forge', 'local', '--repo', 'rpo', '--out', 'out'], exit: 2 },
  { name: 'an empty repository', before: ({ repo }) => { rmSync(join(repo, '.git'), { recursive: true }); git(repo, 'init', '-q', '-b', 'main'); }, exit: 2 },
  { name: 'a base branch that is not there', args: [...RUN_ARGS, '--base', 'mian'], exit: 2 },
  { name: 'a repository without checks', scene: NO_CHECKS, exit: 3 },
  { name: 'an unknown forge', args: [...RUN_ARGS, '--forge', 'gihub'], exit: 2 },
  { name: 'GitHub without a token', args: ['run', '#12', '--forge', 'github', '--repo', 'repo', '--out', 'out'], exit: 2 },
  { name: 'nothing to resume', args: ['resume', 'nowhere'], exit: 2 },
  { name: 'an answer that is none', args: ['resume', 'out', '--answer', 'yes'], exit: 2 },
];

const scenes: Scene[] = [];
afterEach(() => { for (const scene of scenes.splice(0)) scene.close(); });

function normalised(text: string, scene: Scene): string {
  return text.replaceAll(scene.root, '<root>').replaceAll(DOOR, '<door>').replace(/\b[0-9a-f]{40}\b/g, '<object>').replace(/\brun [0-9a-f]{16}\b/g, 'run <run>')
    .replace(/\bby \S+ \(cli\)/g, 'by <user> (cli)').replace(/\d+ ms\b/g, '<n> ms').trimEnd();
}

/** Sections of `## name`, then the words. */
function readGolden(): Map<string, string> {
  const sections = readFileSync(GOLDEN, 'utf8').split(/^## /m).slice(1);
  return new Map(sections.map((section) => [section.slice(0, section.indexOf('\n')), section.slice(section.indexOf('\n') + 1).trimEnd()]));
}

const seen = new Map<string, string>();
afterAll(() => {
  if (UPDATE) put(GOLDEN, [...seen].map(([name, words]) => `## ${name}\n${words}\n`).join('\n'));
});

describe('mistakes', () => {
  it('each has its words written down, and none is left over', () => {
    if (!UPDATE) expect([...readGolden().keys()]).toEqual(ROWS.map((row) => row.name));
  });

  it.each(ROWS)('$name', async ({ name, scene: options, before, args, exit }) => {
    const scene = makeScene(options);
    scenes.push(scene);
    before?.(scene);
    const ending = await heddle(scene, args ?? RUN_ARGS);
    const words = normalised(ending.stderr, scene);
    seen.set(name, words);
    expect({ code: ending.code, words }).toEqual({ code: exit, words: UPDATE ? words : readGolden().get(name) });
    expect(seeForge(scene.forge)).toMatchObject({ branches: [], changes: [], liveClaims: 0 });
  }, WALL_MS);
});

describe('no mistake', () => {
  it('a checkout with uncommitted changes works from its commit, and says so', async () => {
    const scene = makeScene({ agent: fixtureAgent('good-patch', { file: 'total.mjs', find: 'sum - price', replace: 'sum + price' }) });
    scenes.push(scene);
    put(join(scene.repo, 'total.mjs'), 'broken by hand\n');
    mkdirSync(join(scene.repo, 'new'));
    const ending = await heddle(scene, RUN_ARGS);
    expect({ code: ending.code, note: ending.stderr.split('\n')[0] }).toEqual({ code: 0, note: 'Note: the checkout has uncommitted changes; the run starts from the committed base and does not see them.' });
  }, WALL_MS);
});
