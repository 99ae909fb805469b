import { describe, expect, it } from '@jest/globals';
import { readTemplate, textOf, whole, type Job } from './component.js';

/**
 * What the four jobs rest on, as rules over the template; the counterpart of the rules over the workflow of GitHub
 * (test/arch/split-workflow.test.ts).
 */
function problems(text: string): string[] {
  const { jobs } = readTemplate(text);
  const names = Object.keys(jobs).filter((name) => !name.startsWith('.'));
  const found: string[] = [];
  const rule = (words: string, holds: boolean): void => { if (!holds) found.push(words); };
  const job = (name: string): Job => whole(jobs, name);
  const script = (name: string): string => [...job(name).before_script ?? [], ...job(name).script ?? []].join('\n');
  const needs = (name: string): string[] => (job(name).needs ?? []).map((need) => (typeof need === 'string' ? need : `${need.job}${need.artifacts === false ? ' without artifacts' : ''}`));
  const TELLING = ['heddle-deliver', 'heddle-work-failed', 'heddle-verify-failed'];
  const HANDING = ['heddle-handover', 'heddle-verdict'];
  const TOKEN = 'export GITLAB_TOKEN=';
  const KEY = 'export HEDDLE_MODEL_KEY=';
  rule('the jobs are known', JSON.stringify(names.sort()) === JSON.stringify(['heddle-admit', 'heddle-work', 'heddle-handover', 'heddle-verify', 'heddle-verdict', ...TELLING].sort()));
  for (const name of names) {
    const one = job(name);
    rule(`${name} inherits nothing but tags`, JSON.stringify(one.inherit) === '{"default":["tags"],"variables":false}');
    rule(`${name} is not checked out by the runner`, one.variables?.['GIT_STRATEGY'] === 'none' && Object.keys(one.variables).length === 1);
    rule(`${name} is not tried again, cached or interrupted`, one.retry === 0 && JSON.stringify(one.cache) === '[]' && one.interruptible === false);
    rule(`${name} has a timeout`, typeof one.timeout === 'string');
    rule(`${name} makes no variables`, one.artifacts?.reports?.['dotenv'] === undefined);
    rule(`${name} asks for no pipeline variable`, !/\$\{?(?:HEDDLE|TICKET|INPUT)_[A-Z]*TICKET|\beval\b/.test(script(name)));
    const [first, ...others] = one.rules ?? [];
    rule(`${name} is for the default branch alone`, first?.when === 'never' && first.if.includes('$CI_COMMIT_BRANCH != $CI_DEFAULT_BRANCH') && first.if.includes('$CI_COMMIT_BRANCH == null'));
    rule(`${name} is never of a push or a merge request`, others.length > 0 && others.every((other) => /CI_PIPELINE_SOURCE (?:== "trigger"|=~ \/\^\(web\|api\|schedule\|parent_pipeline\|pipeline\)\$\/)/.test(other.if)));
  }
  // Variables that are bound to environments reach the jobs of these environments alone.
  rule('each secret has an environment of its own', new Set(['heddle-admit', 'heddle-work', 'heddle-deliver'].map((name) => job(name).environment?.name)).size === 3);
  for (const name of ['heddle-verify', ...HANDING]) rule(`${name} has no environment`, job(name).environment === undefined);
  rule('the token is in admit and the last jobs', names.filter((name) => script(name).includes(TOKEN)).sort().join() === ['heddle-admit', ...TELLING].sort().join());
  rule('the key is in work alone', names.filter((name) => script(name).includes(KEY)).join() === 'heddle-work');
  rule('an identity in the last jobs alone', names.filter((name) => job(name).id_tokens !== undefined).sort().join() === [...TELLING].sort().join());
  for (const name of ['heddle-work', 'heddle-verify']) rule(`${name} drops the runner's tokens`, /^heddle_drop_tokens$/m.test(script(name)) && script(name).lastIndexOf('heddle_drop_tokens') < script(name).lastIndexOf(`heddle ${name.slice(7)} `));
  rule('work leaves no report', job('heddle-work').artifacts?.reports === undefined);
  // What a job with foreign code uploads may have any name inside: no job with the plan may unpack it.
  for (const name of names.filter((one) => !HANDING.includes(one))) rule(`${name} does not unpack what work or verify left`, !needs(name).includes('heddle-work') && !needs(name).includes('heddle-verify'));
  rule('each hand-over takes from one job alone', needs('heddle-handover').join() === 'heddle-work' && needs('heddle-verdict').join() === 'heddle-verify');
  for (const name of HANDING) {
    rule(`${name} leaves its own folder alone`, job(name).artifacts?.paths?.join() === `${name}/` && job(name).artifacts?.reports === undefined);
    rule(`${name} runs nothing of Heddle`, (job(name).before_script ?? []).length === 0 && !script(name).includes('heddle_') && !/\bnode\b/.test(script(name)));
  }
  rule('verify and deliver take the plan of admit', ['heddle-verify', 'heddle-deliver'].every((name) => needs(name).includes('heddle-admit') && needs(name).includes('heddle-handover')));
  rule('deliver waits for verify itself', needs('heddle-deliver').includes('heddle-verify without artifacts'));
  rule('deliver goes by the colour of verify', job('heddle-deliver').when === undefined && script('heddle-deliver').includes('--verified=success') && (job('heddle-deliver').rules ?? []).every((one) => one.when !== 'always' && one.when !== 'on_failure'));
  for (const name of ['heddle-work-failed', 'heddle-verify-failed']) {
    rule(`${name} delivers nothing`, script(name).includes('--verified=failure') && !script(name).includes('--verified=success') && !script(name).includes('--bundle='));
    rule(`${name} runs after a failure alone`, (job(name).rules ?? []).every((one) => one.when === 'on_failure' || one.when === 'never'));
  }
  for (const name of ['heddle-admit', ...TELLING]) rule(`${name} waits for its ticket`, job(name).resource_group === 'heddle-$[[ inputs.ticket ]]');
  return [...new Set(found)];
}

const SHIPPED = textOf('split');

describe('the shipped split of GitLab', () => {
  it('keeps every rule', () => {
    expect(problems(SHIPPED)).toEqual([]);
  });

  it.each<[string, (text: string) => string, string]>([
    ['variables of the pipeline around', (text) => text.replace('    variables: false', '    variables: true'), 'heddle-work inherits nothing but tags'],
    ['a checkout by the runner', (text) => text.replace('GIT_STRATEGY: none', 'GIT_STRATEGY: clone'), 'heddle-work is not checked out by the runner'],
    ['a retry', (text) => text.replace('retry: 0', 'retry: 2'), 'heddle-work is not tried again, cached or interrupted'],
    ['a shared cache', (text) => text.replace('cache: []', 'cache: { key: x, paths: [node_modules/] }'), 'heddle-work is not tried again, cached or interrupted'],
    ['variables out of work', (text) => text.replace('    paths: [heddle-work/]', '    paths: [heddle-work/]\n    reports: { dotenv: heddle-work/heddle.env }'), 'heddle-work makes no variables'],
    ['a report out of work', (text) => text.replace('    paths: [heddle-work/]', '    paths: [heddle-work/]\n    reports: { junit: heddle-work/junit.xml }'), 'work leaves no report'],
    ['a pipeline of a merge request', (text) => text.replaceAll('^(web|', '^(merge_request_event|web|'), 'heddle-admit is never of a push or a merge request'],
    ['a branch of anybody', (text) => text.replaceAll("$CI_COMMIT_BRANCH != $CI_DEFAULT_BRANCH'", "$CI_COMMIT_BRANCH != \"x\"'"), 'heddle-admit is for the default branch alone'],
    ['one environment for all', (text) => text.replaceAll('environment ]]/work', 'environment ]]/deliver'), 'each secret has an environment of its own'],
    ['a token in work', (text) => text.replace('      export HEDDLE_MODEL_KEY', '      export GITLAB_TOKEN="$HEDDLE_TOKEN"\n      export HEDDLE_MODEL_KEY'), 'the token is in admit and the last jobs'],
    ['a key in deliver', (text) => text.replace('      heddle deliver "$@"', '      export HEDDLE_MODEL_KEY=x\n      heddle deliver "$@"'), 'the key is in work alone'],
    ['an identity in work', (text) => text.replace('  timeout: $[[ inputs.work-timeout ]]', '  timeout: 1 hour\n  id_tokens: { T: { aud: x } }'), 'an identity in the last jobs alone'],
    ['tokens of the runner in work', (text) => text.replace('      heddle_drop_tokens\n      export', '      export'), 'heddle-work drops the runner\'s tokens'],
    ['a deliver job that unpacks what work left', (text) => text.replace('    - heddle-handover\n', '    - heddle-work\n'), 'heddle-deliver does not unpack what work or verify left'],
    ['a deliver job that unpacks what verify left', (text) => text.replace('    - heddle-verdict\n', '    - heddle-verify\n'), 'heddle-deliver does not unpack what work or verify left'],
    ['a deliver job that does not wait for verify', (text) => text.replace('    - job: heddle-verify\n      artifacts: false\n  # A gate', '  # A gate'), 'deliver waits for verify itself'],
    ['a deliver job that says itself how verify ended', (text) => text.replace('--verified=failure', '--verified=success'), 'heddle-work-failed delivers nothing'],
    ['a deliver job that always runs', (text) => text.replace("heddle-deliver:\n  extends: .heddle-deliver\n", "heddle-deliver:\n  extends: .heddle-deliver\n  when: always\n"), 'deliver goes by the colour of verify'],
    ['a wider hand-over', (text) => text.replace('paths: [heddle-handover/]', 'paths: ["**/*"]'), 'heddle-handover leaves its own folder alone'],
    ['a hand-over of both', (text) => text.replace('needs: [heddle-verify]', 'needs: [heddle-verify, heddle-work]'), 'each hand-over takes from one job alone'],
    ['two deliveries at once', (text) => text.replaceAll(/ {2}resource_group: .*\n/g, ''), 'heddle-deliver waits for its ticket'],
    ['a time without end', (text) => text.replace('  timeout: 15 minutes\n', ''), 'heddle-admit has a timeout'],
  ])('%s is seen', (_, spoil, words) => {
    const spoiled = spoil(SHIPPED);
    expect(spoiled).not.toBe(SHIPPED);
    expect(problems(spoiled)).toContain(words);
  });
});

describe('the shipped one-job template of GitLab', () => {
  it('keeps what one job can keep', () => {
    const { jobs } = readTemplate(textOf('run'));
    expect(Object.keys(jobs)).toEqual(['heddle-run']);
    const job = whole(jobs, 'heddle-run');
    expect(job).toMatchObject({ inherit: { default: ['tags'], variables: false }, variables: { GIT_STRATEGY: 'none' }, retry: 0, cache: [], interruptible: false, resource_group: 'heddle-$[[ inputs.ticket ]]', environment: { action: 'access' } });
    expect(job.artifacts?.reports?.['dotenv']).toBeUndefined();
    expect(job.rules?.[0]).toMatchObject({ when: 'never', if: expect.stringContaining('$CI_COMMIT_BRANCH != $CI_DEFAULT_BRANCH') });
  });
});
