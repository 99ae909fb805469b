import { describe, expect, it } from '@jest/globals';
import { strictest, type Verdict, type VerdictNode } from '../../src/domain/verdict.js';
import { joinPolicy } from '../../src/gates/join-policy.js';
import type { Preset } from '../../src/policy/presets/preset.js';
import { renderVerdict } from '../../src/policy/render-verdict.js';
import { compiled, factsOf, source, type FactsInput } from '../policy/policy-fixtures.js';

const gates = (...nodes: VerdictNode[]): Verdict => ({ effect: strictest(nodes.map(({ effect }) => effect)), tree: { rule: 'gates', effect: 'allow', words: '', children: nodes } });
const node = (rule: string, effect: VerdictNode['effect'], more: Partial<VerdictNode> = {}): VerdictNode => ({ rule, effect, words: `${rule} said so`, ...more });
const join = async (verdict: Verdict, policy: Preset, facts: FactsInput = {}) => joinPolicy(verdict, await compiled(policy, [FLOOR, LIFTING]), factsOf(facts));
const FLOOR = source('floor.yml', { rules: [{ id: 'any', effect: 'allow' }], may_lift: ['executables'] });
const LIFTING = source('lifting.yml', { rules: [{ id: 'lift', effect: 'allow', lifts: ['hold-paths', 'executables'] }] });

describe('joinPolicy', () => {
  it('leaves the gates alone where there are no rules', async () => {
    const verdict = gates(node('size', 'hold'));
    expect(await join(verdict, {})).toEqual({ verdict, policy: undefined });
  });

  it.each<[string, VerdictNode['effect'], NonNullable<Preset['rules']>, string, string]>([
    ['the strictest counts: the gate', 'deny', [{ id: 'r', effect: 'hold' }], 'deny', 'size says deny'],
    ['the strictest counts: the policy', 'hold', [{ id: 'r', effect: 'deny' }], 'deny', 'policy says deny'],
    ['both', 'hold', [{ id: 'r', effect: 'hold' }], 'hold', 'size, policy say hold'],
    ['an allow lifts nothing by itself', 'hold', [{ id: 'r', effect: 'allow' }], 'hold', 'size says hold'],
    ['an error of the policy', 'allow', [{ id: 'r', effect: 'allow', when: '1 / 0 == 1' }], 'error', 'policy says error'],
  ])('%s', async (_name, said, rules, effect, words) => {
    const { verdict } = await join(gates(node('size', said)), { rules });
    expect([verdict.effect, verdict.tree.effect, verdict.tree.words]).toEqual([effect, effect, words]);
  });

  it('knows what the gates said, and the risk that they scored', async () => {
    const rules: Preset['rules'] = [{ id: 'quality', effect: 'deny', match: { gates: { quality: ['hold'] }, risk: ['high'], risk_score: { over: 60 } } }];
    const scored = node('risk', 'allow', { values: { level: 'high', score: 61 } });
    expect((await join(gates(node('quality', 'hold'), scored), { rules })).policy?.decidedBy).toBe('policy/quality');
    expect((await join(gates(node('quality', 'allow'), scored), { rules })).policy?.effect).toBe('allow');
    expect((await join(gates(node('quality', 'hold')), { rules })).policy?.effect).toBe('hold');
  });

  const lifting: Preset = { rules: [{ id: 'mine', effect: 'allow', match: { paths: ['src/**'], files: 'every' }, lifts: ['hold-paths', 'executables', 'size'] }] };
  it.each<[string, VerdictNode, Preset, FactsInput, readonly string[]]>([
    ['a hold that its gate lets go', node('hold-paths', 'hold', { liftable: true }), lifting, {}, ['hold-paths']],
    ['not one that the gate keeps', node('size', 'hold'), lifting, {}, []],
    ['not a refusal', node('hold-paths', 'deny', { liftable: true }), lifting, {}, []],
    ['not when the rule does not match', node('hold-paths', 'hold', { liftable: true }), lifting, { files: ['src/a.ts', 'x'] }, []],
    ['not in another spelling of the path', node('hold-paths', 'hold', { liftable: true }), lifting, { files: ['SRC/a.ts'] }, []],
    ['not under a floor', node('hold-paths', 'hold', { liftable: true }), { ...lifting, floor: [FLOOR.name] }, {}, []],
    ['not by one floor what another keeps', node('hold-paths', 'hold', { liftable: true }), { floor: [FLOOR.name, LIFTING.name] }, {}, []],
    ['under a floor what it names', node('executables', 'hold', { liftable: true }), { ...lifting, floor: [FLOOR.name] }, {}, ['executables']],
  ])('lifts %s', async (_name, gate, policy, facts, lifted) => {
    const { verdict, policy: outcome } = await join(gates(gate), policy, facts);
    expect(outcome?.lifted.map(({ gate: name }) => name)).toEqual(lifted);
    expect(verdict.effect).toBe(lifted.length > 0 ? 'allow' : gate.effect);
    expect(verdict.tree.children?.[0]?.words).toBe(lifted.length > 0 ? `${gate.words}; lifted by the rule policy/mine` : gate.words);
  });
});

describe('an explanation', () => {
  it('says which rule decided and shows each rule with what it saw', async () => {
    const policy: Preset = {
      floor: [FLOOR.name], services: { pay: { paths: ['src/pay/**'], tier: 'critical' } },
      rules: [
        { id: 'critical', effect: 'hold', match: { tiers: ['critical'], any: [{ size: { lines: { over: 10 } } }, { labels: ['risky'] }] }, message: 'critical services are looked at by two', require: { count: 2, roles: ['owner'], teams: ['acme/pay'] }, labels: ['critical'], reviewers: { owners: true } },
        { id: 'late', effect: 'deny', match: { labels: ['freeze'] } },
        { id: 'few', when: 'change.files.size() < 3', effect: 'allow', budget: { attempts: 2 } },
        { id: 'unknown', effect: 'hold', match: { risk: ['critical'] } },
      ],
    };
    const { verdict, policy: outcome } = await join(gates(node('size', 'allow'), node('executables', 'hold', { values: { count: 1, paths: ['run.sh'] } })), policy, { files: [{ path: 'src/pay/a.ts', additions: 12 }, 'README.md'], labels: ['heddle'] });
    expect(renderVerdict(verdict, outcome).replace(/sha256:[0-9a-f]+/g, 'sha256:…')).toBe(EXPLAINED);
  });
});

const EXPLAINED = `Verdict: hold, decided by policy/critical, executables

hold        gates: executables, policy say hold
  allow       size: size said so
  hold        executables: executables said so
                paths: run.sh
  hold        policy: policy/critical: critical services are looked at by two
    allow       floor acme/policies/floor.yml: acme/policies/floor.yml/any says allow
      allow       acme/policies/floor.yml/any: applies to every change
    hold        policy/critical: critical services are looked at by two
      matched     all: 1 of 2 changed files fit tiers critical; lines 13 (over 10)
        matched     files: 1 of 2 changed files fit tiers critical
                      paths: src/pay/a.ts
        matched     any: lines 13 (over 10)
          matched     size: lines 13 (over 10)
          not-matched labels: labels heddle is not risky
    not-matched policy/late: labels heddle is not freeze
    allow       policy/few: the expression is true
                  expression: change.files.size() < 3
    hold        policy/unknown: cannot be decided: risk is not known here; critical is asked for
      unknown     risk: risk is not known here; critical is asked for

approvals: 2 approvals of role owner or team acme/pay, not by whoever asked for the work (policy/critical); 1 approval (policy/unknown)
labels: critical
reviewers: the owners of the files
budget: attempts 2
read from: https://git.example/acme/policies.git@${'a'.repeat(40)}:floor.yml (commit aaaaaaaaaaaa), sha256:…`;
