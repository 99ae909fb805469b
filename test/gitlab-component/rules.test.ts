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
  const BUNDLE = '--bundle-job=heddle-work --bundle=heddle-work/bundle ';
  const TOKEN = 'export GITLAB_TOKEN=';
  const READ = 'export GITLAB_TOKEN="$heddle_read"';
  const KEY = 'export HEDDLE_MODEL_KEY=';
  rule('the jobs are known', JSON.stringify(names.sort()) === JSON.stringify(['heddle-admit', 'heddle-work', 'heddle-verify', ...TELLING].sort()));
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
  rule('each secret has an environment of its own', new Set(['heddle-admit', 'heddle-work', 'heddle-verify', 'heddle-deliver'].map((name) => job(name).environment?.name)).size === 4);
  rule('each job has an environment', names.every((name) => job(name).environment?.name !== undefined && job(name).environment?.action === 'access'));
  rule('the token is in admit and the last jobs', names.filter((name) => script(name).replace(READ, '').includes(TOKEN)).sort().join() === ['heddle-admit', ...TELLING].sort().join());
  rule('another token is in verify alone, and can only read', [READ, '${$[[ inputs.read-token-variable ]]'].every((words) => names.filter((name) => script(name).includes(words)).join() === 'heddle-verify') && !script('heddle-verify').includes('${$[[ inputs.token-variable ]]'));
  rule('the key is in work alone', names.filter((name) => script(name).includes(KEY)).join() === 'heddle-work');
  rule('an identity in the last jobs alone', names.filter((name) => job(name).id_tokens !== undefined).sort().join() === [...TELLING].sort().join());
  // Verify keeps the one token with which the program asks for work's files.
  for (const [name, drops] of [['heddle-work', 'heddle_drop_tokens'], ['heddle-verify', 'heddle_drop_other_tokens']] as const) rule(`${name} drops the runner's tokens`, script(name).split('\n').includes(drops) && script(name).lastIndexOf(drops) < script(name).lastIndexOf(`heddle ${name.slice(7)} `));
  rule('work leaves no report', job('heddle-work').artifacts?.reports === undefined);
  // What a job with foreign code uploads may have any name inside, and becomes variables when it is a dotenv report: no job takes it.
  const AFTER = names.filter((name) => name !== 'heddle-admit' && name !== 'heddle-work');
  for (const name of names) {
    rule(`${name} takes nothing of work or verify`, Array.isArray(job(name).needs) && !needs(name).includes('heddle-work') && !needs(name).includes('heddle-verify'));
    rule(`${name} says itself what it needs`, (job(name) as { readonly dependencies?: unknown }).dependencies === undefined);
  }
  for (const name of AFTER) rule(`${name} has the plan of admit and no other artifact`, needs(name).filter((need) => !need.endsWith(' without artifacts')).join() === 'heddle-admit');
  for (const name of ['heddle-verify', 'heddle-deliver']) rule(`${name} asks GitLab for the files of work`, script(name).includes(BUNDLE.trimEnd()) && !script(name).includes('--bundle-digest='));
  rule('verify waits for work itself', needs('heddle-verify').includes('heddle-work without artifacts'));
  rule('deliver waits for verify itself', needs('heddle-deliver').includes('heddle-verify without artifacts'));
  rule('deliver goes by the colour of verify', job('heddle-deliver').when === undefined && script('heddle-deliver').includes('--verify-job=heddle-verify') && !script('heddle-deliver').includes('--verified=') && !script('heddle-deliver').includes('--held=') && (job('heddle-deliver').rules ?? []).every((one) => one.when !== 'always' && one.when !== 'on_failure'));
  for (const name of ['heddle-work-failed', 'heddle-verify-failed']) {
    rule(`${name} delivers nothing`, script(name).includes('--verified=failure') && !script(name).includes('--verified=success') && !script(name).includes('--bundle') && !script(name).includes('--verify-job'));
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
    ['a verify job that keeps the password of the registry', (text) => text.replace('      heddle_drop_other_tokens\n      unset', '      unset'), 'heddle-verify drops the runner\'s tokens'],
    ['the write token in verify', (text) => text.replace('${$[[ inputs.read-token-variable ]]:-}', '${$[[ inputs.token-variable ]]:-}'), 'another token is in verify alone, and can only read'],
    ['the token to read in work', (text) => text.replace('      export HEDDLE_MODEL_KEY', '      heddle_read="${$[[ inputs.read-token-variable ]]:-}"\n      export HEDDLE_MODEL_KEY'), 'another token is in verify alone, and can only read'],
    ['a verify job that takes variables of work', (text) => text.replace('    - job: heddle-work\n      artifacts: false\n  timeout', '    - heddle-work\n  timeout'), 'heddle-verify takes nothing of work or verify'],
    ['a verify job that says so in words', (text) => text.replace('    - job: heddle-work\n      artifacts: false\n  timeout', '    - job: heddle-work\n      artifacts: true\n  timeout'), 'heddle-verify takes nothing of work or verify'],
    ['a verify job that takes all jobs before it', (text) => text.replace('  needs:\n    - heddle-admit\n    - job: heddle-work\n      artifacts: false\n  timeout', '  timeout'), 'heddle-verify takes nothing of work or verify'],
    ['a deliver job that takes variables of work', (text) => text.replace('    - job: heddle-work\n      artifacts: false\n    - job: heddle-verify', '    - heddle-work\n    - job: heddle-verify'), 'heddle-deliver takes nothing of work or verify'],
    ['a deliver job that takes variables of verify', (text) => text.replace('    - job: heddle-verify\n      artifacts: false\n  # A gate', '    - heddle-verify\n  # A gate'), 'heddle-deliver takes nothing of work or verify'],
    ['a telling job that takes variables of work', (text) => text.replace('    - job: heddle-work\n      artifacts: false\n\nheddle-verify-failed', '    - heddle-work\n\nheddle-verify-failed'), 'heddle-work-failed takes nothing of work or verify'],
    ['a job between that hands on', (text) => text.replace('\n# Runs the checks again', '\nheddle-handover:\n  extends: .heddle\n  needs: [heddle-work]\n  script: [cp -r heddle-work heddle-handover]\n\n# Runs the checks again'), 'the jobs are known'],
    ['a verify job with a bundle out of a folder', (text) => text.replace('--bundle-job=heddle-work --bundle=heddle-work/bundle --gitlab-url', '--bundle=heddle-work/bundle --gitlab-url'), 'heddle-verify asks GitLab for the files of work'],
    ['a verify job that does not wait for work', (text) => text.replace('    - job: heddle-work\n      artifacts: false\n  timeout', '  timeout'), 'verify waits for work itself'],
    ['a deliver job that does not wait for verify', (text) => text.replace('    - job: heddle-verify\n      artifacts: false\n  # A gate', '  # A gate'), 'deliver waits for verify itself'],
    ['a deliver job that takes the word of another', (text) => text.replace('--verify-job=heddle-verify', '--verified=success'), 'deliver goes by the colour of verify'],
    ['a deliver job that says itself how verify ended', (text) => text.replace('--verified=failure', '--verified=success'), 'heddle-work-failed delivers nothing'],
    ['a deliver job that always runs', (text) => text.replace("heddle-deliver:\n  extends: .heddle-deliver\n", "heddle-deliver:\n  extends: .heddle-deliver\n  when: always\n"), 'deliver goes by the colour of verify'],
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
