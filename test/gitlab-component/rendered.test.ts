import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { describe, expect, it } from '@jest/globals';
import { parse, stringify } from 'yaml';
import { VERSION } from '../../src/main/version.js';
import { temporaryFolder } from '../temporary-folder.js';
import { TEMPLATES, type Job } from './component.js';
import { componentFiles, filesBelow, jobsOf, lacksForPipelines, makeProject, renderPipeline, runPipeline } from './local-runner.js';

const lacks = lacksForPipelines();
if (lacks !== undefined) process.stderr.write(`skipped: ${lacks}\n`);
const pipelines = lacks === undefined ? describe : describe.skip;
const schema = JSON.parse(readFileSync(new URL('../fixtures/gitlab-ci-schema.json', import.meta.url), 'utf8')) as object;
const golden = (name: string): string => fileURLToPath(new URL(`../golden/gitlab-${name}.yml`, import.meta.url));

/** A program in the place of Heddle that says what it was called with. It answers nothing else: these tests are about the words before it. */
const ECHO = 'import { writeFileSync, mkdirSync } from "node:fs";\nconst out = process.argv.find((one) => one.startsWith("--out=")).slice(6);\nmkdirSync(out, { recursive: true });\nwriteFileSync(`${out}/called.json`, JSON.stringify({ args: process.argv.slice(2), env: process.env }));\nprocess.stdout.write("{}");\n';

/** The same, which also admits; and as the work job it leaves a dotenv report, and a plan of its own over that of admit. */
const takenOver = (dotenv: string): string => `
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
const command = process.argv[2];
const given = (name) => process.argv.find((one) => one.startsWith("--" + name + "=")).slice(name.length + 3);
mkdirSync(given("out"), { recursive: true });
const plan = command === "admit" ? "" : readFileSync("heddle-admit/plan.json", "utf8");
writeFileSync(given("out") + "/called.json", JSON.stringify({ args: process.argv.slice(2), env: process.env, plan, folder: readdirSync(".") }));
if (command === "admit") {
  writeFileSync("heddle-admit/plan.json", "of admit");
  process.stdout.write(JSON.stringify({ outcome: "admitted", planDigest: "of-admit", baseCommit: execFileSync("git", ["-C", given("repo"), "rev-parse", "HEAD"], { encoding: "utf8" }).trim() }));
}
if (command === "work") {
  writeFileSync("heddle-work/uploaded.env", ${JSON.stringify(dotenv)});
  writeFileSync("heddle-admit/plan.json", "of work");
}
`;

interface Called { readonly args: readonly string[]; readonly env: Readonly<Record<string, string>>; readonly plan: string; readonly folder: readonly string[] }

function project(template: string, inputs: Readonly<Record<string, unknown>> = {}, edit: (text: string) => string = (text) => text): string {
  const place = temporaryFolder('heddle-gitlab-');
  mkdirSync(join(place, 'program', 'dist'), { recursive: true });
  writeFileSync(join(place, 'program', 'package.json'), '{"type":"module"}');
  writeFileSync(join(place, 'program', 'dist', 'cli.js'), ECHO);
  const include = { local: `heddle/${template}.yml`, inputs: { ticket: '$[[ inputs.ticket ]]', source: 'path', path: join(place, 'program'), ...inputs } };
  const pipeline = `${stringify({ spec: { inputs: { ticket: { default: '' } } } })}---\n${stringify({ include: [include] })}`;
  return makeProject({ folder: join(place, 'shop'), origin: 'http://gitlab.example.com/acme/shop.git', files: { ...Object.fromEntries(Object.entries(componentFiles()).map(([name, text]) => [name, edit(text)])), '.gitlab-ci.yml': pipeline, 'README.md': '# shop\n', '.npmrc': 'registry=http://127.0.0.1:9/\n' } });
}

pipelines('the templates, rendered', () => {
  it.each(TEMPLATES)('%s is what it was, and GitLab\'s own schema takes it', async (name) => {
    const place = project(name, { source: 'npm', path: '' });
    const { code, yaml, output } = await renderPipeline({ project: place, source: 'api', inputs: { ticket: '12' }, schema: true });
    expect([code, output]).toEqual([0, expect.stringContaining('json schema validated')]);
    const rendered = parse(yaml) as Record<string, unknown>;
    const ajv = new Ajv({ strict: false, allErrors: true });
    addFormats.default(ajv);
    const validate = ajv.compile(schema);
    expect([validate(rendered), validate.errors]).toEqual([true, null]);
    expect(validate({ ...rendered, 'heddle-admit': { script: 'true', artifacts: { access: 'nobody' } } })).toBe(false);
    const text = stringify(once(rendered), { lineWidth: 0 });
    if (process.env['UPDATE_GOLDEN'] === '1' || !existsSync(golden(name))) writeFileSync(golden(name), text);
    expect(text).toBe(readFileSync(golden(name), 'utf8'));
  });

  it.each([['trigger', ''], ['web', '12'], ['schedule', '12'], ['parent_pipeline', '12']])('a pipeline of %s with the ticket %j has all jobs', async (source, ticket) => {
    expect(await jobsOf({ project: shared(), source, inputs: { ticket } })).toEqual([
      'heddle-admit', 'heddle-deliver', 'heddle-verify', 'heddle-verify-failed', 'heddle-work', 'heddle-work-failed',
    ]);
  });

  it.each([['api', '', 'main'], ['push', '12', 'main'], ['merge_request_event', '12', 'main'], ['trigger', '', 'feature']])('a pipeline of %s with the ticket %j on %s has none', async (source, ticket, branch) => {
    expect(await jobsOf({ project: shared(), source, inputs: { ticket }, variables: { CI_COMMIT_BRANCH: branch } })).toEqual([]);
  });
});

pipelines('words that come from outside', () => {
  it('a hostile ticket is refused before there is a job', async () => {
    const place = project('split');
    const ending = await runPipeline({ project: place, source: 'api', inputs: { ticket: `12'; touch ${join(place, 'pwned')}; '` } });
    expect([ending.code, ending.output, existsSync(join(place, 'pwned'))]).toEqual([1, expect.stringContaining('does not match required regex'), false]);
  });

  it('inputs reach the program word by word; variables of the pipeline change none of them', async () => {
    const place = project('split', { 'label': 'ready for --heddle & *', 'model': 'a;b|c>d (e) ~ #f', 'cost-usd': 2.5, 'attempts': 0 });
    const evil = join(place, 'evil.cjs');
    writeFileSync(evil, `require('node:fs').writeFileSync(${JSON.stringify(join(place, 'pwned'))}, '')`);
    const ending = await runPipeline({
      project: place, source: 'api', inputs: { ticket: 'group/sub/project#12' }, only: ['heddle-admit'], secrets: { HEDDLE_TOKEN: 'glpat-of-admit', HEDDLE_MODEL_KEY: { 'heddle/work': 'key' } },
      variables: { CI_PROJECT_URL: `file://${place}`, CI_JOB_TOKEN: 'job-token', ticket: '13', TICKET: '13', INPUT_TICKET: '13', HEDDLE_TICKET: '13', label: 'other', heddle_place: '/', NODE_OPTIONS: `--require=${evil}`, GIT_STRATEGY: 'clone' },
    });
    expect([ending.states['heddle-admit'], ending.log('heddle-admit')]).toEqual(['passed', expect.any(String)]);
    const called = JSON.parse(filesBelow(ending.artifacts('heddle-admit')).get('heddle-admit/called.json')?.toString() ?? '{}') as { readonly args: readonly string[]; readonly env: Record<string, string> };
    expect(called.args).toEqual([
      'admit', '--model=a;b|c>d (e) ~ #f', '--label=ready for --heddle & *', '--cost-usd=2.5', 'group/sub/project#12', '--gitlab-url=', expect.stringMatching(/^--repo=\/.*\/repository$/), '--out=heddle-admit', '--json',
    ]);
    expect([called.env['GITLAB_TOKEN'], called.env['HEDDLE_MODEL_KEY'], existsSync(join(place, 'pwned'))]).toEqual(['glpat-of-admit', undefined, false]);
  });

  it('a bare number is an issue of this project; a name for another server is noticed', async () => {
    const place = project('split', { 'gitlab-url': 'https://gitlab.example.com/' });
    const there = { CI_PROJECT_URL: 'https://gitlab.example.com.evil.example/acme/shop', CI_JOB_TOKEN: 'job-token' };
    const lured = await runPipeline({ project: place, source: 'api', inputs: { ticket: '12' }, only: ['heddle-admit'], variables: there });
    expect([lured.exits['heddle-admit'], lured.log('heddle-admit')]).toEqual([2, expect.stringContaining('the input gitlab-url names another GitLab')]);
    const plain = project('split');
    const ending = await runPipeline({ project: plain, source: 'api', inputs: { ticket: '12' }, only: ['heddle-admit'], variables: { CI_PROJECT_URL: `file://${plain}` } });
    expect(filesBelow(ending.artifacts('heddle-admit')).get('heddle-admit/called.json')?.toString()).toContain('"admit","#12","--gitlab-url="');
  });
});

/**
 * A job of GitLab can upload a dotenv report whatever its definition says, with its own job token. The local runner hands on only what
 * a definition names, so here the definition of the work job names the report that such a job would upload; and the archive holds
 * what it likes.
 */
pipelines('what a taken-over work job leaves', () => {
  const HOSTILE = { CI_API_V4_URL: 'https://evil.example/api/v4', CI_SERVER_URL: 'https://evil.example', HTTPS_PROXY: 'http://127.0.0.1:9', HEDDLE_POLICY_FLOOR: 'evil' };
  const hostileIn = (env: Readonly<Record<string, string>>): readonly string[] => Object.entries(HOSTILE).filter(([name, value]) => env[name] === value).map(([name]) => name);

  async function ended(edit: (text: string) => string): Promise<{ readonly states: Readonly<Record<string, string>>; readonly pwned: boolean; called(job: string): Called }> {
    const place = project('split', {}, (text) => edit(text.replace('    paths: [heddle-work/]', '    paths: [heddle-work/, heddle-admit/]\n    reports: { dotenv: heddle-work/uploaded.env }')));
    const [evil, pwned] = [join(place, '..', 'evil.cjs'), join(place, '..', 'pwned')];
    writeFileSync(evil, `require('node:fs').writeFileSync(${JSON.stringify(pwned)}, '')`);
    const dotenv = Object.entries({ ...HOSTILE, NODE_OPTIONS: `--require=${evil}` }).map(([name, value]) => `${name}=${value}\n`).join('');
    writeFileSync(join(place, '..', 'program', 'dist', 'cli.js'), takenOver(dotenv));
    const ending = await runPipeline({
      project: place, source: 'trigger', variables: { CI_PROJECT_URL: `file://${place}`, CI_JOB_TOKEN: 'of-the-job', CI_REGISTRY_PASSWORD: 'of-the-job' },
      secrets: { HEDDLE_TOKEN: { 'heddle/admit': 'write', 'heddle/deliver': 'write' }, HEDDLE_READ_TOKEN: { 'heddle/verify': 'read' }, HEDDLE_MODEL_KEY: { 'heddle/work': 'key' } },
    });
    expect([ending.states, ending.output]).toEqual([{ 'heddle-admit': 'passed', 'heddle-work': 'passed', 'heddle-verify': 'passed', 'heddle-deliver': 'passed' }, expect.any(String)]);
    return { states: ending.states, pwned: existsSync(pwned), called: (job) => JSON.parse(filesBelow(ending.artifacts(`heddle-${job}`)).get(`heddle-${job}/called.json`)?.toString() ?? '{}') as Called };
  }

  it('no variable and no file of it is seen by verify and deliver, which name the jobs to GitLab instead', async () => {
    const { called, pwned } = await ended((text) => text);
    for (const job of ['verify', 'deliver']) {
      const { args, env, plan, folder } = called(job);
      expect([job, hostileIn(env), env['NODE_OPTIONS'], plan, folder.includes('heddle-work')]).toEqual([job, [], undefined, 'of admit', false]);
      expect(args).toEqual(expect.arrayContaining(['--plan-digest=of-admit', '--bundle-job=heddle-work', '--bundle=heddle-work/bundle', ...(job === 'deliver' ? ['--verify-job=heddle-verify'] : [])]));
    }
    expect(pwned).toBe(false);
    // Verify keeps its job's token to ask with, and the one that can only read; work has neither.
    const held = (job: string): Readonly<Record<string, string>> => Object.fromEntries(Object.entries(called(job).env).filter(([, value]) => ['of-the-job', 'write', 'read', 'key'].includes(value)));
    expect([held('work'), held('verify'), held('deliver')]).toEqual([{ HEDDLE_MODEL_KEY: 'key' }, { CI_JOB_TOKEN: 'of-the-job', GITLAB_TOKEN: 'read' }, { CI_JOB_TOKEN: 'of-the-job', CI_REGISTRY_PASSWORD: 'of-the-job', HEDDLE_TOKEN: 'write', GITLAB_TOKEN: 'write' }]);
  });

  it('with the artifacts of work they would be seen: the test above can fail', async () => {
    const { called } = await ended((text) => text.replaceAll('    - job: heddle-work\n      artifacts: false\n', '    - heddle-work\n'));
    for (const job of ['verify', 'deliver']) expect([job, hostileIn(called(job).env), called(job).folder.includes('heddle-work')]).toEqual([job, Object.keys(HOSTILE), true]);
  });
});

pipelines('the component as a project of its own', () => {
  it('its own pipeline finds both templates at the root, and a tag must be the version of the program', async () => {
    const folder = fileURLToPath(new URL('../../gitlab-component', import.meta.url));
    const files = Object.fromEntries([...filesBelow(folder)].map(([name, bytes]) => [name, bytes.toString('utf8')]));
    const place = makeProject({ folder: join(temporaryFolder('heddle-gitlab-'), 'heddle'), origin: 'http://gitlab.example.com/tools/heddle.git', files });
    expect(await jobsOf({ project: place, source: 'push', variables: { CI_COMMIT_TAG: VERSION } })).toEqual(['check-layout', 'check-version', 'create-release']);
    const right = await runPipeline({ project: place, source: 'push', variables: { CI_COMMIT_TAG: VERSION }, only: ['check-version', 'check-layout'], schema: true });
    expect([right.output, right.states]).toEqual([expect.any(String), { 'check-version': 'passed', 'check-layout': 'passed' }]);
    const wrong = await runPipeline({ project: place, source: 'push', variables: { CI_COMMIT_TAG: '9.9.9' }, only: ['check-version'] });
    expect([wrong.states['check-version'], wrong.log('check-version')]).toEqual(['failed', expect.stringContaining('asks for another version')]);
  });
});

let one: string | undefined;
/** For tests that only look at the jobs: one project is enough. */
function shared(): string {
  one ??= project('split');
  return one;
}

/** The same before_script stands in all jobs: each text once, and by the name of its first job after that. */
function once(rendered: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const seen = new Map<string, string>();
  return Object.fromEntries(Object.entries(rendered).map(([name, value]) => {
    const before = JSON.stringify((value as Job).before_script ?? []);
    const first = seen.get(before);
    if (before !== '[]' && first === undefined) seen.set(before, name);
    return [name, before === '[]' || first === undefined ? value : { ...(value as object), before_script: [`as ${first}`] }];
  }));
}
