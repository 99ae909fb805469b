import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { git } from '../adapters/workspace-git-fixture.js';
import { startFakeGitea } from '../fakes/gitea/fake-gitea.js';
import type { FakeGitea } from '../fakes/gitea/fake-gitea.js';
import { git as inRepository } from '../fakes/gitea/world.js';
import type { Issue, Repository } from '../fakes/gitea/world.js';
import { DOOR, factsOf, heddle, makeScene, QUICK_AGENT, seeRun, type Ending, type Scene } from './rig.js';

/** Whole runs as a job of Gitea's or Forgejo's Actions starts them: from the event of a label to a pull request. */
const WALL_MS = 360_000;
const WORKFLOW = 'on:\n  push:\n  workflow_dispatch:\njobs:\n  test:\n    runs-on: docker\n    steps:\n      - run: sh check.sh\n';

let scene: Scene;
let fake: FakeGitea;
let repository: Repository;
let issue: Issue;
const at = (name: string): string => join(scene.root, name);

async function place(flavour: 'gitea' | 'forgejo'): Promise<void> {
  scene = makeScene({ agent: QUICK_AGENT, files: { [`.${flavour}/workflows/ci.yml`]: WORKFLOW, CODEOWNERS: '* @olga @acme/payments\n' } });
  fake = await startFakeGitea({ flavour });
  // An hour ago: every look moves it by a second, and nothing may come from the future.
  fake.world.setClock(Date.now() - 3_600_000);
  repository = fake.addRepository({ slug: 'acme/shop', gitDir: join(scene.repo, '.git'), commit: git(scene.repo, 'rev-parse', 'HEAD').trim(), roles: { heddle: 'admin', amy: 'write', olga: 'write', rita: 'read' } });
  issue = fake.world.addIssue(repository, { number: 12, title: 'The total is wrong', body: 'Prices must be added, see total.mjs, because an invoice shows them.\n\n1. Call `total([1, 2])`.\n2. It is `-1`. It should be `3`.\n\n- [ ] `total([1, 2])` is `3`\n', author: fake.world.account('rita'), labels: ['heddle'] });
  fake.world.addTeam('acme/payments', ['heddle', 'olga']);
  fake.world.addEntry(issue, { type: 'label', label: fake.world.label(repository, 'heddle'), actor: fake.world.account('amy'), at: fake.world.now() });
}

/** What act_runner gives to a job; the token is of an account that administers the repository, as the documentation says. */
function jobEnvironment(flavour: 'gitea' | 'forgejo', sender: string): Readonly<Record<string, string>> {
  const who = { id: fake.world.account(sender).id, login: sender };
  writeFileSync(at('event.json'), JSON.stringify({
    action: 'label_updated', number: 12, repository: { id: 3, full_name: 'acme/shop', fork: false }, sender: who,
    issue: { number: 12, title: issue.title, labels: issue.labels, assignees: null, pull_request: null },
  }));
  for (const name of ['output', 'summary']) writeFileSync(at(name), '');
  return {
    ...scene.env, CI: 'true', GITHUB_ACTIONS: 'true', GITEA_ACTIONS: 'true', ...(flavour === 'forgejo' ? { FORGEJO_ACTIONS: 'true' } : {}), GITHUB_SERVER_URL: fake.url, GITHUB_API_URL: fake.apiUrl, GITHUB_GRAPHQL_URL: '',
    GITHUB_REPOSITORY: 'acme/shop', GITHUB_RUN_ID: '41', GITHUB_RUN_NUMBER: '5', GITHUB_RUN_ATTEMPT: '1', GITHUB_EVENT_NAME: 'issues', GITHUB_EVENT_PATH: at('event.json'), GITHUB_ACTOR: sender, GITHUB_REF: 'refs/heads/main',
    GITHUB_WORKSPACE: scene.repo, GITHUB_OUTPUT: at('output'), GITHUB_STEP_SUMMARY: at('summary'), RUNNER_TEMP: at('tmp'),
  };
}

/** The one-job action, as `uses:` starts it: a program without arguments. */
function action(env: Readonly<Record<string, string>>): Promise<Ending> {
  writeFileSync(at('action.mjs'), `import { startAction } from ${JSON.stringify(join(DOOR, '..', 'main', 'entry.js'))};\nawait startAction();\n`);
  return heddle({ ...scene, env }, [], at('action.mjs'));
}

const branches = (): readonly string[] => (inRepository(repository, ['for-each-ref', '--format=%(refname)', 'refs/heads/heddle/']) ?? '').split('\n').filter((ref) => ref !== '');
const changes = (): readonly Issue[] => [...repository.issues.values()].filter((one) => one.pull !== undefined);

describe('a whole run in a job', () => {
  afterEach(async () => {
    scene.close();
    await fake.close();
  });

  it.each(['gitea', 'forgejo'] as const)('of %s goes from the label to a pull request', async (flavour) => {
    await place(flavour);
    const token = fake.tokenOf('heddle');
    const ending = await action({ ...jobEnvironment(flavour, 'amy'), 'INPUT_GITEA-TOKEN': token, 'INPUT_GITHUB-TOKEN': fake.actionsToken });
    const said = `${ending.stdout}${ending.stderr}`;
    expect({ code: ending.code, said: ending.code === 0 ? '' : said }).toEqual({ code: 0, said: '' });
    const seen = seeRun(at('tmp/heddle-run'));
    expect(seen).toMatchObject({ outcome: 'delivered', damage: undefined });
    const [sealed] = factsOf(seen, 'packet-sealed');
    expect(sealed).toBeDefined();
    const [change, ...others] = changes();
    expect(others).toEqual([]);
    expect(change?.pull).toMatchObject({ base: 'main', merged: false, reviewers: [{ login: 'olga' }], teams: ['acme/payments'] });
    expect(change?.labels.map((label) => label.name)).toEqual(['heddle', 'risk:low']);
    // Byte for byte what was validated.
    const head = inRepository(repository, ['rev-parse', `refs/heads/${change?.pull?.head ?? ''}`]) ?? '';
    expect(factsOf(seen, 'candidate-captured').at(-1)?.outcome).toMatchObject({ kind: 'captured', candidate: { tree: inRepository(repository, ['rev-parse', `${head}^{tree}`]) } });
    expect(inRepository(repository, ['show', `${head}:total.mjs`])).toContain('sum + price');
    expect(repository.statuses.map((status) => [status.context, status.state]).sort()).toEqual(expect.arrayContaining([['Heddle gates', 'success']]));
    expect(repository.runs.map((run) => run.event)).toEqual(['workflow_dispatch']);
    expect(issue.comments.map((comment) => [comment.author.login, comment.body.startsWith('<!-- heddle:')])).toEqual([['heddle', true]]);
    expect(issue.comments[0]?.body).toContain(`/acme/shop/pulls/${String(change?.number)}`);
    expect(readFileSync(at('output'), 'utf8')).toContain(`/acme/shop/pulls/${String(change?.number)}`);
    // The line that hides it is the only one that has it.
    expect(said.split('\n').filter((line) => line.includes(token) && !line.startsWith('::add-mask::'))).toEqual([]);
    expect(factsOf(seen, 'delivered').flatMap((fact) => fact.warnings)).toEqual([]);
  }, WALL_MS);

  it('declines before anything is spent when the token cannot ask what people may do', async () => {
    await place('gitea');
    const ending = await action({ ...jobEnvironment('gitea', 'amy'), 'INPUT_GITHUB-TOKEN': fake.actionsToken });
    expect(`${ending.stdout}${ending.stderr}`).toMatch(/declined: .*`heddle doctor`.*\(permission-unknown\)/);
    expect(readFileSync(at('output'), 'utf8')).toMatch(/outcome<<\S+\ndeclined\n/);
    expect(branches()).toEqual(['refs/heads/heddle/ledger']);
    expect(changes()).toEqual([]);
  }, WALL_MS);

  it('the doctor names what the job\'s own token lacks', async () => {
    await place('gitea');
    const ending = await heddle({ ...scene, env: { ...jobEnvironment('gitea', 'amy'), GITHUB_TOKEN: fake.actionsToken } }, ['doctor', '--repo', 'repo']);
    expect(`${ending.stdout}${ending.stderr}`).toMatch(/no administrator of acme\/shop/);
  }, WALL_MS);
});
