import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Configuration } from '../../src/config/configuration.js';
import type { FileChange } from '../../src/domain/candidate.js';
import { digestOf } from '../../src/domain/digest.js';
import { CommitSha, TreeSha } from '../../src/domain/ids.js';
import { Verdict, type VerdictNode } from '../../src/domain/verdict.js';
import { evaluateGates, focusOf, type GateInput } from '../../src/gates/evaluate-gates.js';
import { linkLeaves } from '../../src/gates/rules/content-gates.js';
import { LIMITS } from '../validation/check-fixtures.js';

/** Their own tests are in guard/. */
const GUARD_GATES = ['secrets', 'look-alikes', 'out-of-view', 'lockfile-only', 'lock-sources', 'dependency-names', 'build-files', 'migrations', 'executables', 'vendored', 'scope-metric', 'licence', 'generated', 'notable-calls', 'undone-fixes', 'reviewer-orders'];

type Change = string | Partial<FileChange> & { readonly path: string };
interface Setting { readonly gates?: object; readonly workdir?: string; readonly bytes?: number; readonly added?: Readonly<Record<string, string>> }

async function evaluate(changes: readonly Change[], setting: Setting = {}): Promise<Verdict> {
  const files = changes.map((change): FileChange => ({ status: 'modified', oldMode: '100644', newMode: '100644', additions: 1, deletions: 0, binary: false, ...(typeof change === 'string' ? { path: change } : change) }));
  const added = setting.added;
  const input: GateInput = {
    candidate: { attempt: 1, base: CommitSha.parse('0'.repeat(40)), tree: TreeSha.parse('1'.repeat(40)), files, stats: { files: files.length, additions: files.length, deletions: 0, bytes: setting.bytes ?? 100 }, patchDigest: digestOf('') },
    config: Configuration.parse({ gates: setting.gates ?? {} }), workdir: setting.workdir ?? '', limits: { ...LIMITS, diffFilesMax: 100 }, addedText: added === undefined ? undefined : (path) => added[path],
  };
  return Verdict.parse(await evaluateGates(input));
}

const rule = (verdict: Verdict, name: string): VerdictNode | undefined => verdict.tree.children?.find((child) => child.rule === name);
const effects = (verdict: Verdict): string => (verdict.tree.children ?? []).filter((child) => child.effect !== 'allow').map((child) => `${child.rule} ${child.effect}`).join(', ');

describe('evaluateGates', () => {
  it('allows an ordinary change, with a node for every rule', async () => {
    const verdict = await evaluate(['src/cart.ts', 'test/cart.test.ts', 'docs/guide.md', 'src/github/client.ts', 'codeowners-tool/a.ts', '.changeset/brave-dog.md', 'empty/.gitkeep', 'src/.hidden/a.ts']);
    expect(verdict).toMatchObject({ effect: 'allow', tree: { words: 'no gate objects' } });
    expect(verdict.tree.children?.map((child) => child.rule)).toEqual(['not-empty', 'protected-paths', 'configured-protected', 'scope', 'submodules', 'links', 'size', 'hidden-text', 'hold-paths', 'binaries', 'disguised-text', ...GUARD_GATES, 'test-tampering', 'test-replay', 'quality', 'focus-paths']);
  });

  it.each([
    ['.github/workflows/ci.yml', 'ci'], ['.github/CODEOWNERS', 'ci'], ['CODEOWNERS', 'owners'], ['docs/CODEOWNERS', 'owners'], ['.gitlab/CODEOWNERS', 'ci'], ['.gitlab-ci.yml', 'ci'], ['ci/.gitlab-ci-build.yml', 'ci'], ['Jenkinsfile', 'ci'], ['renovate.json', 'ci'],
    ['.gitattributes', 'git'], ['sub/.gitignore', 'git'], ['.gitmodules', 'git'], ['a/.git/config', 'git'], ['AGENTS.md', 'agent-instructions'], ['packages/api/CLAUDE.md', 'agent-instructions'], ['.mcp.json', 'agent-instructions'], ['sub/.cursor/rules/a.mdc', 'agent-instructions'],
    ['.heddle.yml', 'heddle'], ['.husky/pre-commit', 'dot-folder'], ['.vscode/tasks.json', 'dot-folder'],
  ])('denies the protected path %s', async (path, group) => {
    const node = rule(await evaluate(['src/a.ts', path]), 'protected-paths');
    expect(node).toMatchObject({ effect: 'deny', values: { count: 1, paths: [path] } });
    expect(node?.words).toContain(`(${group})`);
  });

  it('denies taking a guard away as much as changing it', async () => {
    expect(effects(await evaluate([{ path: 'CODEOWNERS', status: 'deleted', newMode: '000000' }]))).toBe('protected-paths deny');
  });

  it.each([
    '.GitHub/workflows/x.yml', '.GITHUB/x', '.gith\u200bub/x', '.github\u202e/x', '.ｇｉｔｈｕｂ/x', '.gıthub/x', '.gi\u0442hub/x', '.github./x', '.github /x', '.github::$INDEX_ALLOCATION/x', '.github\\workflows\\x', 'GITHUB~1/x', '.gi\u0301thub/x', '\u2024github/x', './.github/x', './/.github/x',
    'a/.GIT/config', 'a/git~1/config', 'a/GI7EBA~1/x', 'a/.git./config', 'a/.git /config', 'a/.g\u200cit/hooks/x', 'a/.Git::$DATA', 'СODEOWNERS', 'CODE\u2060OWNERS', 'docs/codeowners', 'agents.MD', 'ΑGENTS.md', '.heddle.YML', '.hed\u00addle.yml', '.ⅽlaude/settings.json', 'Claude.md', '.mcp.json.',
  ])('denies the spelling %j', async (path) => {
    expect(rule(await evaluate([path]), 'protected-paths')?.effect).toBe('deny');
  });

  it('denies every protected name under any mix of case, ignored characters and endings', async () => {
    const spelled = fc.tuple(fc.constantFrom('.github/a', 'CODEOWNERS', '.gitattributes', 'AGENTS.md', '.heddle.yml', '.gitlab-ci.yml', '.claude/x'), fc.infiniteStream(fc.nat({ max: 9 }))).map(([name, picks]) => [...name].map((character) => {
      const pick = picks.next().value ?? 0;
      if (character === '/') return character;
      if (pick < 3) return character.toUpperCase();
      if (pick < 5) return `${character}\u200d`;
      return pick === 6 && /[a-z]/.test(character) ? String.fromCodePoint((character.codePointAt(0) ?? 0) + 0xfee0) : character;
    }).join(''));
    await fc.assert(fc.asyncProperty(spelled, async (path) => {
      expect(rule(await evaluate([path]), 'protected-paths')?.effect).toBe('deny');
    }));
  });

  it('denies and holds by the configuration, in any case and spelling', async () => {
    const gates = { protected: ['infra/', 'secrets/**/*.key'], hold: ['db/migrations/**', '*.sql'], focus: ['src/billing/**'] };
    expect(effects(await evaluate(['infra/main.txt'], { gates }))).toBe('configured-protected deny');
    expect(effects(await evaluate(['INFRA/main.txt'], { gates }))).toBe('configured-protected deny');
    expect(effects(await evaluate(['infrа/main.txt'], { gates }))).toBe('configured-protected deny');
    expect(effects(await evaluate(['secrets/a/.b/c.key'], { gates }))).toBe('configured-protected deny');
    expect(effects(await evaluate(['db/migrations/.x/1.txt', 'a.sql'], { gates }))).toBe('hold-paths hold');
    const focus = await evaluate(['src/billing/a.ts', 'src/b.ts'], { gates });
    expect(focus.effect).toBe('allow');
    expect(focusOf(focus)).toEqual(['src/billing/a.ts']);
    expect(focusOf(await evaluate(['src/b.ts'], { gates }))).toEqual([]);
  });

  it('takes a pattern it cannot bound as an error, which counts as deny', async () => {
    expect(await evaluate(['a'], { gates: { hold: ['*a'.repeat(20)] } })).toMatchObject({ effect: 'error' });
    expect(rule(await evaluate(['a'], { gates: { hold: ['*a'.repeat(20)] } }), 'hold-paths')?.words).toContain('split it');
  });

  it('keeps work that is bound to a folder inside of it', async () => {
    expect(effects(await evaluate(['packages/api/a.ts'], { workdir: 'packages/api' }))).toBe('');
    for (const path of ['packages/api2/a.ts', 'packages/apia.ts', 'a.ts', 'Packages/api/a.ts', 'packages/api/../b.ts', 'packages/api']) expect(effects(await evaluate([path], { workdir: 'packages/api/' }))).toBe('scope deny');
  });

  it('denies submodules, coming or going', async () => {
    expect(effects(await evaluate([{ path: 'lib/x', newMode: '160000', oldMode: '000000', status: 'added' }]))).toBe('submodules deny');
    expect(effects(await evaluate([{ path: 'lib/x', oldMode: '160000', newMode: '000000', status: 'deleted' }]))).toBe('submodules deny');
  });

  it('denies links that leave, allows those that stay, holds those it cannot see', async () => {
    const link = { path: 'a/b', newMode: '120000' as const, status: 'type-changed' as const };
    expect(effects(await evaluate([link], { added: { 'a/b': '../../etc/passwd' } }))).toBe('links deny');
    expect(effects(await evaluate([link], { added: { 'a/b': '../c' } }))).toBe('');
    expect(effects(await evaluate([link]))).toBe('links hold');
  });

  it.each([
    ['a/b', '../c', false], ['a/b', 'c/../../d', false], ['b', '..', true], ['a/b', '../../c', true], ['b', '/etc', true], ['b', 'C:\\x', true], ['b', 'x\\..\\..', true], ['b', '', true], ['b', '.git/config', true], ['a/b', '../.GIT', true], ['b', 'git~1/x', true], ['b', '.gitignore', false],
  ])('link %s -> %s leaves: %s', (path, target, expected) => {
    expect(linkLeaves(path, target)).toBe(expected);
  });

  it('denies what is too large or empty, with the setting\'s name', async () => {
    expect(effects(await evaluate(Array.from({ length: 101 }, (_, index) => `f${index}`)))).toBe('size deny');
    expect(rule(await evaluate(['a'], { bytes: 20_000 }), 'size')?.words).toBe('the change is too large: 20000 bytes (limits.diff_kb is 9)');
    expect(effects(await evaluate([]))).toBe('not-empty deny');
  });

  it.each(['src/a.ts', 'scripts/run.SH', 'Makefile', 'db/up.sql', 'package-lock.json'])('holds %s when its bytes are binary', async (path) => {
    expect(effects(await evaluate([{ path, binary: true }]))).toContain('disguised-text hold');
  });

  it.each([{ path: 'logo.png', binary: true }, { path: 'src/a.ts', binary: false }, { path: 'src/a.ts', binary: true, status: 'deleted' as const, newMode: '000000' as const }])('sees nothing disguised in %j', async (change) => {
    expect(rule(await evaluate([change]), 'disguised-text')?.effect).toBe('allow');
  });

  it('holds executables and build files, and notes binaries', async () => {
    const verdict = await evaluate([{ path: 'run.sh', newMode: '100755' }, { path: 'logo.png', binary: true }, { path: 'old.png', binary: true, status: 'deleted', newMode: '000000' }, 'sub/package.json']);
    expect(effects(verdict)).toBe('build-files hold, executables hold');
    expect(rule(verdict, 'executables')?.values).toEqual({ count: 1, paths: ['run.sh'] });
    expect(rule(verdict, 'binaries')?.values).toEqual({ count: 1, paths: ['logo.png'] });
    expect(rule(verdict, 'build-files')?.values).toEqual({ count: 1, paths: ['sub/package.json'] });
  });

  it('denies text that turns the reading direction and holds invisible text, naming the place and not the text', async () => {
    expect(effects(await evaluate(['a.ts'], { added: { 'a.ts': 'ok\nif (x \u202e) {' } }))).toBe('hidden-text deny');
    const held = rule(await evaluate(['a.ts'], { added: { 'a.ts': 'ok\nadm\u200bin' } }), 'hidden-text');
    expect(held).toMatchObject({ effect: 'hold', values: { paths: ['a.ts (added line 2)'] } });
    for (const unseen of ['\u3164', '\uffa0', '\u{e0101}', '\u{e0041}']) expect(effects(await evaluate(['a.ts'], { added: { 'a.ts': `const { ok, ${unseen} } = input` } }))).toBe('hidden-text hold');
    expect(effects(await evaluate(['a.ts'], { added: { 'a.ts': 'plain ünïcode 日本' } }))).toBe('');
  });

  it('lists at most 50 paths and counts all', async () => {
    const node = rule(await evaluate(Array.from({ length: 80 }, (_, index) => `.github/${index}`)), 'protected-paths');
    expect(node?.values).toMatchObject({ count: 80, paths: { length: 50 } });
  });

  it('answers for any paths, as strict as its strictest rule', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }), { minLength: 1, maxLength: 4 }), async (paths) => {
      const verdict = await evaluate(paths, { gates: { protected: ['a*/**'], hold: ['{x,y}/?'] } });
      const rank = ['allow', 'hold', 'deny', 'error'];
      expect(rank.indexOf(verdict.effect)).toBe(Math.max(...(verdict.tree.children ?? []).map((child) => rank.indexOf(child.effect))));
    }));
  });
});
