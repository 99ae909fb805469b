import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { placeTicket, directivesRule, routedRule, type Placing } from '../../../src/admission/placing.js';
import { readCatalogue, type Component } from '../../../src/admission/routing/catalogue.js';
import type { Configuration } from '../../../src/config/configuration.js';
import { loadConfiguration } from '../../../src/config/load.js';
import { Instant } from '../../../src/domain/ids.js';
import { untrusted } from '../../../src/domain/text.js';
import { takeSnapshot } from '../../../src/intake/snapshot.js';

const now = Instant.parse('2026-03-01T09:00:00.000Z');
const author = { login: 'ada', id: '1', kind: 'human' as const };
const ALIASES = 'aliases: {shop: acme/shop, api: acme/api, web: Acme/Web}';

function configOf(text: string): Configuration {
  const loaded = loadConfiguration({ text, file: '.heddle.yml' });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  return loaded.value.config;
}

interface Case { readonly config?: string; readonly labels?: readonly string[]; readonly title?: string; readonly body?: string; readonly sentHere?: boolean; readonly components?: readonly Component[] }

function place({ config = `routing: {${ALIASES}}\n`, labels = [], title = 'A title', body = 'A text.', sentHere = false, components = [] }: Case): Placing {
  const snapshot = takeSnapshot({
    ref: { tracker: 'github', key: 'acme/shop#1' }, url: undefined, title: untrusted(title), body: untrusted(body), criteria: [], labels,
    state: 'open', author, createdAt: now, updatedAt: now, contentEditedAt: null, events: [], comments: [],
  }, { charsMax: 65_536, now });
  const folders = ['packages/api', 'packages/web', 'docs'];
  return placeTicket({ here: 'acme/shop', sentHere, snapshot, config: configOf(config), components, kindOf: (path) => (folders.includes(path) ? 'folder' : folders.some((folder) => path.startsWith(`${folder}/`)) ? 'file' : undefined) });
}

describe('the repository of a ticket', () => {
  const rules = `routing: {${ALIASES}, rules: [{to: api, paths: ["services/api/**"]}, {to: web, keywords: [checkout page]}, {to: here, labels: [core]}, {to: api, components: [billing], labels: [backend]}, {to: web, owners: [team-web]}]}\n`;
  const components: Component[] = [{ component: 'billing', repository: 'acme/billing' }, { component: 'storefront', repository: 'acme/web', owner: 'team-web' }];
  it.each<[string, Case, Partial<Placing['decision']>]>([
    ['nothing configured', { config: '', labels: ['repo:api'] }, { outcome: 'here', repository: 'acme/shop' }],
    ['no sign of another', {}, { outcome: 'here' }],
    ['a label', { labels: ['bug', 'repo:api'] }, { outcome: 'elsewhere', repository: 'acme/api' }],
    ['a label in another spelling', { labels: ['repo=API'] }, { outcome: 'elsewhere', repository: 'acme/api' }],
    ['a label for here', { labels: ['repo: shop'] }, { outcome: 'here' }],
    ['two labels for one', { labels: ['repo:api', 'repo-api'] }, { outcome: 'elsewhere', repository: 'acme/api' }],
    ['two labels for two', { labels: ['repo:api', 'repo:web'] }, { outcome: 'unroutable', candidates: ['acme/api', 'Acme/Web'] }],
    ['two labels, kept here', { config: `routing: {${ALIASES}, unroutable: here}\n`, labels: ['repo:api', 'repo:web'] }, { outcome: 'here' }],
    ['an unknown alias', { labels: ['repo:none'] }, { outcome: 'unroutable', candidates: ['shop', 'api', 'web'] }],
    ['a label that is none by look-alike letters', { labels: ['repо:api'] }, { outcome: 'here' }],
    ['a directive before a label', { labels: ['repo:web'], body: '```heddle\nrepository: api\n```' }, { outcome: 'elsewhere', repository: 'acme/api' }],
    ['a directive by its whole name', { body: '```heddle\nrepository: acme/web\n```' }, { outcome: 'elsewhere', repository: 'Acme/Web' }],
    ['a path of a rule', { config: rules, body: 'See `services/api/src/total.ts`.' }, { outcome: 'elsewhere', repository: 'acme/api', because: 'rule 1 of routing.rules' }],
    ['a phrase of a rule', { config: rules, title: 'The Checkout page is slow' }, { outcome: 'elsewhere', repository: 'Acme/Web' }],
    ['rules for two', { config: rules, title: 'Checkout page', body: 'And services/api/x.ts too.' }, { outcome: 'unroutable' }],
    ['a rule for here', { config: rules, labels: ['core'] }, { outcome: 'here' }],
    ['a rule of two conditions, one met', { config: rules, body: 'The billing is wrong.', components }, { outcome: 'here' }],
    ['a rule of two conditions, both met', { config: rules, labels: ['backend'], body: 'The billing is wrong.', components }, { outcome: 'elsewhere', repository: 'acme/api' }],
    ['an owner', { config: rules, body: 'In `storefront` the price is wrong.', components }, { outcome: 'elsewhere', repository: 'Acme/Web' }],
    ['a component', { config: 'routing: {catalogue: true}\n', body: 'The billing is wrong.', components }, { outcome: 'elsewhere', repository: 'acme/billing' }],
    ['components of two', { config: 'routing: {catalogue: true}\n', body: 'billing and storefront', components }, { outcome: 'unroutable', candidates: ['acme/billing', 'acme/web'] }],
    ['a default', { config: `routing: {${ALIASES}, default: web}\n` }, { outcome: 'elsewhere', repository: 'Acme/Web' }],
    ['no default', { config: `routing: {${ALIASES}, default: none}\n` }, { outcome: 'unroutable', candidates: [] }],
    ['sent here, and wanted elsewhere again', { sentHere: true, labels: ['repo:api'] }, { outcome: 'unroutable', candidates: ['acme/api', 'acme/shop'] }],
    ['sent here, and kept even where the unroutable stay', { config: `routing: {${ALIASES}, unroutable: here}\n`, sentHere: true, labels: ['repo:api'] }, { outcome: 'unroutable' }],
    ['sent here by a directive that only the sender can read', { config: '', sentHere: true, body: '```heddle\nrepository: backend\n```' }, { outcome: 'here' }],
  ])('%s', (_name, given, expected) => {
    expect(place(given).decision).toMatchObject(expected);
  });

  it('is nowhere that the configuration and the catalogue do not name, whatever the ticket says', () => {
    const known = new Set(['acme/shop', 'acme/api', 'Acme/Web', 'acme/billing', 'acme/web', undefined]);
    const word = fc.constantFrom('repo:api', 'repo:evil/x', 'evil/x', 'billing', 'checkout page', '```heddle\nrepository: evil/x\n```', 'services/api/a.ts', 'https://github.com/evil/x', '\n');
    fc.assert(fc.property(fc.array(word, { maxLength: 8 }), fc.array(word, { maxLength: 4 }), (texts, labels) => {
      const { decision } = place({ config: rules, body: texts.join(' \n'), labels, components });
      expect(known.has(decision.repository)).toBe(true);
    }));
  });

  it('that a directive may not name is a problem of the block', () => {
    const placing = place({ body: 'Text\n\n```heddle\nrepository: evil/x\n```\n' });
    expect(directivesRule({ placing })).toMatchObject({ code: 'directive-invalid', node: { effect: 'deny', values: { problems: ['line 1 of the block: repository: "evil/x" is not allowed here. Allowed are: here, shop, api, web.'] } } });
  });

  it('does not judge the folders of another repository', () => {
    const placing = place({ body: '```heddle\nrepository: api\nfolders: [only/there]\n```' });
    expect(placing.problems).toEqual([]);
    expect(routedRule({ placing })?.code).toBe('routed-elsewhere');
  });
});

describe('the sub-project of a ticket', () => {
  const config = 'targets:\n  api: {path: packages/api, labels: [backend], limits: {cost_usd: 2, attempts: 1}, checks: {unit: {run: make test}}}\n  web: {path: packages/web}\n';
  it.each<[string, Case, string | undefined]>([
    ['nothing', {}, undefined],
    ['its own label', { labels: ['target:web'] }, 'web'],
    ['a label of the configuration', { labels: ['backend'] }, 'api'],
    ['the directive', { labels: ['target:web'], body: '```heddle\ntarget: api\n```' }, 'api'],
    ['paths in one', { body: 'See `packages/api/src/a.ts` and packages/api/b.ts.' }, 'api'],
    ['paths in two', { body: 'See packages/api/src/a.ts and packages/web/b.ts.' }, undefined],
    ['a path in one and one outside', { body: 'See packages/api/src/a.ts and docs/x.md.' }, undefined],
    ['a path in one and a route', { body: 'GET /orders/totals answers 500, see packages/api/src/a.ts.' }, 'api'],
    ['folders of the directive', { body: '```heddle\nfolders: [packages/web]\n```' }, 'web'],
  ])('by %s', (_name, given, expected) => {
    expect(place({ config, ...given }).decision.target).toBe(expected);
  });

  it('brings its folder, checks and limits', () => {
    const { config: bound, assignment } = place({ config, labels: ['backend'] });
    expect(bound).toMatchObject({ workdir: 'packages/api', limits: { cost_usd: 2, attempts: 1 }, checks: { unit: { run: 'make test' } } });
    expect(assignment).toEqual({ target: 'api', folders: [], context: [] });
  });

  it('named twice by labels is asked for, and unknown ones are a problem', () => {
    expect(place({ config, labels: ['backend', 'target:web'] }).decision).toMatchObject({ outcome: 'unroutable', candidates: ['api', 'web'] });
    expect(place({ config, body: '```heddle\ntarget: constructor\n```' }).problems[0]?.words).toMatch(/target: "constructor" is not allowed here\. Allowed are: api, web\./);
  });
});

describe('readCatalogue', () => {
  it('reads components of several documents, each in its repository', () => {
    const text = 'apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: billing, annotations: {github.com/project-slug: acme/billing}}\nspec: {owner: team-a, type: service}\n---\nkind: Group\nmetadata: {name: team-a}\n---\nkind: API\nmetadata: {name: orders, annotations: {backstage.io/source-location: "url:https://github.com/acme/orders/tree/main/"}}\n---\nkind: Component\nmetadata: {name: shop}\n';
    expect(readCatalogue(text, 'acme/shop')).toEqual([{ component: 'billing', repository: 'acme/billing', owner: 'team-a' }, { component: 'orders', repository: 'acme/orders', owner: undefined }, { component: 'shop', repository: 'acme/shop', owner: undefined }]);
  });

  it('never throws', () => {
    for (const text of ['', '[', '['.repeat(20_000), 'a: &a [*a]', '- x', 'kind: Component', '\u0000']) expect(readCatalogue(text, 'a/b')).toEqual([]);
  });
});
