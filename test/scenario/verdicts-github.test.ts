import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { join } from 'node:path';
import { create } from '../../src/adapters/forge/github/index.js';
import { FakeGitHub } from '../fakes/github/fake-github.js';
import type { Issue, Repository } from '../fakes/github/world.js';
import { git } from '../adapters/workspace-git-fixture.js';
import { startRun } from './in-process.js';
import { factsOf, heddle, seeRun, type Scene } from './rig.js';
import { Golden, normalised, UPDATE, verdictLines } from './verdict-picture.js';
import { CASES, PLANTED, shopScene } from './verdict-shop.js';

/** The same runs against the fake GitHub and with `on_hold: propose`: what is held is opened, and says so in every place. */
const WALL_MS = 240_000;
const BOT = 'github-actions[bot]';
const golden = new Golden('verdicts-proposed');
const scenes: Scene[] = [];
/** Closed however a test went: an open server would keep the runner up. */
const fakes: FakeGitHub[] = [];
afterEach(async () => { for (const fake of fakes.splice(0)) await fake.stop(); });
afterAll(() => {
  golden.write();
  for (const scene of scenes) scene.close();
});

interface Github { readonly fake: FakeGitHub; readonly repository: Repository }

async function githubOf(scene: Scene): Promise<Github> {
  const fake = await FakeGitHub.start();
  fakes.push(fake);
  const repository = fake.addRepository({
    slug: 'acme/shop', gitDir: join(scene.repo, '.git'), commit: git(scene.repo, 'rev-parse', 'HEAD').trim(),
    roles: { mila: 'write', olga: 'write', otto: 'write', maria: 'write' }, settings: { autoMerge: true, teams: ['payments'] },
  });
  return { fake, repository };
}

/** What a person finds at GitHub. */
function seenAt(repository: Repository): readonly string[] {
  const changes = [...repository.issues.values()].filter((issue): issue is Issue & Required<Pick<Issue, 'pull'>> => issue.pull !== undefined);
  return changes.flatMap(({ pull, labels, body }) => [
    `change: ${pull.draft ? 'draft' : 'open for review'}; labels ${labels.join(', ')}`,
    `reviewers: ${[...pull.reviewers.map(({ login }) => login), ...pull.teams.map((team) => `team ${team}`)].join(', ')}`,
    `merges by itself: ${pull.autoMerge ?? 'no'}`,
    ...repository.checkRuns.filter(({ name }) => name === 'Heddle gates').flatMap((check) => [
      `check ${check.name}: ${check.conclusion ?? 'none'}; ${check.title}`, ...check.summary.split('\n').filter((line) => line.includes('**')).map((line) => `  ${line}`),
      ...check.annotations.map((one) => `  annotation ${String(one['path'])}:${String(one['start_line'])} ${String(one['annotation_level'])}: ${String(one['message'])}`),
    ]),
    ...(pull.notes ?? []).flatMap(({ state, comments }) => comments.map((one) => `note (${state}) ${one.path}:${one.line} ${one.body}`)),
    ...escalation(body),
  ]);
}

/** The part of the description that a person should read first, when there is one. */
function escalation(body: string): readonly string[] {
  const lines = body.split('\n');
  const from = lines.findIndex((line) => /^#+ .*(?:Escalation|Read this first)/i.test(line));
  if (from < 0) return [];
  const to = lines.findIndex((line, index) => index > from && /^#{2,3} /.test(line));
  return lines.slice(from, to < 0 ? undefined : to).filter((line) => line !== '').map((line) => `  | ${line}`);
}

describe('verdicts, proposed at GitHub', () => {
  it('each has its words written down, and none is left over', () => {
    if (!UPDATE) expect([...golden.read().keys()]).toEqual(CASES.map((one) => one.name));
  });

  it.each(CASES)('$name', async (one) => {
    const scene = shopScene(one, 'propose');
    scenes.push(scene);
    const { fake, repository } = await githubOf(scene);
    const { reader, writer, claims } = create({ apiUrl: fake.url, token: fake.tokenOf(BOT), repository: 'acme/shop', serverUrl: 'https://github.example' }, { backoffUnitMs: 1 });
    const { rest } = await startRun(scene, { wrap: (ports) => ({ ...ports, reader, writer, claims }), wrapSettings: (settings) => ({ ...settings, repository: 'acme/shop' }) });
    const seen = seeRun(scene.out);
    const warnings = factsOf(seen, 'delivered').flatMap((fact) => fact.warnings.map((warning) => `warning: ${warning}`));
    const words = normalised([...verdictLines(seen), ...seenAt(repository), ...warnings].join('\n'), scene.root);
    expect({ state: rest.state.kind, words }).toEqual({ state: one.proposed, words: golden.expected(one.name, words) });
    expect(JSON.stringify([seen.facts, fake.requests.filter(({ route }) => !route.startsWith('git/'))])).not.toContain(PLANTED);
    expect([...repository.refs.keys()].filter((ref) => ref.startsWith('refs/heads/heddle/'))).toHaveLength(one.proposed === 'delivered' ? 1 : 0);
    expect((await heddle(scene, ['policy', 'explain', 'out'])).stdout).toContain(`decided by ${one.decidedBy}`);
  }, WALL_MS);
});
