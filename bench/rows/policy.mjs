// A policy of 200 rules (every kind of condition, a tenth of them expressions) over a change of 1,000 files, facts and evidence included.
import { cpuTimed, interleaved } from '../lib/measure.mjs';

const RULES = 200;
const FILES = 1000;
const ROUNDS = 15;

export async function rows() {
  const [{ compilePolicy }, { evaluatePolicy }, { changeFacts }, { PolicyDocument }] = await Promise.all([
    import('../../build/policy/compile.js'), import('../../build/policy/evaluate.js'), import('../../build/policy/gather-facts.js'), import('../../build/policy/rule-schema.js'),
  ]);
  const services = Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`service-${at}`, { paths: [`packages/p${at}/**`], tier: at % 4 === 0 ? 'critical' : 'normal', data: at % 5 === 0 ? ['pii'] : [] }]));
  const policy = await compilePolicy(PolicyDocument.parse({ services, rules: Array.from({ length: RULES }, (_, at) => ruleAt(at)) }), []);
  if (!policy.ok) throw new Error(JSON.stringify(policy.error));
  const files = Array.from({ length: FILES }, (_, at) => ({
    path: `packages/p${at % 40}/src/module-${at % 17}/file-${at}.${['ts', 'test.ts', 'md', 'yml', 'py'][at % 5]}`, status: ['modified', 'added', 'deleted'][at % 3], oldMode: '100644', newMode: '100644', additions: 40, deletions: 10, binary: false,
  }));
  const owners = Array.from({ length: 40 }, (_, at) => ({ pattern: `/packages/p${at}/`, owners: [`@acme/team-${at % 6}`] }));
  const person = { login: 'maria', id: '1', kind: 'human' };
  const facts = () => ({
    change: changeFacts({ files, bytes: 2_000_000, owners }), ticket: { tracker: 'github', key: 'acme/shop#1', labels: ['heddle', 'area/web'], author: person }, requester: person, approvers: [], agent: 'builtin', model: 'claude-sonnet-4-5', attempts: 1,
    stops: [], risk: { level: 'medium', score: 40 }, gates: [{ rule: 'size', effect: 'allow' }], checks: [], overrides: [],
  });
  const gathered = facts();
  const measured = await interleaved(ROUNDS, { ours: () => cpuTimed(async () => evaluatePolicy(policy.value, gathered)), baseline: () => cpuTimed(async () => facts()) });
  return [
    { what: `a policy of ${RULES} rules over a change of ${FILES} files (CPU time)`, ours: measured.ours, baseline: undefined, unit: 'ms', goal: 50, of: 'ours' },
    { what: `the facts of that change: kinds, renames, owners of ${FILES} files`, ours: measured.baseline, baseline: undefined, unit: 'ms', goal: null },
  ];
}

function ruleAt(at) {
  const paths = [`packages/p${at}/**`, `**/module-${at % 17}/*-${at}.*`];
  const kinds = [
    { match: { paths } }, { match: { kinds: ['code'], change: ['added'], paths: [`apps/a${at}/**`] } }, { match: { services: [`service-${at % 25}`], tiers: ['critical'] } }, { match: { labels: [`area/${at}`] } },
    { match: { any: [{ paths }, { not: { kinds: ['docs'], files: 'every' } }] } }, { match: { paths, except: ['**/*.md'], size: { lines: { over: 100 + at } } } }, { match: { owners: [`acme/team-${at % 9}`], not_change: ['deleted'] } },
    { match: { all: [{ risk: ['high', 'critical'] }, { source: { requester_kind: ['bot'] } }] } }, { match: { data: ['pii'], kinds: ['config'] } }, { when: `change.files.exists(f, f.path == "packages/p${at}/x" && f.lines > ${at})` },
  ];
  return { id: `r${at}`, effect: ['hold', 'deny', 'allow'][at % 3], ...kinds[at % kinds.length] };
}
