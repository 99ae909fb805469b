import { describe, expect, it } from '@jest/globals';
import { PolicyOutcome } from '../../src/domain/policy-outcome.js';
import { VerdictNode } from '../../src/domain/verdict.js';
import type { Preset } from '../../src/policy/presets/preset.js';
import { factsOf, judged, person, source, type FactsInput } from './policy-fixtures.js';

type Rules = NonNullable<Preset['rules']>;
type RuleInput = Rules[number];
const rule = (more: Partial<RuleInput> = {}): RuleInput => ({ id: 'r', effect: 'deny', ...more });

/** Does the condition match? `unknown` when it needs a fact that is not there. */
async function status(match: RuleInput['match'], facts: FactsInput = {}): Promise<string | undefined> {
  const { tree } = await judged({ rules: [rule({ match })] }, facts);
  return tree.children?.[0]?.status;
}

describe('conditions', () => {
  const big: FactsInput = { files: [{ path: 'src/a.ts', additions: 300, deletions: 100 }, { path: 'docs/a.md', additions: 5 }], bytes: 9000 };
  it.each<[string, RuleInput['match'], FactsInput, string]>([
    ['a path', { paths: ['src/**'] }, {}, 'matched'],
    ['a folder by its name alone', { paths: ['src'] }, {}, 'matched'],
    ['another path', { paths: ['lib/**'] }, {}, 'not-matched'],
    ['another spelling of a path, for a rule that denies', { paths: ['infra/**'] }, { files: ['INFRA/a.tf'] }, 'matched'],
    ['a look-alike of a path', { paths: ['infra/**'] }, { files: ['infr\u0430/a.tf'] }, 'matched'],
    ['an exception', { paths: ['src/**'], except: ['src/a.*'] }, {}, 'not-matched'],
    ['an exception written otherwise does not help through', { paths: ['src/**'], except: ['src/A.ts'] }, {}, 'matched'],
    ['conditions about files are asked of one file', { paths: ['src/**'], change: ['added'] }, { files: ['src/a.ts', { path: 'docs/b.md', status: 'added' }] }, 'not-matched'],
    ['every file', { kinds: ['docs'], files: 'every' }, { files: ['README.md', 'src/a.ts'] }, 'not-matched'],
    ['every file, and it is so', { kinds: ['docs'], files: 'every' }, { files: ['README.md', 'docs/a.rst'] }, 'matched'],
    ['every file of none', { kinds: ['docs'], files: 'every' }, { files: [] }, 'not-matched'],
    ['an added file', { change: ['added'] }, { files: [{ path: 'a', status: 'added' }] }, 'matched'],
    ['a mode', { change: ['mode'] }, { files: [{ path: 'a', newMode: '100755' }] }, 'matched'],
    ['what can be run now', { change: ['executable'] }, { files: [{ path: 'a', newMode: '100755' }] }, 'matched'],
    ['a binary', { change: ['binary'] }, { files: [{ path: 'a', binary: true }] }, 'matched'],
    ['a link', { change: ['link'] }, { files: [{ path: 'a', newMode: '120000' }] }, 'matched'],
    ['a submodule', { change: ['submodule'] }, { files: [{ path: 'a', newMode: '160000' }] }, 'matched'],
    ['owners', { owners: ['acme/pay'] }, { codeowners: [{ pattern: '*', owners: ['@acme/pay'] }] }, 'matched'],
    ['owners by a star', { owners: ['acme/*'] }, { codeowners: [{ pattern: '*', owners: ['@acme/pay'] }] }, 'matched'],
    ['files of nobody', { owners: ['none'] }, {}, 'matched'],
    ['labels in any case', { labels: ['BUG'] }, { labels: ['bug'] }, 'matched'],
    ['labels by a star', { labels: ['area/*'] }, { labels: ['area/billing'] }, 'matched'],
    ['a tracker', { source: { tracker: ['jira'] } }, {}, 'not-matched'],
    ['a requester', { source: { requester: ['maria'] } }, {}, 'matched'],
    ['a requester that is a machine', { source: { requester_kind: ['bot'] } }, { requester: person('dep-bot', 'bot') }, 'matched'],
    ['an unknown requester', { source: { requester: ['maria'] } }, { requester: undefined }, 'unknown'],
    ['the author of the ticket', { source: { author: ['tom'] } }, {}, 'not-matched'],
    ['an agent', { agent: ['codex'] }, {}, 'not-matched'],
    ['a model', { model: ['claude-*'] }, {}, 'matched'],
    ['attempts', { attempts: { over: 1 } }, { attempts: 3 }, 'matched'],
    ['a risk that nobody knows', { risk: ['high'] }, {}, 'unknown'],
    ['a risk', { risk: ['high'] }, { risk: { level: 'high', score: 70 } }, 'matched'],
    ['a score', { risk_score: { at_most: 50 } }, { risk: { level: 'high', score: 70 } }, 'not-matched'],
    ['another gate', { gates: { secrets: ['hold', 'deny'] } }, { gates: [{ rule: 'secrets', effect: 'hold' }] }, 'matched'],
    ['a gate that is not there', { gates: { secretz: ['deny'] } }, { gates: [{ rule: 'secrets', effect: 'deny' }] }, 'unknown'],
    ['many lines', { size: { lines: { over: 404 } } }, big, 'matched'],
    ['few lines', { size: { lines: { over: 405 } } }, big, 'not-matched'],
    ['lines of some files', { paths: ['docs/**'], size: { lines: { under: 10 } } }, big, 'matched'],
    ['bytes of the patch', { size: { bytes: { at_least: 9000 } } }, big, 'matched'],
    ['deletions and files', { size: { deletions: { at_least: 100 }, files: { at_most: 1 } } }, big, 'not-matched'],
    ['all of several', { all: [{ labels: ['heddle'] }, { agent: ['builtin'] }] }, {}, 'matched'],
    ['all, but one is not', { all: [{ labels: ['heddle'] }, { agent: ['codex'] }] }, {}, 'not-matched'],
    ['any of several', { any: [{ labels: ['x'] }, { agent: ['builtin'] }] }, {}, 'matched'],
    ['not', { not: { labels: ['x'] } }, {}, 'matched'],
    ['beside one another', { labels: ['heddle'], not: { paths: ['src/**'] } }, {}, 'not-matched'],
    ['unknown and false is false', { risk: ['high'], labels: ['x'] }, {}, 'not-matched'],
    ['unknown or true is true', { any: [{ risk: ['high'] }, { labels: ['heddle'] }] }, {}, 'matched'],
    ['not unknown is unknown', { not: { risk: ['high'] } }, {}, 'unknown'],
    ['nothing asked', {}, {}, 'matched'],
  ])('%s', async (_name, match, facts, expected) => {
    expect(await status(match, facts)).toBe(expected);
  });

  it('calls a file that moved renamed, under both names', async () => {
    const blob = '1'.repeat(40);
    const files = [{ path: 'old.ts', status: 'deleted' as const, oldBlob: blob as never, newMode: '000000' as const }, { path: 'new.ts', status: 'added' as const, newBlob: blob as never, oldMode: '000000' as const }, { path: 'other.ts', status: 'added' as const, newBlob: '2'.repeat(40) as never }];
    expect(factsOf({ files }).change.files.map(({ path, changes }) => `${path} ${changes.join('+')}`)).toEqual(['old.ts deleted+renamed', 'new.ts added+renamed', 'other.ts added']);
  });

  it('knows services, tiers, data classes and owners by path', async () => {
    const services: Preset['services'] = { pay: { paths: ['src/pay'], tier: 'critical', data: ['pci'], owners: ['@acme/pay'] } };
    const of = async (match: RuleInput['match']): Promise<string | undefined> => (await judged({ services, rules: [rule({ match })] }, { files: ['src/pay/a.ts', 'README.md'] })).tree.children?.[0]?.status;
    expect(await Promise.all([of({ services: ['pay'] }), of({ tiers: ['critical'] }), of({ data: ['pci', 'pii'] }), of({ owners: ['acme/pay'] }), of({ services: ['ship'] }), of({ paths: ['README.md'], services: ['pay'] })])).toEqual(['matched', 'matched', 'matched', 'matched', 'not-matched', 'not-matched']);
  });
});

describe('how rules combine', () => {
  const always = (id: string, effect: RuleInput['effect'], more: Partial<RuleInput> = {}): RuleInput => ({ id, effect, ...more });
  it.each<[string, Rules, Preset['default'], string, string]>([
    ['nothing', [], undefined, 'allow', 'default'],
    ['deny beats hold beats allow, whatever the order', [always('a', 'allow'), always('h', 'hold'), always('d', 'deny')], undefined, 'deny', 'policy/d'],
    ['the first of the strictest is named', [always('h1', 'hold'), always('h2', 'hold')], undefined, 'hold', 'policy/h1'],
    ['the default when nothing applies', [always('d', 'deny', { match: { labels: ['x'] } })], 'hold', 'hold', 'default'],
    ['an allow lifts the default', [always('a', 'allow')], 'deny', 'allow', 'policy/a'],
    ['an allow does not lift a hold', [always('a', 'allow'), always('h', 'hold')], undefined, 'hold', 'policy/h'],
    ['what cannot be decided is held', [always('d', 'deny', { match: { risk: ['high'] } })], undefined, 'hold', 'policy/d'],
    ['what cannot be decided does not replace a stricter default', [always('d', 'deny', { match: { risk: ['high'] } })], 'deny', 'deny', 'default'],
    ['an allow that cannot be decided is silent', [always('a', 'allow', { match: { risk: ['low'] } })], 'hold', 'hold', 'default'],
    ['an expression that fails is an error, also in a rule that allows', [always('a', 'allow', { when: 'change.files[7].path == "x"' })], undefined, 'error', 'policy/a'],
    ['an error beats a deny', [always('d', 'deny'), always('a', 'allow', { when: '1 / 0 == 1' })], undefined, 'error', 'policy/a'],
    ['an expression is not asked when the conditions do not hold', [always('a', 'allow', { match: { labels: ['x'] }, when: '1 / 0 == 1' })], undefined, 'allow', 'default'],
  ])('%s', async (_name, rules, fallback, effect, by) => {
    const said = await judged({ rules, ...(fallback === undefined ? {} : { default: fallback }) });
    expect([said.effect, said.outcome.decidedBy, said.tree.effect]).toEqual([effect, by, effect]);
    expect(() => [VerdictNode.parse(said.tree), PolicyOutcome.parse(said.outcome)]).not.toThrow();
  });

  it('collects labels, reviewers, approvals, the smallest budget and the first workflow', async () => {
    const { outcome } = await judged({ rules: [
      { id: 'a', effect: 'hold', require: { count: 2, roles: ['security'], teams: ['acme/sec'] }, labels: ['security', 'x'], reviewers: { users: ['kim'], owners: true }, budget: { attempts: 3, run_time: '2h' }, workflow: 'careful' },
      { id: 'b', effect: 'hold', labels: ['x', 'y'], reviewers: { teams: ['acme/sec'], users: ['kim'] }, budget: { attempts: 2, cost_usd: 1.5, run_time: '90m' }, workflow: 'other' },
      { id: 'c', match: { labels: ['no'] }, labels: ['z'] },
    ] });
    expect(outcome).toMatchObject({
      effect: 'hold', matched: ['policy/a', 'policy/b'], labels: ['security', 'x', 'y'], reviewers: { users: ['kim'], teams: ['acme/sec'], owners: true }, budget: { attempts: 2, costUsd: 1.5, runTimeMs: 5_400_000 }, workflow: 'careful',
      approvals: [{ rule: 'policy/a', count: 2, roles: ['security'], teams: ['acme/sec'], users: [], notRequester: true }, { rule: 'policy/b', count: 1, roles: [], teams: [], users: [], notRequester: false }],
    });
  });

  it('lets an authorised person lift a hold for one run, never a deny', async () => {
    const overrides = ['policy/h', 'policy/d', 'policy/fixed'];
    const held = await judged({ rules: [always('h', 'hold')] }, { overrides });
    expect([held.effect, held.tree.children?.[0]?.words]).toEqual(['allow', 'lifted by an authorised person; it said: applies to every change']);
    expect((await judged({ rules: [always('d', 'deny')] }, { overrides })).effect).toBe('deny');
    expect((await judged({ rules: [always('fixed', 'hold', { overridable: false })] }, { overrides })).effect).toBe('hold');
    const floor = source('floor.yml', { rules: [always('h', 'hold'), always('soft', 'hold', { overridable: true })] });
    const under = await judged({ floor: [floor.name] }, { overrides: ['acme/policies/floor.yml/h', 'acme/policies/floor.yml/soft'] }, [floor]);
    expect([under.effect, under.outcome.approvals.map(({ rule: by }) => by)]).toEqual(['hold', ['acme/policies/floor.yml/h']]);
  });
});

describe('what a policy stands on', () => {
  const floor = source('floor.yml', { rules: [{ id: 'pay', effect: 'hold', match: { services: ['pay'] } }, { id: 'lift', effect: 'allow', match: { labels: ['ok'] } }], services: { pay: { paths: ['src/pay/**'] } }, may_lift: [] });
  const team = source('team.yml', { extends: ['heddle:library'], default: 'hold', rules: [{ id: 'big', effect: 'deny', match: { size: { files: { over: 50 } } } }] });

  it('puts presets first, each once, and names their rules by where they come from', async () => {
    const { tree, outcome } = await judged({ extends: [team.name, 'heddle:library'], rules: [{ id: 'own', effect: 'allow' }] }, { files: ['src/x.ts'] }, [team]);
    const names = tree.children?.map(({ rule: name }) => name) ?? [];
    expect(names.filter((name) => name === 'heddle:library/dependencies')).toHaveLength(1);
    expect(names.slice(-2)).toEqual(['acme/policies/team.yml/big', 'policy/own']);
    expect(outcome.sources.map(({ name, commit }) => [name, commit?.slice(0, 3)])).toEqual([[team.name, 'aaa'], ['heddle:library', undefined]]);
  });

  it('takes the default of the presets, the strictest of them, and lets the own one replace it', async () => {
    const defaults = async (own: Preset): Promise<string> => (await judged(own, { files: ['src/x.ts'] }, [team])).effect;
    expect(await defaults({ extends: [team.name] })).toBe('hold');
    expect(await defaults({ extends: [team.name], default: 'allow' })).toBe('allow');
    expect(await defaults({ extends: [team.name, 'heddle:docs-only'] })).toBe('deny');
  });

  it('switches off rules of presets by name, and never those of a floor', async () => {
    const files = ['package.json'];
    expect((await judged({ extends: ['heddle:library'] }, { files })).effect).toBe('hold');
    const off = await judged({ extends: ['heddle:library'], disable: ['heddle:library/dependencies'] }, { files });
    expect([off.effect, off.tree.children?.find(({ rule: name }) => name === 'heddle:library/dependencies')?.status]).toEqual(['allow', 'off']);
    expect((await judged({ floor: ['heddle:library'], extends: ['heddle:library'], disable: ['heddle:library/dependencies'] }, { files })).effect).toBe('hold');
  });

  it('judges a floor by its own list of services: nobody below can redraw it', async () => {
    const files = ['src/pay/a.ts'];
    const redrawn: Preset = { floor: [floor.name], services: { pay: { paths: ['nowhere/**'] } }, rules: [{ id: 'fine', effect: 'allow' }] };
    const said = await judged(redrawn, { files }, [floor]);
    expect([said.effect, said.outcome.decidedBy, said.tree.children?.[0]?.rule]).toEqual(['hold', 'acme/policies/floor.yml/pay', 'floor acme/policies/floor.yml']);
  });

  it('finds floors in what is extended, and floors of floors', async () => {
    const deep = source('deep.yml', { floor: [floor.name] });
    const deeper = source('deeper.yml', { extends: [deep.name] });
    expect((await judged({ extends: [deeper.name] }, { files: ['src/pay/a.ts'] }, [floor, deep, deeper])).effect).toBe('hold');
    expect((await judged({ floor: [deep.name] }, { files: ['src/pay/a.ts'] }, [floor, deep])).effect).toBe('hold');
  });
});
