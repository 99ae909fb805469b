import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
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

function project(template: string, inputs: Readonly<Record<string, unknown>> = {}): string {
  const place = temporaryFolder('heddle-gitlab-');
  mkdirSync(join(place, 'program', 'dist'), { recursive: true });
  writeFileSync(join(place, 'program', 'package.json'), '{"type":"module"}');
  writeFileSync(join(place, 'program', 'dist', 'cli.js'), ECHO);
  const include = { local: `heddle/${template}.yml`, inputs: { ticket: '$[[ inputs.ticket ]]', source: 'path', path: join(place, 'program'), ...inputs } };
  const pipeline = `${stringify({ spec: { inputs: { ticket: { default: '' } } } })}---\n${stringify({ include: [include] })}`;
  return makeProject({ folder: join(place, 'shop'), origin: 'http://gitlab.example.com/acme/shop.git', files: { ...componentFiles(), '.gitlab-ci.yml': pipeline, 'README.md': '# shop\n', '.npmrc': 'registry=http://127.0.0.1:9/\n' } });
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
      'heddle-admit', 'heddle-deliver', 'heddle-handover', 'heddle-verdict', 'heddle-verify', 'heddle-verify-failed', 'heddle-work', 'heddle-work-failed',
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

pipelines('what a taken-over work job leaves', () => {
  it('the hand-over keeps two plain files and nothing else', async () => {
    const place = project('split');
    const left = join(place, '.gitlab-ci-local', 'artifacts', 'heddle-work');
    const leave = (name: string, text: string): void => {
      mkdirSync(join(left, name, '..'), { recursive: true });
      writeFileSync(join(left, name), text);
    };
    leave('heddle-work/bundle/manifest.json', '{}');
    leave('heddle-work/bundle/change.bundle', 'bundle');
    leave('heddle-work/bundle/more.sh', 'x');
    leave('heddle-admit/plan.json', 'forged');
    leave('heddle-admit/answer.json', 'forged');
    leave('heddle-handover/plan.json', 'forged');
    leave('.npmrc', 'registry=http://evil.example/');
    const run = async (): Promise<string[]> => [...filesBelow((await runPipeline({ project: place, source: 'trigger', only: ['heddle-handover'] })).artifacts('heddle-handover')).keys()];
    expect(await run()).toEqual(['heddle-handover/change.bundle', 'heddle-handover/manifest.json']);
  });

  it('of verify one line goes on, and only when it is one of plain names', async () => {
    const place = project('split');
    const left = join(place, '.gitlab-ci-local', 'artifacts', 'heddle-verify', 'heddle-verify');
    mkdirSync(left, { recursive: true });
    const handed = async (outputs: string): Promise<readonly [string, string | undefined][]> => {
      writeFileSync(join(left, 'outputs.json'), outputs);
      const ending = await runPipeline({ project: place, source: 'trigger', only: ['heddle-verdict'] });
      return [...filesBelow(ending.artifacts('heddle-verdict'))].map(([name, bytes]) => [name, bytes.toString()]);
    };
    expect(await handed(JSON.stringify({ outcome: 'verified', held: 'test-replay/green,test-tampering/fewer-tests' }, null, 2))).toEqual([['heddle-verdict/held', 'test-replay/green,test-tampering/fewer-tests\n']]);
    expect(await handed(JSON.stringify({ held: 'none"; touch pwned; "', outcome: 'verified' }, null, 2))).toEqual([['heddle-verdict/held', '']]);
  });

  it('a link is no file of the bundle', async () => {
    const place = project('split');
    const bundle = join(place, '.gitlab-ci-local', 'artifacts', 'heddle-work', 'heddle-work', 'bundle');
    mkdirSync(bundle, { recursive: true });
    writeFileSync(join(place, '..', 'secret'), 'of the runner');
    symlinkSync(join(place, '..', 'secret'), join(bundle, 'manifest.json'));
    const ending = await runPipeline({ project: place, source: 'trigger', only: ['heddle-handover'] });
    expect([ending.states['heddle-handover'], [...filesBelow(ending.artifacts('heddle-handover')).keys()], ending.log('heddle-handover')]).toEqual(['passed', [], expect.stringContaining('left no bundle')]);
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

/** The same before_script stands in six jobs: each text once, and by the name of its first job after that. */
function once(rendered: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const seen = new Map<string, string>();
  return Object.fromEntries(Object.entries(rendered).map(([name, value]) => {
    const before = JSON.stringify((value as Job).before_script ?? []);
    const first = seen.get(before);
    if (before !== '[]' && first === undefined) seen.set(before, name);
    return [name, before === '[]' || first === undefined ? value : { ...(value as object), before_script: [`as ${first}`] }];
  }));
}
