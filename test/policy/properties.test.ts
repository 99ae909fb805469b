import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { strictest, VerdictNode, type Verdict, type VerdictEffect } from '../../src/domain/verdict.js';
import { joinPolicy } from '../../src/gates/join-policy.js';
import { compilePolicy, type CompiledPolicy } from '../../src/policy/compile.js';
import { evaluatePolicy } from '../../src/policy/evaluate.js';
import type { PolicyFacts } from '../../src/policy/facts.js';
import type { Preset } from '../../src/policy/presets/preset.js';
import { PolicyDocument, type ResolvedSource } from '../../src/policy/rule-schema.js';
import { BUILT_IN_PRESETS } from '../../src/policy/source-name.js';
import { BUILT_IN, factsOf, person, source } from './policy-fixtures.js';

type RuleInput = NonNullable<Preset['rules']>[number];
type MatchInput = NonNullable<RuleInput['match']>;

const PATHS = ['src/a.ts', 'src/pay/b.ts', 'docs/x.md', 'test/a.test.ts', 'package.json', 'INFRA/main.tf', 'db/migrations/1.sql', 'img/a.png', 'SRC/Pay/c.ts'];
const globs = fc.subarray(['src/**', 'src/pay', 'docs/**', '**/*.ts', 'infra/**', 'package.json', 'nowhere/**'], { minLength: 1, maxLength: 3 });
const EFFECTS: readonly VerdictEffect[] = ['allow', 'hold', 'deny', 'error'];
const rank = (effect: VerdictEffect): number => EFFECTS.indexOf(effect);

const leaf: fc.Arbitrary<MatchInput> = fc.oneof(
  fc.record({ paths: globs, files: fc.constantFrom('some' as const, 'every' as const) }),
  fc.record({ paths: globs, except: globs }),
  fc.record({ kinds: fc.subarray(['docs', 'tests', 'code', 'dependencies', 'migrations'] as const, { minLength: 1 }).map((kinds) => [...kinds]), change: fc.constant<NonNullable<MatchInput['change']>>(['added', 'modified']) }),
  fc.record({ labels: fc.subarray(['bug', 'heddle', 'area/*'], { minLength: 1 }) }),
  fc.record({ size: fc.record({ lines: fc.record({ over: fc.nat({ max: 200 }) }), files: fc.record({ at_most: fc.nat({ max: 6 }) }) }) }),
  fc.record({ risk: fc.subarray(['low', 'medium', 'high', 'critical'] as const, { minLength: 1 }).map((levels) => [...levels]) }),
  fc.record({ services: fc.constant<string[]>(['pay']) }),
  fc.record({ source: fc.record({ requester_kind: fc.constantFrom<('human' | 'bot')[]>(['human'], ['bot']) }) }),
  fc.record({ gates: fc.constant<NonNullable<MatchInput['gates']>>({ size: ['deny', 'hold'] }) }),
);
const match: fc.Arbitrary<MatchInput> = fc.letrec<{ node: MatchInput }>((tie) => ({
  node: fc.oneof({ maxDepth: 3 }, leaf, fc.record({ all: fc.array(tie('node'), { minLength: 1, maxLength: 3 }) }), fc.record({ any: fc.array(tie('node'), { minLength: 1, maxLength: 3 }) }), fc.record({ not: tie('node') }), fc.tuple(leaf, tie('node')).map(([one, not]) => ({ ...one, not }))),
})).node;
const WHENS = ['change.lines > 50', 'labels.exists(l, l == "bug")', 'risk.score > 40.0', 'change.files[3].path != ""', '1 / 0 == 1', 'change.files.all(f, "docs" in f.kinds)'];
const effect = fc.constantFrom('deny' as const, 'hold' as const, 'allow' as const);
const rule = (wanted: fc.Arbitrary<RuleInput['effect']> = effect): fc.Arbitrary<RuleInput> => fc.record({ match: fc.option(match, { nil: undefined }), when: fc.option(fc.constantFrom(...WHENS), { nil: undefined, freq: 4 }), effect: wanted, labels: fc.constant<string[]>(['x']) }).map((one) => ({ ...one, id: 'r', ...(one.effect === 'allow' ? { lifts: ['hold-paths'] } : {}) }));
const numbered = (rules: readonly RuleInput[]): RuleInput[] => rules.map((one, index) => ({ ...one, id: `r${index}` }));
const fallback = fc.option(effect, { nil: undefined });
const services: fc.Arbitrary<NonNullable<Preset['services']>> = fc.constantFrom<NonNullable<Preset['services']>>({}, { pay: { paths: ['src/pay'] } }, { pay: { paths: ['nowhere'] } });
const presets = fc.subarray(BUILT_IN_PRESETS.map((name) => `heddle:${name}`), { maxLength: 2 });
const document: fc.Arbitrary<Preset> = fc.record({ rules: fc.array(rule(), { maxLength: 6 }).map(numbered), default: fallback, services, extends: presets, disable: fc.constant([] as string[]) });

const files = fc.array(fc.record({ path: fc.constantFrom(...PATHS), status: fc.constantFrom('added' as const, 'modified' as const, 'deleted' as const), additions: fc.nat({ max: 120 }), binary: fc.boolean() }), { maxLength: 5 });
const facts: fc.Arbitrary<PolicyFacts> = fc.record({
  files, labels: fc.subarray(['bug', 'heddle', 'area/web']), requester: fc.constantFrom(undefined, person('maria'), person('dep', 'bot')),
  risk: fc.constantFrom(undefined, { level: 'low' as const, score: 10 }, { level: 'critical' as const, score: 90 }), gates: fc.constantFrom([], [{ rule: 'size', effect: 'hold' as const }]), overrides: fc.constantFrom([], ['policy/r0', 'policy/r1']),
}).map((given) => factsOf(given));

async function compileWith(own: Preset, sources: readonly ResolvedSource[] = []): Promise<CompiledPolicy> {
  const compiled = await compilePolicy(PolicyDocument.parse(own), [...BUILT_IN, ...sources]);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.error));
  return compiled.value;
}
const effectOf = async (own: Preset, given: PolicyFacts, sources: readonly ResolvedSource[] = []): Promise<VerdictEffect> => evaluatePolicy(await compileWith(own, sources), given).effect;
const RUNS = { numRuns: 80 };

describe('a policy, whatever is in it', () => {
  it('has one verdict for all facts, the same each time, with a tree that can be recorded', async () => {
    await fc.assert(fc.asyncProperty(document, facts, async (own, given) => {
      const policy = await compileWith(own);
      const [first, second] = [evaluatePolicy(policy, given), evaluatePolicy(await compileWith(own), structuredClone(given))];
      expect(second).toEqual(first);
      expect(EFFECTS).toContain(first.effect);
      expect(VerdictNode.parse(first.tree).effect).toBe(first.effect);
      expect(first.outcome.effect).toBe(first.effect);
      // What is kept whole differs in the evidence alone.
      expect(evaluatePolicy(policy, given, { whole: true }).outcome).toEqual(first.outcome);
    }), RUNS);
  });

  it('never allows more when a deny is added, wherever it stands', async () => {
    await fc.assert(fc.asyncProperty(document, rule(fc.constant('deny' as const)), fc.nat({ max: 6 }), facts, async (own, denial, at, given) => {
      const rules = [...own.rules ?? []];
      const more = { ...own, rules: [...rules.slice(0, at), { ...denial, id: 'added' }, ...rules.slice(at)] };
      expect(rank(await effectOf(more, given))).toBeGreaterThanOrEqual(rank(await effectOf(own, given)));
    }), RUNS);
  });

  it('never allows more when a hold is added where the default does not deny', async () => {
    await fc.assert(fc.asyncProperty(document, rule(fc.constant('hold' as const)), facts, async (own, hold, given) => {
      const base = { ...own, default: own.default === 'hold' ? 'hold' as const : 'allow' as const };
      expect(rank(await effectOf({ ...base, rules: [...base.rules ?? [], { ...hold, id: 'added' }] }, { ...given, overrides: [] }))).toBeGreaterThanOrEqual(rank(await effectOf(base, { ...given, overrides: [] })));
    }), RUNS);
  });

  it('does not depend on the order of its rules for its verdict', async () => {
    await fc.assert(fc.asyncProperty(document.chain((own) => fc.record({ own: fc.constant(own), shuffled: fc.shuffledSubarray([...own.rules ?? []], { minLength: own.rules?.length ?? 0 }) })), facts, async ({ own, shuffled }, given) => {
      expect(await effectOf({ ...own, rules: shuffled }, given)).toBe(await effectOf(own, given));
    }), RUNS);
  });

  it('does not let another case of a path through a rule about paths that denies or holds', async () => {
    await fc.assert(fc.asyncProperty(globs, fc.option(globs, { nil: undefined }), fc.constantFrom('deny' as const, 'hold' as const), files, async (paths, not, wanted, changed) => {
      const own: Preset = { rules: [{ id: 'r', effect: wanted, match: { paths, ...(not === undefined ? {} : { not: { paths: not } }) } }] };
      const plain = factsOf({ files: changed.map((file) => ({ ...file, path: file.path.toLowerCase() })) });
      const shouted = factsOf({ files: changed.map((file) => ({ ...file, path: file.path.toUpperCase() })) });
      expect(rank(await effectOf(own, shouted))).toBeGreaterThanOrEqual(rank(await effectOf(own, plain)));
    }), RUNS);
  });
});

describe('a floor', () => {
  const floorOf = (given: Preset): ResolvedSource => source('floor.yml', { ...given, extends: given.extends ?? [] });

  it('cannot be loosened by any layering: presets, own rules, services, defaults, what is off', async () => {
    await fc.assert(fc.asyncProperty(document, document, fc.boolean(), facts, async (floor, own, byPreset, given) => {
      const resolved = floorOf(floor);
      const disable = (floor.rules ?? []).map(({ id }) => `acme/policies/floor.yml/${id}`);
      // Switching rules off needs them to be extended; the floor is extended as well, so that every name is known.
      const layered: Preset = { ...own, extends: [...own.extends ?? [], resolved.name], disable };
      const through = source('team.yml', { floor: [resolved.name] });
      const with_: Preset = byPreset ? { ...layered, extends: [...layered.extends ?? [], through.name] } : { ...layered, floor: [resolved.name] };
      const sources = [resolved, through];
      const alone = await effectOf({ floor: [resolved.name] }, given, sources);
      const joined = await effectOf(with_, given, sources);
      expect(rank(joined)).toBeGreaterThanOrEqual(rank(alone));
      expect(rank(joined)).toBeGreaterThanOrEqual(rank(await effectOf({ ...layered }, given, sources)));
    }), RUNS);
  });

  it('keeps what gates hold: rules below it lift nothing that it does not name', async () => {
    const node = fc.record({ rule: fc.constantFrom('hold-paths', 'size', 'links'), effect: fc.constantFrom('allow' as const, 'hold' as const, 'deny' as const), words: fc.constant('w'), liftable: fc.constantFrom(undefined, true as const) });
    await fc.assert(fc.asyncProperty(document, document, fc.array(node, { maxLength: 4 }), fc.boolean(), facts, async (floor, own, nodes, named, given) => {
      // A floor may lift by itself; what is asked here is whether others can under it.
      const strict = { ...floor, extends: [], rules: (floor.rules ?? []).map((one) => ({ ...one, lifts: [] })), may_lift: named ? ['hold-paths'] : [] };
      const resolved = floorOf(strict);
      const gates: Verdict = { effect: strictest(nodes.map((one) => one.effect)), tree: { rule: 'gates', effect: 'allow', words: '', children: nodes } };
      const alone = joinPolicy(gates, await compileWith({ floor: [resolved.name] }, [resolved]), given);
      const under = joinPolicy(gates, await compileWith({ ...own, floor: [resolved.name] }, [resolved]), given);
      const kept = under.policy?.lifted.every(({ gate }) => named && gate === 'hold-paths') ?? true;
      expect(kept).toBe(true);
      if (!named) expect(rank(under.verdict.effect)).toBeGreaterThanOrEqual(rank(alone.verdict.effect));
      // Nothing lifts a refusal, and nothing a hold that its gate does not let go.
      const fixed = strictest(nodes.filter((one) => one.effect === 'deny' || (one.effect === 'hold' && one.liftable !== true)).map((one) => one.effect));
      expect(rank(under.verdict.effect)).toBeGreaterThanOrEqual(rank(fixed));
    }), RUNS);
  });
});
