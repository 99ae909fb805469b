import { describe, expect, it } from '@jest/globals';
import { writeBrief } from '../../src/briefing/write-brief.js';
import { Configuration } from '../../src/config/configuration.js';
import { Brief } from '../../src/domain/brief.js';
import { digestOf } from '../../src/domain/digest.js';
import { lastOf } from '../../src/packet/build-packet.js';
import type { Workspace } from '../../src/ports/workspace.js';
import { readyToSeal } from '../fixtures/run-events.js';

/** A workspace of one tree in memory; what a brief must not use fails at once. */
function workspace(contents: Readonly<Record<string, string>>, modes: Readonly<Record<string, string>> = {}): { workspace: Workspace; read: string[] } {
  const read: string[] = [];
  const unused = (): never => { throw new Error('a brief does not need this'); };
  return {
    read,
    workspace: {
      gitDir: '/nowhere', objectFolders: [], resolve: unused, treeOf: unused, checkout: unused, capture: unused, patch: unused, bundle: unused, receive: unused, compose: unused, source: unused, drift: unused, openMergeRoom: unused, read: unused, history: unused, mentions: unused,
      list: async () => Promise.resolve(Object.entries(contents).map(([path, text]) => ({ path, mode: modes[path] ?? '100644', blob: path, size: Buffer.byteLength(text) }))),
      readBlob: async (blob) => {
        read.push(blob);
        return Promise.resolve(Buffer.from(contents[blob] ?? ''));
      },
    },
  };
}

const facts = readyToSeal().map((event) => event.fact);
const admitted = lastOf(facts, 'admitted');
const briefed = lastOf(facts, 'briefed');
if (admitted === undefined || briefed === undefined) throw new Error('the fixture lost its order');
const { snapshot, order } = admitted;
const { checks } = briefed;

async function brief(contents: Readonly<Record<string, string>>, config: Record<string, unknown> = {}, modes = {}) {
  const made = workspace(contents, modes);
  const result = await writeBrief({ snapshot, order, config: Configuration.parse(config), checks, workspace: made.workspace, mark: '0123456789abcdef' });
  return { result, read: made.read };
}

async function written(contents: Readonly<Record<string, string>>, config: Record<string, unknown> = {}, modes = {}): Promise<Brief> {
  const { result } = await brief(contents, config, modes);
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

describe('writeBrief', () => {
  it('is a document of its schema, from the base commit', async () => {
    const document = await written({ 'src/total.ts': 'function roundCents() {}', 'README.md': 'x', '.github/CODEOWNERS': '* @maria # all\n/src/ @acme/billing\n', 'docs/CODEOWNERS': '* @nobody' });
    expect(Brief.parse(JSON.parse(JSON.stringify(document)))).toEqual(document);
    expect(document.base).toBe(order.base.commit);
    expect(document.owners).toEqual([{ pattern: '*', owners: ['@maria'] }, { pattern: '/src/', owners: ['@acme/billing'] }]);
    expect(document.checks[0]).toEqual({ id: 'lint', run: 'npm run lint', origin: 'package.json scripts.lint' });
    expect(document.likelyFiles[0]?.path).toBe('src/total.ts');
    expect(document.outOfScope).toEqual([expect.stringContaining('CI configuration')]);
  });

  it('puts the nearest instructions first, each text once, with the digest of the whole file', async () => {
    const document = await written({
      'AGENTS.md': 'root rules', 'CLAUDE.md': 'root rules', 'apps/shop/AGENTS.md': 'shop rules', 'apps/other/AGENTS.md': 'other rules', 'apps/shop/a.ts': '',
      '.cursor/rules/style.mdc': 'style', '.github/copilot-instructions.md': 'copilot', 'GEMINI.md': 'secret',
    }, { workdir: './apps/shop/', gates: { protected: ['db/**'] } }, { 'GEMINI.md': '120000' });
    expect(document.workdir).toBe('apps/shop');
    expect(document.instructions.map((file) => file.path)).toEqual(['apps/shop/AGENTS.md', 'AGENTS.md', '.github/copilot-instructions.md', '.cursor/rules/style.mdc']);
    expect(document.instructions[0]).toEqual({ path: 'apps/shop/AGENTS.md', digest: digestOf('shop rules'), text: 'shop rules' });
    expect(document.outOfScope.slice(1)).toEqual(['db/**', 'everything outside of apps/shop/']);
    expect(document.constraints).toContain('Change files below apps/shop/ only.');
  });

  it('frees instructions from what nobody can see, and cuts long ones', async () => {
    const document = await written({ 'AGENTS.md': 'use \u202etabs\u200b', 'CLAUDE.md': 'x'.repeat(40_000) });
    expect(document.instructions[0]?.text).toBe('use tabs\n[2 hidden characters were left out]\n');
    expect(document.instructions[1]?.text).toContain('[cut: 8000 more characters are in the file]');
  });

  it('never reads vendored, generated or huge files', async () => {
    const { read } = await brief({ 'node_modules/a/total.js': 'total', 'package-lock.json': '{}', 'src/total.ts': 'x', 'big.ts': 'total '.repeat(100_000), 'logo.png': 'x' });
    expect(read).toEqual(['src/total.ts']);
  });

  it('says which setting names a folder that does not exist', async () => {
    const { result } = await brief({ 'a.ts': '' }, { workdir: 'nope' });
    expect(result).toMatchObject({ ok: false, error: { code: 'not-found', side: 'setup', message: expect.stringContaining('The folder of the setting "workdir" ("nope") does not exist at main') } });
  });

  it('works on an empty tree', async () => {
    expect(await written({})).toMatchObject({ instructions: [], likelyFiles: [], owners: [] });
  });
});
