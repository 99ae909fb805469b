import { userInfo } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { git } from '../adapters/workspace-git-fixture.js';
import { factsOf, fixtureAgent, GOOD, heddle, makeScene, put, RUN_ARGS, runTicket, seeForge, seeRun, type Scene } from './rig.js';

const HOLD = { rules: [
  { id: 'sums', match: { paths: ['total.mjs'] }, effect: 'hold', message: 'sums are looked at by the owners of money', require: { count: 2, teams: ['money'] }, labels: ['money'], reviewers: { users: ['kim'], teams: ['money'] } },
  { id: 'small', match: { size: { lines: { under: 10 } } }, effect: 'allow', labels: ['small'] },
] };

describe('a policy in a whole run', () => {
  let open: Scene | undefined;
  afterEach(() => { open?.close(); });
  const scene = (policy: object, files: Readonly<Record<string, string>> = {}, gates: object = {}): Scene => (open = makeScene({ config: { policy, gates }, files }));

  it('holds by a rule, says which and why, and waits for as many as the rule wants', async () => {
    const place = scene(HOLD);
    const ending = await runTicket(place);
    expect(ending.code).toBe(4);
    const [judged] = factsOf(seeRun(place.out), 'gate-evaluated');
    expect(judged?.policy).toMatchObject({
      effect: 'hold', decidedBy: 'policy/sums', matched: ['policy/sums', 'policy/small'], labels: ['money', 'small'], reviewers: { users: ['kim'], teams: ['money'], owners: false },
      approvals: [{ rule: 'policy/sums', count: 2, teams: ['money'], notRequester: true }],
    });
    expect(factsOf(seeRun(place.out), 'human-asked')[0]?.question).toContain('sums are looked at by the owners of money');
    const explained = await heddle(place, ['policy', 'explain', 'out']);
    expect(explained.stdout.split('\n').slice(0, 4).join('\n')).toMatch(/^Run [0-9a-z]+, attempt 1, judged at .*: The total is wrong\n\nVerdict: hold, decided by policy\/sums\n$/);
    expect(explained.stdout).toContain('    hold        policy/sums: sums are looked at by the owners of money\n      matched     files: 1 of 1 changed files fit paths total.mjs\n');
    expect(explained.stdout).toContain('approvals: 2 approvals of team money, not by whoever asked for the work (policy/sums)');
    // One person who is not known to be of the team is not two who are.
    const alone = await heddle(place, ['resume', 'out', '--answer', 'allow', '--json']);
    expect([alone.code, alone.stderr, seeForge(place.forge).changes]).toEqual([3, expect.stringContaining('The run goes on waiting: this yes counts for nothing'), []]);
    place.close();
  });

  it('delivers with the labels of its rules after the yes of whom the rule names', async () => {
    const [sums, small] = HOLD.rules;
    const place = scene({ rules: [{ ...sums, require: { users: [userInfo().username], not_requester: false } }, small] });
    expect((await runTicket(place)).code).toBe(4);
    const answered = await heddle(place, ['resume', 'out', '--answer', 'allow', '--json']);
    expect(answered.code).toBe(0);
    expect(factsOf(seeRun(place.out), 'approval-given')).toEqual([expect.objectContaining({ counts: ['policy/sums'] })]);
    const [change] = seeForge(place.forge).changes as readonly { readonly labels?: readonly string[] }[];
    expect(change?.labels).toEqual(expect.arrayContaining(['heddle', 'money', 'small']));
  });

  it('refuses by a rule of a floor from outside, whatever the repository says', async () => {
    const place = scene({ rules: [{ id: 'all', effect: 'allow' }] }, { 'org/floor.yml': 'rules:\n  - {id: frozen, effect: deny, match: {paths: ["**/*.mjs"]}, message: sums are frozen until the audit is over}\n' });
    const ending = await heddle(place, [...RUN_ARGS, '--policy-floor', './org/floor.yml', '--attempts', '1']);
    expect(ending.code).toBe(5);
    const [judged] = factsOf(seeRun(place.out), 'gate-evaluated');
    expect([judged?.verdict.effect, judged?.policy?.decidedBy, judged?.policy?.sources.map(({ name }) => name)]).toEqual(['deny', 'org/floor.yml/frozen', ['./org/floor.yml']]);
  });

  it('lifts a hold that its gate lets go, and is recorded as the one who did', async () => {
    const place = scene({ rules: [{ id: 'trusted', effect: 'allow', match: { paths: ['total.mjs'], files: 'every', size: { lines: { at_most: 4 } } }, lifts: ['hold-paths'] }] }, {}, { hold: ['total.mjs'] });
    const ending = await runTicket(place);
    expect(ending.code).toBe(0);
    const [judged] = factsOf(seeRun(place.out), 'gate-evaluated');
    expect(judged?.policy?.lifted).toEqual([{ gate: 'hold-paths', by: 'policy/trusted' }]);
    expect(judged?.verdict.tree.children?.find(({ rule }) => rule === 'hold-paths')?.words).toContain('lifted by the rule policy/trusted');
    // What is changed now would not have lifted it: simulate says so from the recorded facts.
    put(join(place.repo, '.heddle.yml'), JSON.stringify({ agent: { id: 'command', command: ['true'] }, policy: { rules: [{ id: 'again', effect: 'hold', require: { count: 2 }, match: { gates: { 'hold-paths': ['hold'] } } }] } }));
    const simulated = await heddle(place, ['policy', 'simulate', '--repo', 'repo', '--runs', '.', '--json']);
    const answer = JSON.parse(simulated.stdout) as { rows: { before: { effect: string }; after: { effect: string; by: string }; changed: boolean }[]; stricter: number };
    expect(answer.rows.map(({ before, after, changed }) => [before.effect, after.effect, after.by, changed])).toEqual([['allow', 'hold', 'policy/again', true]]);
    expect(answer.stricter).toBe(1);
  });

  it('goes by the policy of the base commit: neither the edited file nor the one of a change counts (A18)', async () => {
    const agent = fixtureAgent('good-patch', GOOD);
    const place = (open = makeScene({ agent, config: { policy: HOLD } }));
    // Somebody edits the policy on the disk, and another change carries one without rules.
    put(join(place.repo, '.heddle.yml'), JSON.stringify({ agent: { id: 'command', command: agent }, checks: { unit: { run: 'sh check.sh' } }, sandbox: { min_rung: 'none' } }));
    git(place.repo, 'checkout', '-q', '-b', 'agent');
    git(place.repo, 'commit', '-q', '-am', 'no rules');
    git(place.repo, 'checkout', '-q', 'main');
    put(join(place.repo, '.heddle.yml'), '{}');
    expect((await runTicket(place)).code).toBe(4);
    expect(factsOf(seeRun(place.out), 'gate-evaluated')[0]?.policy?.decidedBy).toBe('policy/sums');
  });

  it('refuses a change that brings a policy of its own (A18), before any rule is asked to forgive it', async () => {
    const agent = ['sh', '-c', 'echo "{}" > .heddle.yml; mkdir -p .heddle/policy-tests; echo "tests: []" > .heddle/policy-tests/a.yml'];
    const place = (open = makeScene({ agent, config: { policy: { rules: [{ id: 'all', effect: 'allow', lifts: ['protected-paths'] }] }, limits: { attempts: 1 } } }));
    expect((await runTicket(place)).code).toBe(5);
    const [judged] = factsOf(seeRun(place.out), 'gate-evaluated');
    expect(judged?.verdict.tree.children?.find(({ rule }) => rule === 'protected-paths')).toMatchObject({ effect: 'deny', values: { paths: ['.heddle.yml', '.heddle/policy-tests/a.yml'] } });
    expect(judged?.policy).toMatchObject({ effect: 'allow', lifted: [] });
  });

  it('does not begin with a policy that is wrong (A19), and says where', async () => {
    const place = (open = makeScene({ files: { '.heddle.yml': 'policy:\n  rules:\n    - id: a\n      effect: deny\n      when: change.linez > 3\n' } }));
    const ending = await heddle(place, [...RUN_ARGS]);
    expect(ending.code).toBe(2);
    expect(ending.stderr).toContain('.heddle.yml:5:20: policy.rules.0.when: No such key: linez');
  });
});
