import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, describe, expect, it } from '@jest/globals';
import { filesBelow, lacksForPipelines } from '../gitlab-component/local-runner.js';
import type { PipelineEnding } from '../gitlab-component/local-runner.js';
import { BOT, makeGitlabScene } from './gitlab-scene.js';
import type { GitlabScene, GitlabSceneOptions } from './gitlab-scene.js';
import { programOf } from './runner.js';
import { edit, finish, MODEL_KEY, WRONG } from './scene.js';

/**
 * The shipped templates, included as a component of another project, run by the local runner against a GitLab made for tests: from
 * the webhook of an issue to the merge request, with the packaged program. Each job has a folder and an environment of its own, and
 * of other jobs only the artifacts that its `needs` name. `HEDDLE_STORY=1` prints what people see (`npm run gitlab`).
 */
const WALL_MS = 900_000;
const lacks = lacksForPipelines();
if (lacks !== undefined) process.stderr.write(`skipped: ${lacks}\n`);
const pipelines = lacks === undefined ? describe : describe.skip;

const open: GitlabScene[] = [];
afterEach(async () => {
  for (const scene of open.splice(0)) await scene.close();
});

async function scene(options?: GitlabSceneOptions): Promise<GitlabScene> {
  const made = await makeGitlabScene(options);
  open.push(made);
  return made;
}

/** The packaged program behind a door that notes what each process of it was given, and may do something after `work`, as one that was taken over. */
function watched(folder: string, afterWork = ''): string {
  const program = join(folder, 'program');
  mkdirSync(join(program, 'dist'), { recursive: true });
  mkdirSync(join(program, 'calls'));
  writeFileSync(join(program, 'package.json'), '{"type":"module"}');
  writeFileSync(join(program, 'dist', 'cli.js'), [
    'import { readdirSync, readFileSync, writeFileSync } from "node:fs";',
    `const calls = ${JSON.stringify(join(program, 'calls'))};`,
    'writeFileSync(`${calls}/${String(process.hrtime.bigint())}.json`, JSON.stringify({ args: process.argv.slice(2), env: process.env, cwd: process.cwd() }));',
    ...(afterWork === '' ? [] : [`if (process.argv[2] === "work") process.once("exit", () => { ${afterWork} });`]),
    `await import(${JSON.stringify(pathToFileURL(programOf('cli.js')).href)});`,
  ].join('\n'));
  return program;
}

interface Call { readonly args: readonly string[]; readonly env: Readonly<Record<string, string>>; readonly cwd: string }

function callsOf(folder: string): readonly Call[] {
  const calls = join(folder, 'program', 'calls');
  return readdirSync(calls).sort().map((name) => JSON.parse(readFileSync(join(calls, name), 'utf8')) as Call);
}

const notes = (of: GitlabScene): readonly string[] => of.issue.notes.filter((note) => !note.system).map((note) => note.body);
const changes = (of: GitlabScene): readonly { readonly title: string; readonly description: string; readonly sourceBranch: string; readonly labels: readonly string[] }[] => [...of.project.mergeRequests.values()];
/** The branches of changes; the ledger's is for every run. */
const branches = async (of: GitlabScene): Promise<readonly string[]> => (await of.project.git.branches()).map((one) => one.name).filter((name) => name.startsWith('heddle/') && name !== 'heddle/ledger');
/** A job is said to be this or that with this exit code; jobs that passed have none. */
const seen = (ending: PipelineEnding): Readonly<Record<string, string>> => Object.fromEntries(Object.entries(ending.states).map(([name, state]) => [name.replace(/^heddle-/, ''), ending.exits[name] === undefined ? state : `${state} ${String(ending.exits[name])}`]));

pipelines('from the webhook of an issue to a merge request', () => {
  it('four jobs, each with its own folder and its own secrets', async () => {
    const made = await scene({ program: (folder) => watched(folder) });
    const ending = await made.deliverWebhook(made.label('amy'));
    expect([seen(ending), ending.output]).toEqual([{ admit: 'passed', work: 'passed', verify: 'passed', deliver: 'passed' }, expect.any(String)]);
    const [change, ...more] = changes(made);
    expect([change?.title, more.length, (await branches(made)).length]).toEqual([expect.stringContaining('The sum of no prices is an error'), 0, 1]);
    expect(change?.description).toContain('Reported by the work job, not proven');
    expect(notes(made).join('\n')).toContain('/-/merge_requests/');

    // What each process was given. The first of a phase has the secrets, and starts the one that works without them in its environment.
    const calls = callsOf(made.folder);
    const given = (phase: string, secret: string): boolean => calls.some((call) => call.args[0] === phase && Object.values(call.env).includes(secret));
    const token = made.gitlab.tokenOf(BOT);
    expect(['admit', 'work', 'verify', 'deliver'].map((phase) => [phase, given(phase, token), given(phase, MODEL_KEY)])).toEqual([['admit', true, false], ['work', false, true], ['verify', false, false], ['deliver', true, false]]);
    // Work has no token of its job. Verify fetches two files with it: its first process has it, the one that works has not.
    const ofJob = (phase: string): readonly boolean[] => calls.filter((call) => call.args[0] === phase).map((call) => Object.values(call.env).some((value) => value.includes('glcbt-')));
    expect([ofJob('work').includes(true), ofJob('verify')]).toEqual([false, [true, false]]);
    expect(new Set(calls.map((call) => call.cwd)).size).toBe(4);

    // Nothing of the secrets is in a log or an artifact; of work's archive two files alone are asked for.
    const jobs = Object.keys(ending.states);
    const everything = [ending.output, ...jobs.flatMap((job) => [...filesBelow(ending.artifacts(job)).values()].map((bytes) => bytes.toString('latin1')))].join('\n');
    expect([everything.includes(token), everything.includes(MODEL_KEY), everything.includes('glcbt-')]).toEqual([false, false, false]);
    const fetched = made.gitlab.requests.filter((one) => one.route === 'jobs.artifact' && one.status === 200).map((one) => one.path.replace(/^.*\/artifacts\//, ''));
    const bundle = ['heddle-work/bundle/manifest.json', 'heddle-work/bundle/change.bundle'];
    expect(fetched.sort()).toEqual([...bundle, ...bundle, 'heddle-verify/outputs.json'].sort());
    // What the job pages show: the reports that the template names are there.
    for (const [job, file] of [['verify', 'junit.xml'], ['verify', 'gl-code-quality-report.json'], ['deliver', 'annotations.json']] as const) expect([file, existsSync(join(ending.artifacts(`heddle-${job}`), `heddle-${job}`, file))]).toEqual([file, true]);
    if (process.env['HEDDLE_STORY'] === '1') tell(made, ending);
    expect(made.gitlab.problems()).toEqual([]);
  }, WALL_MS);
});

pipelines('a stage that fails', () => {
  it('admit declines: orange, and nothing is worked on', async () => {
    const made = await scene();
    const ending = await made.deliverWebhook(made.label('gus'));
    expect([seen(ending), ending.log('heddle-admit')]).toEqual([{ admit: 'warned 3', work: 'passed', verify: 'passed', deliver: 'passed' }, expect.stringContaining('declined')]);
    for (const [job, words] of [['work', 'nothing to work on'], ['verify', 'nothing to verify'], ['deliver', 'nothing to deliver']] as const) expect(ending.log(`heddle-${job}`)).toContain(words);
    expect([changes(made).length, made.model.requests.length]).toEqual([0, 0]);
  }, WALL_MS);

  it('work is exhausted: red, and the ticket is told', async () => {
    const made = await scene({ steps: [edit('sum + price);', WRONG), finish('Done.')], inputs: { attempts: 1 } });
    const ending = await made.deliverWebhook(made.label('amy'));
    expect([seen(ending), ending.output]).toEqual([{ 'admit': 'passed', 'work': 'failed 5', 'work-failed': 'warned 5' }, expect.any(String)]);
    expect([changes(made).length, await branches(made), notes(made).length]).toEqual([0, [], 1]);
    expect(ending.code).toBe(1);
  }, WALL_MS);

  it('verify refuses a forged bundle: red, and the ticket is told', async () => {
    const forge = 'const file = "heddle-work/bundle/manifest.json"; let text; try { text = readFileSync(file, "utf8"); } catch { return; } writeFileSync(file, text.replace(/"attempt":\\d+/, \'"attempt":7\'));';
    const made = await scene({ program: (folder) => watched(folder, forge) });
    const ending = await made.deliverWebhook(made.label('amy'));
    expect([seen(ending), ending.output]).toEqual([{ 'admit': 'passed', 'work': 'passed', 'verify': 'failed 5', 'verify-failed': 'warned 5' }, expect.any(String)]);
    expect([changes(made).length, await branches(made), notes(made).length]).toEqual([0, [], 1]);
    expect(ending.log('heddle-verify')).toContain('manifest');
  }, WALL_MS);

  it('deliver\'s token lacks a scope: red, with the words what to mend; where a job\'s token reads no archive, verify has one that reads', async () => {
    const made = await scene({ settings: { premium: false } });
    const { world } = made.gitlab;
    const weak = world.token({ account: world.account(BOT), kind: 'project', value: 'glpat-of-deliver-that-reads-0001', scopes: ['read_api', 'read_repository'] });
    made.label('amy');
    const ending = await made.startByHand('amy', '12', { HEDDLE_TOKEN: { 'heddle/admit': made.gitlab.tokenOf(BOT), 'heddle/deliver': weak.value }, HEDDLE_READ_TOKEN: { 'heddle/verify': weak.value } });
    expect([seen(ending), ending.output]).toEqual([{ admit: 'passed', work: 'passed', verify: 'passed', deliver: expect.stringMatching(/^failed [256]$/) }, expect.any(String)]);
    expect([changes(made).length, await branches(made)]).toEqual([0, []]);
    expect(ending.log('heddle-deliver')).toMatch(/scope|permission|may not/);
    // Both ask with the job's token first, and then with their own.
    const asked = made.gitlab.requests.filter((one) => one.route === 'jobs.artifact' && one.path.endsWith('/manifest.json')).map((one) => [one.status, one.token === weak.value]);
    expect(asked).toEqual([[404, false], [200, true], [404, false], [200, true]]);
  }, WALL_MS);
});

/** What a team sees at the end, for `npm run gitlab`. */
function tell(made: GitlabScene, ending: PipelineEnding): void {
  const say = (title: string, text: string): void => { process.stderr.write(`\n━━ ${title} ${'━'.repeat(Math.max(3, 100 - title.length))}\n${text}\n`); };
  say('The issue', `#${String(made.issue.iid)} ${made.issue.title}, labelled by amy`);
  for (const job of ['admit', 'work', 'verify', 'deliver']) say(`Job heddle-${job}: ${seen(ending)[job] ?? 'did not run'}`, ending.log(`heddle-${job}`).split('\n').filter((line) => !line.startsWith('$')).join('\n').trim());
  for (const note of notes(made)) say('The note at the issue', note);
  for (const change of changes(made)) say(`The merge request: ${change.title}`, `${change.sourceBranch}, labels: ${change.labels.join(', ')}\n\n${change.description}`);
  for (const job of Object.keys(ending.states)) say(`Artifacts of ${job}`, [...filesBelow(ending.artifacts(job))].map(([name, bytes]) => `${String(bytes.length).padStart(9)} ${name}`).join('\n'));
}
