import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { guardTree } from '../../src/adapters/workspace/git/tree-guard.js';
import { create as createWorkspace } from '../../src/adapters/workspace/git/index.js';
import { readBundle, type ReadBundle } from '../../src/delivery/read-bundle/read-bundle.js';
import { parseManifest } from '../../src/delivery/read-bundle/read-manifest.js';
import { scanPack } from '../../src/delivery/read-bundle/scan-pack.js';
import { digestOf, digestOfJson } from '../../src/domain/digest.js';
import { CommitSha, TreeSha } from '../../src/domain/ids.js';
import type { ManifestDocument } from '../../src/domain/manifest.js';
import type { Order } from '../../src/domain/order.js';
import type { Workspace } from '../../src/ports/workspace.js';
import { canonicalJson } from '../../src/kit/canonical-json.js';
import { git } from '../adapters/workspace-git-fixture.js';
import { nameOf, packOf, sha256, treeOf, type TreeLine } from '../fakes/forged-bundle.js';
import { readyToSeal } from '../fixtures/run-events.js';

/** An honest bundle, made by the workspace itself, and readers that get it with bytes changed at random. */
let root: string;
let workspace: Workspace;
let order: Order;
let manifest: ManifestDocument;
let bundle: Buffer;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'heddle-read-'));
  const repo = join(root, 'repo');
  git(root, 'init', '-q', '-b', 'main', repo);
  for (let file = 0; file < 8; file += 1) writeFileSync(join(repo, `file-${String(file)}.txt`), `line ${String(file)}\n`.repeat(200));
  git(repo, 'add', '-A');
  git(repo, 'commit', '-q', '-m', 'base');
  const opened = await createWorkspace().open(repo, join(root, 'git'));
  if (!opened.ok) throw new Error(opened.error.message);
  workspace = opened.value;
  const base = CommitSha.parse(git(repo, 'rev-parse', 'HEAD'));
  const admitted = readyToSeal().map((event) => event.fact).find((fact) => fact.type === 'admitted');
  if (admitted?.type !== 'admitted') throw new Error('the fixture has no order');
  order = { ...admitted.order, base: { branch: 'main', commit: base } };
  writeFileSync(join(repo, 'file-3.txt'), `${'line 3\n'.repeat(200)}one more\n`);
  git(repo, 'add', '-A');
  const tree = TreeSha.parse(git(repo, 'write-tree'));
  const file = join(root, 'change.bundle');
  const made = await workspace.bundle(base, tree, file, new Date(order.admittedAt));
  if (!made.ok) throw new Error(made.error.message);
  bundle = readFileSync(file);
  const zero = { calls: 0, inputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, outputTokens: 0, cost: 0, costKnown: true };
  manifest = {
    version: 1, run: order.run, order: digestOfJson(order), nonce: order.nonce, attempt: 1, base, tree, commit: made.value.commit, ref: 'refs/heddle/candidate', bundle: digestOf(bundle), patch: digestOf('x'),
    stats: { files: 1, additions: 1, deletions: 0, bytes: 1 }, proven: true,
    reported: { agent: 'a', model: 'm', rung: 'none', attempts: 1, usage: zero, summary: '', trail: { events: 1, head: digestOf('h') } },
  } as unknown as ManifestDocument;
}, 120_000);

afterAll(() => { rmSync(root, { recursive: true, force: true }); });

async function read(manifestBytes: Uint8Array, bundleBytes: Uint8Array): Promise<ReadBundle | undefined> {
  const folder = mkdtempSync(join(root, 'b-'));
  writeFileSync(join(folder, 'manifest.json'), manifestBytes);
  writeFileSync(join(folder, 'change.bundle'), bundleBytes);
  const result = await readBundle({ folder, digest: sha256(manifestBytes), order, orderDigest: digestOfJson(order) });
  rmSync(folder, { recursive: true });
  return result.ok ? result.value : undefined;
}

async function receive(found: ReadBundle): Promise<string | undefined> {
  const received = await workspace.receive({ pack: found.pack, borrowed: found.borrowed, commit: found.manifest.commit, base: order.base.commit, tree: found.manifest.tree, at: new Date(order.admittedAt), attempt: 1, limits: { filesMax: 100, diffBytesMax: 2 ** 20, fileBytesMax: 2 ** 24 } });
  return received.ok ? received.value.tree : undefined;
}

const text = (): Buffer => Buffer.from(`${canonicalJson(manifest)}\n`);
/** A few bytes replaced, cut out or put in. */
const corruption = fc.array(fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true }), cut: fc.nat(20), put: fc.uint8Array({ maxLength: 20 }) }), { minLength: 1, maxLength: 4 });
function corrupted(bytes: Buffer, changes: readonly { at: number; cut: number; put: Uint8Array }[]): Buffer {
  return changes.reduce((now, { at, cut, put }) => {
    const place = Math.floor(at * now.length);
    return Buffer.concat([now.subarray(0, place), put, now.subarray(place + cut)]);
  }, bytes);
}

/** Only the pack's body is changed, and it ends with the hash that it then has: what a liar would do. */
function rehashed(changes: Parameters<typeof corrupted>[1]): Buffer {
  const start = bundle.indexOf('\n\nPACK') + 2;
  const body = corrupted(bundle.subarray(start + 12, -20), changes);
  const pack = Buffer.concat([bundle.subarray(start, start + 12), body]);
  return Buffer.concat([bundle.subarray(0, start), pack, createHash('sha1').update(pack).digest()]);
}

describe('the bundle reader', () => {
  it('takes an honest bundle', async () => {
    const found = await read(text(), bundle);
    expect(found === undefined ? undefined : await receive(found)).toBe(manifest.tree);
  });

  it('takes no manifest but the honest one, or another that says the same of the objects', () => {
    fc.assert(fc.property(corruption, (changes) => {
      const parsed = parseManifest(corrupted(text(), changes));
      // Canonical: equal bytes or another meaning, never two spellings of one.
      if (parsed.ok) expect(`${canonicalJson(parsed.value)}\n`).toBe(corrupted(text(), changes).toString('utf8'));
    }), { numRuns: 300 });
  });

  it('delivers no other tree from a corrupted bundle, and always ends', async () => {
    await fc.assert(fc.asyncProperty(corruption, fc.boolean(), async (changes, careful) => {
      const bytes = careful ? rehashed(changes) : corrupted(bundle, changes);
      const lying = Buffer.from(`${canonicalJson({ ...manifest, bundle: digestOf(bytes) })}\n`);
      const found = await read(lying, bytes);
      if (found !== undefined) expect(await receive(found)).toBe(manifest.tree);
    }), { numRuns: 150 });
  }, 240_000);

  it('walks any bytes as a pack without more work than they are worth', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), fc.nat(5), (bytes, count) => {
      const result = scanPack(packOf([Buffer.from(bytes)], count), { nameBytes: 20, objectBytesMax: 1000 });
      if (result.ok) expect(result.value.objects).toBe(count);
    }), { numRuns: 500 });
  });
});

/** The walk by itself, without git's own check before it. */
describe('the walk of a foreign tree', () => {
  const blob = nameOf('blob', Buffer.from('x'));
  const base: readonly TreeLine[] = [{ mode: '100644', name: 'a.txt', object: blob }];
  const walk = async (tree: Buffer): Promise<string> => {
    const objects = new Map([[nameOf('tree', treeOf(base)), treeOf(base)], [nameOf('tree', tree), tree]]);
    const guarded = await guardTree({
      objects: { read: async (name) => { const bytes = objects.get(name); return Promise.resolve(bytes === undefined ? undefined : { type: 'tree', bytes }); } },
      nameBytes: 20, base: nameOf('tree', treeOf(base)), tree: nameOf('tree', tree), filesMax: 100,
    });
    return 'code' in guarded ? guarded.code : 'fine';
  };
  const one = (name: string | Buffer, mode = '100644'): Buffer => treeOf([...base, { mode, name, object: blob }]);

  it.each<[string, () => Buffer, string]>([
    ['a plain name', () => one('b.txt'), 'fine'],
    ...['.git', '.GIT', '.git.', '.git ', 'git~1', 'GIT~1', '.g\u200bit', '.git::$DATA', '..', '.', '', '/etc/passwd', '../x', 'a\\b', 'a\nb', 'a\u202eb', 'A.TXT', 'ａ.txt', 'a.txt.', 'a.txt ', 'A.txt. .', 'a.txt::$DATA', 'x'.repeat(256)].map((name): [string, () => Buffer, string] => [`the name ${JSON.stringify(name.slice(0, 30))}`, () => one(name), 'unsafe-path']),
    ['a name that is no UTF-8', () => one(Buffer.from([0x62, 0xff])), 'unsafe-path'],
    ['a half of a pair', () => one(Buffer.from([0xed, 0xa0, 0x80])), 'unsafe-path'],
    ...['0100644', '040000', '100664', '104755', '60000', '20000', '', '100644 '].map((mode): [string, () => Buffer, string] => [`the mode ${JSON.stringify(mode)}`, () => one('b.txt', mode), mode === '100644 ' ? 'tree-malformed' : 'mode-refused']),
    ['a submodule', () => one('lib', '160000'), 'submodule-refused'],
    ['a name that stands twice', () => treeOf([...base, ...base]), 'tree-malformed'],
    ['a file and a folder of one name', () => treeOf([...base, { mode: '40000', name: 'a.txt', object: blob }]), 'tree-malformed'],
    ['entries out of order', () => treeOf([...base, { mode: '100644', name: '0', object: blob }], false), 'tree-malformed'],
    ['half an entry', () => one('b.txt').subarray(0, -4), 'tree-malformed'],
    ['bytes that are no tree', () => Buffer.from('hello'), 'tree-malformed'],
    ['a folder that is not there', () => one('dir', '40000'), 'tree-malformed'],
  ])('%s', async (_what, make, code) => {
    expect(await walk(make())).toBe(code);
  });

  it('skips what the base has as it is, whatever it is', async () => {
    const odd: TreeLine[] = [...base, { mode: '100644', name: 'git~1', object: blob }];
    const objects = new Map([[nameOf('tree', treeOf(odd)), treeOf(odd)]]);
    const same = nameOf('tree', treeOf(odd));
    expect(await guardTree({ objects: { read: async (name) => Promise.resolve({ type: 'tree', bytes: objects.get(name) ?? Buffer.alloc(0) }) }, nameBytes: 20, base: same, tree: same, filesMax: 0 })).toEqual({ links: [] });
  });

  it('never throws on random bytes', async () => {
    await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
      expect(typeof await walk(Buffer.from(bytes))).toBe('string');
    }), { numRuns: 300 });
  });
});
