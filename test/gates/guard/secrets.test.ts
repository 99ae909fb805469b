import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { bitsPerCharacter, randomValues } from '../../../src/gates/guard/entropy.js';
import { isPlaceholder } from '../../../src/gates/guard/secret-patterns.js';
import { judgeEdits, nodeOf } from './guard-fixture.js';

/** Made up, in pieces: this very file must not look like one that holds keys. */
const letters = 'Qw3rT7yUi9oPa5sDf1gHj2kLz8xCv4bNm6Qe0Wr';
const of = (length: number, alphabet = letters): string => alphabet.repeat(10).slice(0, length);
const KEYS: readonly (readonly [string, string])[] = [
  ['github-token', `ghp${'_'}${of(36)}`], ['github-token', `github${'_pat_'}${of(22)}_${of(59)}`], ['gitlab-token', `glpat${'-'}${of(20)}`], ['aws-access-key', `AKIA${'QYLPMN5HFIQR7XYA'}`],
  ['google-api-key', `AIza${of(35)}`], ['slack-token', `xoxb${'-'}${'123456789012-1234567890123-'}${of(24)}`], ['stripe-key', `sk${'_live_'}${of(24)}`], ['anthropic-key', `sk${'-ant-api03-'}${of(93)}AA`],
  ['npm-token', `npm${'_'}${of(36)}`], ['huggingface-token', `hf${'_'}${of(34, 'QwrTyUioPasDfgHjkLzxCvbNm')}`], ['sendgrid-key', `SG${'.'}${of(22)}.${of(43)}`], ['docker-token', `dckr${'_pat_'}${of(27)}`],
  ['private-key', `-----BEGIN OPENSSH ${'PRIVATE'} KEY-----`], ['json-web-token', `eyJ${of(20)}.eyJ${of(40)}.${of(43)}`], ['url-password', `postgres://shop:${of(14)}@db.acme.internal/shop`],
  ['azure-storage-key', `AccountKey=${of(86)}==`], ['vault-token', `hvs${'.'}${of(30)}`], ['pypi-token', `pypi${'-AgE'}${of(60)}`], ['digitalocean-token', `dop${'_v1_'}${of(64, '0123456789abcdef')}`],
];

describe('secrets', () => {
  it.each(KEYS)('denies %s, tells the place, and never the value', async (id, value) => {
    const verdict = await judgeEdits({ 'src/client.ts': { before: 'const a = 1;\n', after: `const a = 1;\n\nconst client = connect("${value}");\n` } });
    const node = nodeOf(verdict, 'secrets');
    expect(node.effect).toBe('deny');
    expect(node.values?.['places']).toEqual([expect.stringContaining('src/client.ts:3 (')]);
    expect(String(node.values?.['places'])).toContain(id);
    expect(JSON.stringify(verdict)).not.toContain(value.slice(4, 24));
  });

  it('is not turned off by a comment of the agent', async () => {
    const [, value] = KEYS[0] ?? ['', ''];
    expect(nodeOf(await judgeEdits({ 'a.ts': { after: `/* secretlint-disable */\n// gitleaks:allow\nconst key = '${value}'; // nosec pragma: allowlist secret\n` } }), 'secrets').effect).toBe('deny');
  });

  it('finds what only the library knows', async () => {
    const node = nodeOf(await judgeEdits({ 'a.py': { after: `AWS_SECRET_ACCESS_KEY = "${of(40)}"\n` } }), 'secrets');
    expect(node.effect).toBe('deny');
    expect(String(node.values?.['places'])).toContain('aws');
  });

  it.each([
    ['a new environment file', '.env', 'DATABASE_PASSWORD=hunter2\n', 'deny'],
    ['one below', 'apps/web/.env.production', 'export KEY=1\n', 'deny'],
    ['an example of one', '.env.example', 'DATABASE_PASSWORD=\n', 'allow'],
    ['an empty one', '.env', '# nothing yet\nKEY=\n', 'allow'],
    ['a random value under a telling name', 'config.yml', `db_password: "${of(20)}"\n`, 'hold'],
    ['a bare one', 'settings.ini', `api_key = ${of(32)}\n`, 'hold'],
    ['a hexadecimal one', 'a.js', `const signingKey = '${of(40, '9f86d081884c7d659a2feaa0c55ad015')}';\n`, 'hold'],
    ['a placeholder', 'config.yml', 'password: "your-password-here"\napi_key: "<your key>"\ntoken: "${TOKEN}"\nsecret: "xxxxxxxxxxxx"\n', 'allow'],
    ['code about tokens', 'a.ts', 'const token = await readToken(request.headers);\nconst tokens: TokenKind[] = tokenizer.nextTokens;\nlet password = form.passwordField.value;\nconst secretName = "projects/shop/secrets/database";\n', 'allow'],
    ['a local service', 'compose.txt', 'redis://user:password@localhost:6379\npostgres://postgres:postgres@db:5432/test\n', 'allow'],
    ['a checksum', 'list.txt', `${of(64, '9f86d081884c7d659a2feaa0c55ad015')}  archive.tar.gz\n`, 'allow'],
  ])('judges %s', async (_name, path, after, effect) => {
    expect(nodeOf(await judgeEdits({ [path]: { after } }), 'secrets').effect).toBe(effect);
  });

  it('notes what the base had already, also when it moves to another file', async () => {
    const [, value] = KEYS[0] ?? ['', ''];
    const moved = nodeOf(await judgeEdits({ 'old.ts': { before: `const key = '${value}';\n` }, 'new.ts': { after: `export const key = '${value}';\n` } }), 'secrets');
    expect(moved).toMatchObject({ effect: 'allow', values: { count: 1 } });
    expect(moved.words).toContain('should be replaced');
  });

  it('follows the configuration', async () => {
    const [, value] = KEYS[0] ?? ['', ''];
    const edits = { 'test/fixtures/key.ts': { after: `const key = '${value}';\n` } };
    expect(nodeOf(await judgeEdits(edits, { gates: { secrets: { allow: ['test/fixtures/**'] } } }), 'secrets')).toMatchObject({ effect: 'allow', words: expect.stringContaining('1 paths of gates.secrets.allow') });
    expect(nodeOf(await judgeEdits(edits, { gates: { secrets: { known: 'hold' } } }), 'secrets').effect).toBe('hold');
    expect(nodeOf(await judgeEdits({ 'a.yml': { after: `token: "${of(30)}"\n` } }, { gates: { secrets: { entropy: 'note' } } }), 'secrets')).toMatchObject({ effect: 'allow', values: { count: 1 } });
  });

  it('finds a planted key anywhere among other lines, at its line', async () => {
    const line = fc.stringMatching(/^[a-z (){};=.]{0,40}$/);
    await fc.assert(fc.asyncProperty(fc.array(line, { maxLength: 30 }), fc.nat(30), fc.constantFrom(...KEYS), async (lines, at, [, value]) => {
      const place = Math.min(at, lines.length);
      const after = [...lines.slice(0, place), `x("${value}")`, ...lines.slice(place)].join('\n');
      const node = nodeOf(await judgeEdits({ 'a.ts': { after } }), 'secrets');
      expect(node.effect).toBe('deny');
      expect(node.values?.['places']).toContainEqual(expect.stringContaining(`a.ts:${place + 1} (`));
    }), { numRuns: 40 });
  });
});

describe('randomValues', () => {
  it('knows words from noise', () => {
    expect(bitsPerCharacter('aaaa')).toBe(0);
    expect(bitsPerCharacter('abcd')).toBe(2);
    expect(randomValues('password = "correct horse battery"')).toEqual([]);
    expect(randomValues(`x; password = "${of(20)}"; y`)).toEqual([{ from: 15, to: 35 }]);
  });

  it('takes no placeholder for a secret, and ends on any text', () => {
    for (const text of ['changeme', 'your_api_key', 'test-token-1', '<secret>', '${SECRET}', 'xxxxxxxx', 'dummy_password_123']) expect(isPlaceholder(text)).toBe(true);
    for (const text of [of(20), 'hunter2!']) expect(isPlaceholder(text)).toBe(false);
    fc.assert(fc.property(fc.string({ maxLength: 2_000 }), (text) => {
      for (const { from, to } of randomValues(text)) expect(to).toBeGreaterThan(from);
    }));
  });
});
