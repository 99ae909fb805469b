import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { VerdictNode } from '../../src/domain/verdict.js';
import { factsOf, makeScene, runTicket, seeRun, type Scene, type SceneOptions } from './rig.js';

/** A scanner and a test run with coverage, as a repository has them: real `node --test`, and a scanner that finds `eval`. */
const SCAN = `import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
const results = readdirSync('.').filter((name) => name.endsWith('.mjs') && name !== 'scan.mjs').sort().flatMap((name) => readFileSync(name, 'utf8').split('\\n').flatMap((text, index) => (text.includes('eval(') ? [{
  ruleId: 'no-eval', level: 'error', message: { text: 'eval runs any text' }, locations: [{ physicalLocation: { artifactLocation: { uri: name }, region: { startLine: index + 1 } } }] }] : [])));
writeFileSync('scan.sarif', JSON.stringify({ version: '2.1.0', runs: [{ tool: { driver: { name: 'toyscan', rules: [{ id: 'no-eval', properties: { 'security-severity': '8.1', tags: ['security'] } }] } }, results }] }));
`;
const TEST = 'import { test } from "node:test";\nimport assert from "node:assert";\nimport { total } from "./total.mjs";\ntest("adds", () => { assert.equal(total([1, 2]), -1); });\n';
const OLD = 'export function total(prices) {\n  return prices.reduce((sum, price) => sum - price);\n}\n\nexport const old = (text) => eval(text);\n';
const FILES = { 'scan.mjs': SCAN, 'total.test.mjs': TEST, 'total.mjs': OLD };
const CHECKS = {
  unit: { run: 'mkdir -p cover && node --test --experimental-test-coverage --test-reporter=lcov --test-reporter-destination=cover/lcov.info total.test.mjs', reports: [{ format: 'lcov', path: 'cover/lcov.info' }] },
  scan: { run: 'node scan.mjs', reports: [{ format: 'sarif', path: 'scan.sarif' }] },
};
const NODE = `PATH=${join(process.execPath, '..')}:$PATH; export PATH; `;
const checks = Object.fromEntries(Object.entries(CHECKS).map(([name, check]) => [name, { ...check, run: NODE + check.run }]));

const agent = (text: string): string[] => ['sh', '-c', `cat > total.mjs <<'EOF'\n${text}EOF\n`];
const scene = (options: SceneOptions & { readonly limits?: object; readonly gates?: object }): Scene => makeScene({ ...options, files: { ...FILES, ...options.files }, config: { checks, limits: { attempts: 1, ...options.limits }, gates: options.gates ?? {}, ...options.config } });

const find = (node: VerdictNode, rule: string): VerdictNode | undefined => (node.rule === rule ? node : node.children?.map((child) => find(child, rule)).find((child) => child !== undefined));
/** Twenty-four new lines: more than the small-change exemption. The last branch runs only for a currency that no test gives. */
const BRANCHY = `${OLD}\n${Array.from({ length: 18 }, (_, index) => `export const rate${index} = ${index};`).join('\n')}\n\nexport function price(amount, currency = 'EUR') {\n  if (currency === 'EUR') return amount;\n  if (currency === 'JPY') return Math.round(amount);\n  return amount * 2;\n}\nprice(1);\n`;

describe('the quality gate in a whole run', () => {
  let open: Scene | undefined;
  afterEach(() => { open?.close(); });
  const run = async (given: Scene) => {
    open = given;
    const ending = await runTicket(given);
    const seen = seeRun(given.out);
    const verdict = factsOf(seen, 'gate-evaluated').at(-1)?.verdict;
    return { ending, seen, quality: verdict === undefined ? undefined : find(verdict.tree, 'quality') };
  };

  it('refuses a new issue of a scanner, leaves the old one alone, and gives the place to the repair', async () => {
    const evil = `// moved down by a line\n${OLD}\nexport const run = (text) => eval(text + '!');\n`;
    const mends = ['sh', '-c', `if [ -e mended ] || grep -q "'!'" total.mjs; then sed "s/eval(text + '!')/text + '!'/" total.mjs > new && cat new > total.mjs && rm new; else cat > total.mjs <<'EOF'\n${evil}EOF\nfi`];
    const { ending, seen, quality } = await run(scene({ agent: mends, limits: { attempts: 2 } }));
    const [first, second] = factsOf(seen, 'gate-evaluated').map(({ verdict }) => find(verdict.tree, 'new-security'));
    expect(first).toMatchObject({ effect: 'deny', values: { count: 1, issues: ['total.mjs:8 no-eval (toyscan, high)'] } });
    expect(first?.words).toBe('1 new security issue: total.mjs:8 no-eval (toyscan, high)');
    expect(factsOf(seen, 'repair-planned')[0]).toMatchObject({ because: 'gate-denied' });
    const prompt = readFileSync(join(open?.out ?? '', 'agent', '2', 'prompt.md'), 'utf8');
    expect(prompt).toContain('total.mjs:8 [no-eval]');
    expect(prompt).not.toContain('total.mjs:6');
    expect(second?.effect).toBe('allow');
    expect(quality?.effect).toBe('allow');
    expect({ code: ending.code, outcome: seen.outcome, damage: seen.damage }).toEqual({ code: 0, outcome: 'delivered', damage: undefined });
  });

  it('holds a new branch that no test takes, and says which', async () => {
    const { ending, seen, quality } = await run(scene({ agent: agent(BRANCHY), gates: { quality: { coverage: { lines: 50 } } } }));
    const branches = quality === undefined ? undefined : find(quality, 'new-branches');
    expect(branches?.effect).toBe('hold');
    expect(branches?.words).toMatch(/^\d+(?:\.\d)? % of \d+ branches in new lines are taken, gates\.quality\.coverage\.branches is 80; not taken: total\.mjs 2\d \(/);
    expect(quality?.effect).toBe('hold');
    expect({ code: ending.code, outcome: seen.outcome }).toEqual({ code: 4, outcome: 'waiting' });
  });

  it('refuses new lines that no test runs', async () => {
    const body = Array.from({ length: 24 }, (_, index) => `  sum += ${index} * amount;`).join('\n');
    const { ending, seen, quality } = await run(scene({ agent: agent(`${OLD}\nexport function fee(amount) {\n  let sum = 0;\n${body}\n  return sum;\n}\n`) }));
    const lines = quality === undefined ? undefined : find(quality, 'new-lines');
    expect(lines).toMatchObject({ effect: 'deny', values: { wanted: 80 } });
    expect(lines?.words).toContain('not run: total.mjs 8-34');
    expect({ code: ending.code, outcome: seen.outcome }).toEqual({ code: 5, outcome: 'exhausted' });
  });

  it('says aloud that a small change is exempt', async () => {
    const { ending, quality } = await run(scene({ agent: agent(`${OLD}\nexport const fee = (amount) => {\n  if (amount > 1) return 1;\n  return 0;\n};\n`) }));
    expect(quality).toMatchObject({ effect: 'allow' });
    expect(find(quality as VerdictNode, 'coverage')?.words).toContain('said only, since the change has 4 new lines and gates.quality.small_change is 20');
    expect(ending.code).toBe(0);
  });

  it('refuses a change that makes a report vanish', async () => {
    const { quality } = await run(scene({ agent: ['sh', '-c', "echo '// none' > total.test.mjs; echo 'process.exit(0)' > scan.mjs"] }));
    expect(find(quality as VerdictNode, 'reports-vanished')).toMatchObject({ effect: 'deny' });
    expect(find(quality as VerdictNode, 'reports-vanished')?.words).toContain('scan writes its sarif report scan.sarif on the base, and did not write it here');
  });
});
