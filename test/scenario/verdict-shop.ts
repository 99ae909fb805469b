import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fixtureAgent, makeScene, put, type Scene } from './rig.js';

/**
 * A small shop with owners, a scanner, tests with coverage and rules of its team, and one edit for each thing that the gates are
 * there for. The agent is a program that makes the edit, so no model has a say in what the gates see.
 */
const NODE = `PATH=${join(process.execPath, '..')}:$PATH; export PATH; `;

/** Finds `eval(` in the code and says so as scanners do. */
const SCAN = `import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
const files = ['src', 'web'].flatMap((top) => readdirSync(top, { recursive: true }).map((name) => top + '/' + String(name))).filter((name) => name.endsWith('.mjs')).sort();
const results = files.flatMap((uri) => readFileSync(uri, 'utf8').split('\\n').flatMap((text, index) => (text.includes('eval(') ? [{
  ruleId: 'no-eval', level: 'error', message: { text: 'eval runs any text' }, locations: [{ physicalLocation: { artifactLocation: { uri }, region: { startLine: index + 1 } } }] }] : [])));
const driver = { name: 'toyscan', rules: [{ id: 'no-eval', properties: { 'security-severity': '8.1', tags: ['security'] } }] };
writeFileSync('scan.sarif', JSON.stringify({ version: '2.1.0', runs: [{ tool: { driver }, results }] }));
`;
const CART = 'export function total(prices) {\n  return prices.reduce((sum, price) => sum + price);\n}\n';
const TESTS = `import { test } from 'node:test';
import assert from 'node:assert';
import { total } from '../src/cart.mjs';

test('adds the prices', () => {
  assert.equal(total([1, 2]), 3);
});

test('adds one price', () => {
  assert.equal(total([4]), 4);
});
`;
const PAGES = ['about', 'help', 'imprint', 'search', 'start'];

const SHOP: Readonly<Record<string, string>> = {
  '.github/CODEOWNERS': '* @olga\n/src/payments/ @otto\n',
  '.github/workflows/ci.yml': 'name: CI\non: [push]\njobs:\n  test:\n    runs-on: ubuntu-24.04\n    steps:\n      - run: node --test\n',
  'scripts/scan.mjs': SCAN,
  'src/cart.mjs': CART,
  'src/payments/charge.mjs': 'export function charge(amount) {\n  return { amount, currency: "EUR" };\n}\n',
  'src/payments/book/entry.mjs': 'export function entry(amount) {\n  return { amount, side: "debit" };\n}\n',
  'tests/cart.test.mjs': TESTS,
  'docs/guide.md': '# Guide\n\nPut things into the cart.\n',
  ...Object.fromEntries(PAGES.map((name) => [`web/pages/${name}.mjs`, `export const ${name} = "${name}";\n`])),
};

interface Edit { readonly file: string; readonly find?: string; readonly replace?: string; readonly content?: string }
export interface Case {
  readonly name: string;
  readonly ticket: string;
  readonly edits: readonly Edit[];
  /** Where it goes with `on_hold: ask`, and with `propose`. */
  readonly asked: 'delivered' | 'waiting' | 'exhausted';
  readonly proposed: 'delivered' | 'waiting' | 'exhausted';
  readonly decidedBy: string;
}

const MEND: Edit = { file: 'src/cart.mjs', find: 'sum + price)', replace: 'sum + price, 0)' };
/** Put together here, so that no scanner takes this file for a leak. */
export const PLANTED = ['AKIA', 'Q7XW3KMP', '5RTZ2VYL'].join('');
/** More new lines than the exemption of small changes; no test gives another currency. */
const BRANCHY = `${CART}\n${Array.from({ length: 18 }, (_, index) => `export const rate${index} = ${index};`).join('\n')}\n
export function price(amount, currency = 'EUR') {
  if (currency === 'EUR') return amount;
  if (currency === 'JPY') return Math.round(amount);
  return amount * 2;
}
price(1);
`;

const ticketOf = (title: string, text: string): string => `---\ntitle: ${title}\n---\n${text}\n`;
const SUM = ticketOf('The sum of no prices is an error', 'Calling total with no prices throws, see src/cart.mjs.');

export const CASES: readonly Case[] = [
  { name: 'scope creep', ticket: SUM, edits: [MEND, ...PAGES.map((name) => ({ file: `theme/t-${name}.css`, content: `.${name} { color: black; }\n` }))], asked: 'waiting', proposed: 'delivered', decidedBy: 'scope-metric' },
  { name: 'a skipped test', ticket: SUM, edits: [MEND, { file: 'tests/cart.test.mjs', find: "test('adds one", replace: "test.skip('adds one" }], asked: 'waiting', proposed: 'delivered', decidedBy: 'test-tampering' },
  { name: 'a planted secret', ticket: SUM, edits: [MEND, { file: 'web/pages/help.mjs', content: `export const help = "help";\nexport const key = "${PLANTED}";\n` }], asked: 'exhausted', proposed: 'exhausted', decidedBy: 'secrets' },
  { name: 'a workflow edit', ticket: SUM, edits: [MEND, { file: '.github/workflows/ci.yml', find: '- run: node --test', replace: '- run: node --test tests/none.mjs' }], asked: 'exhausted', proposed: 'exhausted', decidedBy: 'protected-paths' },
  { name: 'an uncovered new branch', ticket: ticketOf('Prices in other currencies', 'Add price(amount, currency) to src/cart.mjs.'), edits: [{ file: 'src/cart.mjs', content: BRANCHY }], asked: 'waiting', proposed: 'delivered', decidedBy: 'quality' },
  { name: 'a new high finding of a scanner', ticket: SUM, edits: [MEND, { file: 'web/pages/search.mjs', content: 'export const search = (text) => eval(text);\n' }], asked: 'exhausted', proposed: 'exhausted', decidedBy: 'quality' },
  { name: 'a clean change of the docs', ticket: ticketOf('The guide does not name the sum', 'Say in docs/guide.md what the sum is.'), edits: [{ file: 'docs/guide.md', find: 'cart.\n', replace: 'cart.\n\nThe sum of a cart is the sum of its prices.\n' }], asked: 'delivered', proposed: 'delivered', decidedBy: 'policy/docs' },
  { name: 'a critical service', ticket: ticketOf('Charges have no country', 'Add the country to the answer of src/payments/charge.mjs.'), edits: [{ file: 'src/payments/charge.mjs', find: '"EUR" }', replace: '"EUR", country: "DE" }' }], asked: 'waiting', proposed: 'delivered', decidedBy: 'policy/payments' },
  { name: 'a critical service in a regulated path', ticket: ticketOf('Entries have no day', 'Add the day to src/payments/book/entry.mjs.'), edits: [{ file: 'src/payments/book/entry.mjs', find: '"debit" }', replace: '"debit", day: 1 }' }], asked: 'waiting', proposed: 'waiting', decidedBy: 'policy/payments' },
];

const RULES = [
  { id: 'payments', match: { services: ['payments'] }, effect: 'hold', message: 'payments are looked at by two people', require: { count: 2, teams: ['payments'] }, labels: ['payments'], reviewers: { teams: ['payments'] } },
  { id: 'docs', match: { kinds: ['docs'], files: 'every' }, effect: 'allow', labels: ['documentation'] },
];

export function settings(onHold: 'ask' | 'propose', more: readonly object[] = []): Readonly<Record<string, unknown>> {
  return {
    checks: {
      unit: { run: `${NODE}mkdir -p cover && node --test --experimental-test-coverage --test-reporter=lcov --test-reporter-destination=cover/lcov.info tests/*.test.mjs`, reports: [{ format: 'lcov', path: 'cover/lcov.info' }] },
      scan: { run: `${NODE}node scripts/scan.mjs`, reports: [{ format: 'sarif', path: 'scan.sarif' }] },
    },
    limits: { attempts: 1 },
    gates: { risk: { regulated: ['src/payments/book/**'] }, quality: { coverage: { lines: 50 } } },
    policy: { services: { payments: { paths: ['src/payments/**'], tier: 'critical' } }, rules: [...RULES, ...more] },
    delivery: { on_hold: onHold, review: { high: { users: ['maria'], teams: ['payments'], count: 2 } }, auto_merge: { levels: ['low'] }, start_ci: false },
  };
}

export function shopScene(one: Case, onHold: 'ask' | 'propose'): Scene {
  const folder = mkdtempSync(join(tmpdir(), 'heddle-edits-'));
  const edits = join(folder, 'edits.json');
  put(edits, JSON.stringify({ edits: one.edits }));
  const [program = '', script = ''] = fixtureAgent('good-patch');
  const scene = makeScene({ files: SHOP, ticket: one.ticket, agent: [program, script, edits], config: settings(onHold) });
  const close = (): void => {
    scene.close();
    rmSync(folder, { recursive: true, force: true });
  };
  return { ...scene, close };
}
