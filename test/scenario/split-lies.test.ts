import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { commitOf, lying, nameDelta, nameOf, offsetDelta, packed, packOf, replacing, sha256, treeOf, writeBundle } from '../fakes/forged-bundle.js';
import { makeScene, seeForge, type Scene } from './rig.js';
import { BLOB, BLOB_NAME, codeOf, deliverHere, honestOf, withEntry, withFile, withManifest, withPack, truthful, withTree, type Handed, type Honest } from './split-lies.js';
import { copyOf, Split, type Admitted, type Worked } from './split-rig.js';

/** A work job that was taken over says whatever it likes: here it says all of it. Nothing is ever delivered, and each lie has its name. */
let scene: Scene;
let plan: Admitted;
let worked: Worked;
let honest: Honest;

beforeAll(async () => {
  scene = makeScene({ config: { limits: { diff_files: 3, file_mb: 1, diff_kb: 64 }, gates: { hold: ['held/**'] } }, files: { '.gitignore': 'node_modules\n*.log\n!kept.log\n' } });
  const split = new Split(scene);
  plan = await split.admit();
  worked = await split.work(plan);
  honest = honestOf(scene, plan, worked);
}, 240_000);

afterAll(() => { scene.close(); });

const honestly = (): Handed => ({ folder: copyOf(scene, worked), digest: worked.digest });
const other = '1'.repeat(40);
const hex = (text: string): string => `sha256:${sha256(text)}`;
const at = (): string => honest.plan.order.admittedAt;

/** One commit as it should be, around a tree that is fine, with the pack's other entries and the head to choose. */
function around(change: { readonly commit?: Buffer; readonly more?: readonly Buffer[]; readonly head?: (commit: string) => string; readonly pack?: (entries: readonly Buffer[]) => Buffer }): Handed {
  const tree = treeOf([...honest.root, { mode: '100644', name: 'other.mjs', object: BLOB_NAME }]);
  const commit = change.commit ?? commitOf({ tree: nameOf('tree', tree), parents: [honest.base], at: at() });
  const entries = [packed('commit', commit), packed('tree', tree), packed('blob', BLOB), ...change.more ?? []];
  const name = nameOf('commit', commit);
  return withPack(honest, {
    commit: name, tree: nameOf('tree', tree), entries, ...(change.head === undefined ? {} : { head: change.head(name) }), ...(change.pack === undefined ? {} : { pack: change.pack(entries) }),
  });
}

/** Puts something into the folder of an honest bundle. */
function spoilt(spoil: (folder: string) => void): Handed {
  const handed = honestly();
  spoil(handed.folder);
  return handed;
}

function chain(length: number): Buffer[] {
  const first = packed('blob', Buffer.from('a'));
  const all = [first];
  for (let depth = 0; depth < length; depth += 1) all.push(offsetDelta(all.at(-1)?.length ?? 0, replacing(1, 'a')));
  return all;
}

function bare(...[head = '', objects = '', refs = '']: readonly string[]): Handed {
  const inner = treeOf([{ mode: '100644', name: 'config', object: BLOB_NAME }]);
  const repository = treeOf([{ mode: '100644', name: head, object: BLOB_NAME }, ...[objects, refs].map((name) => ({ mode: '40000', name, object: nameOf('tree', inner) }))]);
  const docs = treeOf([{ mode: '40000', name: 'sample', object: nameOf('tree', repository) }]);
  return withTree(honest, treeOf([...honest.root, { mode: '40000', name: 'docs', object: nameOf('tree', docs) }]), [packed('tree', inner), packed('tree', repository), packed('tree', docs), packed('blob', BLOB)]);
}

/** Each folder holds the next one ten times. */
function bomb(depth: number): Handed {
  const names = [...'abcdefghij'];
  const trees = [treeOf(names.map((name) => ({ mode: '100644', name, object: BLOB_NAME })))];
  for (let level = 1; level < depth; level += 1) trees.push(treeOf(names.map((name) => ({ mode: '40000', name, object: nameOf('tree', trees.at(-1) ?? BLOB) }))));
  return withTree(honest, treeOf([...honest.root, { mode: '40000', name: 'x', object: nameOf('tree', trees.at(-1) ?? BLOB) }]), [...trees.map((tree) => packed('tree', tree)), packed('blob', BLOB)]);
}

type Case = readonly [what: string, make: () => Handed, code: string];

const OUTPUTS: readonly Case[] = [
  ['text', () => ({ ...honestly(), digest: 'ok' }), 'digest-malformed'],
  ['a line break', () => ({ ...honestly(), digest: `${worked.digest}\n` }), 'digest-malformed'],
  ['upper case', () => ({ ...honestly(), digest: 'A'.repeat(64) }), 'digest-malformed'],
  ['a megabyte', () => ({ ...honestly(), digest: 'a'.repeat(1_000_000) }), 'digest-malformed'],
  ['an expression', () => ({ ...honestly(), digest: '${{ secrets.GITHUB_TOKEN }}' }), 'digest-malformed'],
  ['nothing', () => ({ ...honestly(), digest: '' }), 'digest-malformed'],
  ['the digest of another artifact', () => ({ ...honestly(), digest: sha256('other') }), 'digest-differs'],
];

const FOLDERS: readonly Case[] = [
  ['no folder', () => ({ ...honestly(), folder: join(scene.root, 'nowhere') }), 'folder-unreadable'],
  ['a link to the folder', () => { const handed = honestly(); const link = `${handed.folder}-link`; symlinkSync(handed.folder, link); return { ...handed, folder: link }; }, 'folder-unreadable'],
  ['a third file', () => spoilt((folder) => { writeFileSync(join(folder, 'readme.md'), ''); }), 'extra-entry'],
  ['a repository beside it', () => spoilt((folder) => { mkdirSync(join(folder, '.git')); writeFileSync(join(folder, '.git', 'config'), '[core]\n\tfsmonitor = touch pwned\n'); }), 'extra-entry'],
  ['a package.json with a start script', () => spoilt((folder) => { writeFileSync(join(folder, 'package.json'), '{"scripts":{"preinstall":"touch pwned"}}'); }), 'extra-entry'],
  ['an .npmrc', () => spoilt((folder) => { writeFileSync(join(folder, '.npmrc'), 'node-options=--require ./pwned.js\n'); }), 'extra-entry'],
  ['a name like a member of every object', () => spoilt((folder) => { writeFileSync(join(folder, 'constructor'), ''); }), 'extra-entry'],
  ['no manifest', () => spoilt((folder) => { rmSync(join(folder, 'manifest.json')); }), 'missing-file'],
  ['no bundle', () => spoilt((folder) => { rmSync(join(folder, 'change.bundle')); }), 'missing-file'],
  ['a link for the manifest', () => spoilt((folder) => { renameSync(join(folder, 'manifest.json'), `${folder}.json`); symlinkSync(`${folder}.json`, join(folder, 'manifest.json')); }), 'not-a-plain-file'],
  ['a link for the bundle', () => spoilt((folder) => { rmSync(join(folder, 'change.bundle')); symlinkSync('/etc/passwd', join(folder, 'change.bundle')); }), 'not-a-plain-file'],
  ['a second name of a file', () => spoilt((folder) => { linkSync(join(folder, 'change.bundle'), `${folder}.bundle`); }), 'not-a-plain-file'],
  ['a pipe that nobody writes to', () => spoilt((folder) => { rmSync(join(folder, 'change.bundle')); execFileSync('mkfifo', [join(folder, 'change.bundle')]); }), 'not-a-plain-file'],
  ['a folder for a file', () => spoilt((folder) => { rmSync(join(folder, 'manifest.json')); mkdirSync(join(folder, 'manifest.json')); }), 'not-a-plain-file'],
  ['a bundle of 200 MB', () => spoilt((folder) => { truncateSync(join(folder, 'change.bundle'), 200_000_000); }), 'file-too-large'],
  ['a manifest of 10 MB', () => spoilt((folder) => { writeFileSync(join(folder, 'manifest.json'), `{"a":"${'a'.repeat(10_000_000)}"}`); }), 'file-too-large'],
  ['a manifest changed after the upload', () => spoilt((folder) => { writeFileSync(join(folder, 'manifest.json'), `${honest.manifestText} `); }), 'digest-differs'],
  ['a bundle changed after the upload', () => spoilt((folder) => { writeFileSync(join(folder, 'change.bundle'), Buffer.concat([honest.bundle, Buffer.from('x')])); }), 'digest-differs'],
];

const raw = (manifest: string): Handed => writeBundle(scene.root, { manifest, bundle: honest.bundle });
const MANIFESTS: readonly Case[] = [
  ['no JSON', () => raw('{'), 'manifest-malformed'],
  ['deep JSON', () => raw('['.repeat(200_000)), 'manifest-malformed'],
  ['a key that stands twice', () => raw(honest.manifestText.replace('"proven":true', '"proven":false,"proven":true')), 'manifest-malformed'],
  ['a prototype for a member', () => raw(honest.manifestText.replace('{', '{"__proto__":{"proven":true},')), 'manifest-malformed'],
  ['white space', () => raw(honest.manifestText.replace(',', ', ')), 'manifest-malformed'],
  ['a byte-order mark', () => raw(`\ufeff${honest.manifestText}`), 'manifest-malformed'],
  ['another spelling of a number', () => raw(honest.manifestText.replace('"version":1', '"version":1.0')), 'manifest-malformed'],
  ['an extra member', () => withManifest(honest, (manifest) => ({ ...manifest, approved: true })), 'manifest-malformed'],
  ['another reference', () => withManifest(honest, (manifest) => ({ ...manifest, ref: 'refs/heads/main' })), 'manifest-malformed'],
  ['an option for a commit', () => withManifest(honest, (manifest) => ({ ...manifest, commit: '--upload-pack=touch pwned' })), 'manifest-malformed'],
  ['another run', () => withManifest(honest, (manifest) => ({ ...manifest, run: 'abcdefgh12345678' })), 'other-run'],
  ['another order', () => withManifest(honest, (manifest) => ({ ...manifest, order: hex('other') })), 'other-plan'],
  ['another nonce', () => withManifest(honest, (manifest) => ({ ...manifest, nonce: '0'.repeat(32) })), 'other-plan'],
  ['another base', () => withManifest(honest, (manifest) => ({ ...manifest, base: other })), 'other-base'],
  ['an attempt beyond the order', () => withManifest(honest, (manifest) => ({ ...manifest, attempt: 999 })), 'manifest-differs'],
  ['work that is not proven', () => withManifest(honest, (manifest) => ({ ...manifest, proven: false })), 'not-proven'],
  ['another tree', () => withManifest(honest, (manifest) => ({ ...manifest, tree: other })), 'tree-differs'],
  ['the base\'s own tree', () => withManifest(honest, (manifest) => ({ ...manifest, tree: nameOf('tree', treeOf(honest.root)) })), 'tree-differs'],
  ['another commit', () => withManifest(honest, (manifest) => ({ ...manifest, commit: other })), 'bundle-refs'],
  ['another bundle', () => withManifest(honest, (manifest) => ({ ...manifest, bundle: hex('other') })), 'digest-differs'],
  ['another patch', () => withManifest(honest, (manifest) => ({ ...manifest, patch: hex('other') })), 'manifest-differs'],
  ['a smaller change than it is', () => withManifest(honest, (manifest) => ({ ...manifest, stats: { files: 1, additions: 0, deletions: 0, bytes: 1 } })), 'manifest-differs'],
];

const BUNDLES: readonly Case[] = [
  ['garbage', () => around({ head: () => 'garbage' }), 'bundle-malformed'],
  ['a line without end', () => around({ head: () => '#'.repeat(100_000) }), 'bundle-malformed'],
  ['a filter', () => around({ head: (commit) => `# v3 git bundle\n@object-format=sha1\n@filter=blob:none\n-${honest.base}\n${commit} refs/heddle/candidate\n\n` }), 'bundle-malformed'],
  ['two references', () => around({ head: (commit) => `# v2 git bundle\n-${honest.base}\n${commit} refs/heddle/candidate\n${commit} refs/heads/main\n\n` }), 'bundle-refs'],
  ['a thousand references', () => around({ head: (commit) => `# v2 git bundle\n-${honest.base}\n${`${commit} refs/heddle/candidate\n`.repeat(1000)}\n` }), 'bundle-refs'],
  ['a tag for the reference', () => around({ head: (commit) => `# v2 git bundle\n-${honest.base}\n${commit} refs/tags/v1\n\n` }), 'bundle-refs'],
  ['no base', () => around({ head: (commit) => `# v2 git bundle\n${commit} refs/heddle/candidate\n\n` }), 'other-base'],
  ['two bases', () => around({ head: (commit) => `# v2 git bundle\n-${honest.base}\n-${other}\n${commit} refs/heddle/candidate\n\n` }), 'other-base'],
  ['no pack', () => around({ pack: () => Buffer.alloc(0) }), 'pack-malformed'],
  ['a pack of nothing', () => around({ pack: () => packOf([]) }), 'pack-malformed'],
  ['a pack that names more than it holds', () => around({ pack: (entries) => packOf(entries, entries.length + 1) }), 'pack-malformed'],
  ['a pack that holds more than it names', () => around({ pack: (entries) => packOf(entries, entries.length - 1) }), 'pack-malformed'],
  ['a pack of four billion objects', () => around({ pack: (entries) => packOf(entries, 0xffffffff) }), 'pack-too-large'],
  ['a pack with one byte changed', () => around({ pack: (entries) => { const pack = packOf(entries); pack[30] = (pack[30] ?? 0) ^ 1; return pack; } }), 'pack-malformed'],
  ['an object that unpacks to more than it names', () => around({ more: [lying('blob', 10, Buffer.alloc(50_000_000))] }), 'pack-malformed'],
  ['an object that is larger than any file may be', () => around({ more: [packed('blob', Buffer.alloc(5_000_000))] }), 'pack-too-large'],
  ['objects that are too large together', () => around({ more: Array.from<Buffer>({ length: 70 }).fill(packed('blob', Buffer.alloc(4_000_000))) }), 'pack-too-large'],
  ['a size without end', () => around({ more: [Buffer.alloc(40, 0xff)] }), 'pack-malformed'],
  ['a tag object', () => around({ more: [packed('tag', Buffer.from(`object ${other}\ntype commit\ntag v1\n\n`))] }), 'pack-objects'],
  ['two commits', () => around({ more: [packed('commit', commitOf({ tree: other, parents: [honest.base], at: at() }))] }), 'pack-objects'],
  ['no commit', () => around({ pack: (entries) => packOf(entries.slice(1)) }), 'pack-objects'],
  ['a very deep delta', () => around({ more: chain(60) }), 'pack-delta'],
  ['a delta on itself', () => around({ more: [offsetDelta(0, replacing(1, 'a'))] }), 'pack-delta'],
  ['a delta on what is not there', () => around({ more: [nameDelta(other, replacing(1, 'a'))] }), 'pack-delta'],
  ['a delta on the base commit', () => around({ more: [nameDelta(honest.base, replacing(1, 'a'))] }), 'pack-delta'],
  ['a delta that makes a gigabyte', () => around({ more: [nameDelta(honest.root[0]?.object ?? '', Buffer.from([1, 0x80, 0x80, 0x80, 0x80, 4, 1, 65]))] }), 'pack-too-large'],
];

const commitLike = (change: Partial<Parameters<typeof commitOf>[0]>): Buffer => {
  const tree = nameOf('tree', treeOf([...honest.root, { mode: '100644', name: 'other.mjs', object: BLOB_NAME }]));
  return commitOf({ tree, parents: [honest.base], at: at(), ...change });
};
const COMMITS: readonly Case[] = [
  ['a merge', () => around({ commit: commitLike({ parents: [honest.base, honest.base] }) }), 'commit-differs'],
  ['no parent', () => around({ commit: commitLike({ parents: [] }) }), 'commit-differs'],
  ['a signature', () => around({ commit: commitLike({ extra: 'gpgsig -----BEGIN PGP SIGNATURE-----\n' }) }), 'commit-differs'],
  ['trailers', () => around({ commit: commitLike({ message: 'Fix\n\nSigned-off-by: Amy <amy@example.com>\n[skip ci]\n' }) }), 'commit-differs'],
  ['another date', () => around({ commit: commitLike({ at: '2001-01-01T00:00:00.000Z' }) }), 'commit-differs'],
];

const TREES: readonly Case[] = [
  ...(['.git', '.GIT', '.git.', '.git ', 'git~1', '.g\u200bit', '.git::$INDEX_ALLOCATION'] as const).map((name): Case => [`the name ${JSON.stringify(name)}`, () => withEntry(honest, { name }), /^\.git|^git~1$/i.test(name) || name.includes('\u200b') ? 'git-name' : 'unsafe-path']),
  ['.git below folders', () => withFile(honest, 'docs/a/.git/config'), 'git-name'],
  ['a line break in a name', () => withEntry(honest, { name: 'a\nb' }), 'unsafe-path'],
  ['a terminal\'s command in a name', () => withEntry(honest, { name: 'a\u001b[2Jb' }), 'unsafe-path'],
  ['a name that turns its direction', () => withEntry(honest, { name: 'a\u202egnp.js' }), 'unsafe-path'],
  ['a backslash', () => withEntry(honest, { name: 'a\\..\\b' }), 'unsafe-path'],
  ['a name that is no UTF-8', () => withEntry(honest, { name: Buffer.from([0x61, 0xff, 0xfe]) }), 'unsafe-path'],
  ['a name of 300 bytes', () => withEntry(honest, { name: 'a'.repeat(300) }), 'unsafe-path'],
  ['a name that differs by case alone', () => withEntry(honest, { name: 'TOTAL.mjs' }), 'unsafe-path'],
  ['a name that differs by its form alone', () => withEntry(honest, { name: 'ｔotal.mjs' }), 'unsafe-path'],
  ['a name that Windows takes for another: a dot', () => withEntry(honest, { name: 'total.mjs.' }), 'unsafe-path'],
  ['a name that Windows takes for another: a blank', () => withEntry(honest, { name: 'Total.mjs ' }), 'unsafe-path'],
  ['a name that Windows takes for another: a stream', () => withEntry(honest, { name: 'total.mjs::$DATA' }), 'unsafe-path'],
  ['a package that the base ignores, beside the sources that would load it', () => withFile(honest, 'lib/node_modules/left-pad/index.js'), 'ignored-path'],
  ['a file that the base ignores', () => withEntry(honest, { name: 'trace.log' }), 'ignored-path'],
  ['a link that the base ignores', () => withEntry(honest, { name: 'node_modules', mode: '120000' }, { content: Buffer.from('total.mjs') }), 'ignored-path'],
  ['a folder that git takes for a repository', () => bare('HEAD', 'objects', 'refs'), 'nested-repository'],
  ['a folder that git takes for a repository where case counts for nothing', () => bare('Head', 'OBJECTS', 'Refs'), 'nested-repository'],
  ['ten objects that are a billion files', () => bomb(9), 'too-many-files'],
  ['two dots', () => withEntry(honest, { name: '..' }), 'git-name'],
  ['a way up', () => withEntry(honest, { name: '../../etc/passwd' }), 'git-name'],
  ['an absolute path', () => withEntry(honest, { name: '/etc/passwd' }), 'git-name'],
  ['no name', () => withEntry(honest, { name: '' }), 'git-name'],
  ['a name that stands twice', () => withEntry(honest, { name: 'total.mjs' }), 'git-name'],
  ['entries out of order', () => withEntry(honest, { name: '000' }, { sorted: false }), 'git-name'],
  ['a padded mode', () => withEntry(honest, { name: 'other.mjs', mode: '0100644' }), 'git-name'],
  ['a mode of old', () => withEntry(honest, { name: 'other.mjs', mode: '100664' }), 'mode-refused'],
  ['a mode that runs as its owner', () => withEntry(honest, { name: 'other.mjs', mode: '104755' }), 'git-name'],
  ['a device', () => withEntry(honest, { name: 'other.mjs', mode: '060000' }), 'git-name'],
  ['a submodule', () => withEntry(honest, { name: 'lib', mode: '160000', object: other }), 'submodule-refused'],
  ['a link to another place', () => withEntry(honest, { name: 'link', mode: '120000' }, { content: Buffer.from('/etc/passwd') }), 'link-refused'],
  ['a link upwards', () => withEntry(honest, { name: 'link', mode: '120000' }, { content: Buffer.from('../outside') }), 'link-refused'],
  ['a link to .git', () => withEntry(honest, { name: 'link', mode: '120000' }, { content: Buffer.from('a/../.GIT/config') }), 'link-refused'],
  ['a link of a megabyte', () => withEntry(honest, { name: 'link', mode: '120000' }, { content: Buffer.alloc(900_000, 97) }), 'link-refused'],
  ['a file\'s mode on a folder', () => withTree(honest, treeOf([...honest.root, { mode: '100644', name: 'x', object: nameOf('tree', treeOf(honest.root)) }])), 'git-name'],
  ['a folder\'s mode on a file', () => withEntry(honest, { name: 'x', mode: '40000' }), 'git-name'],
  ['a file that is not there', () => withTree(honest, treeOf([...honest.root, { mode: '100644', name: 'x', object: other }])), 'git-name'],
  ['half a folder', () => withTree(honest, treeOf(honest.root).subarray(0, -3)), 'git-name'],
  ['no change', () => withTree(honest, treeOf(honest.root)), 'empty-change'],
  ['a file that is too large', () => withEntry(honest, { name: 'large.txt' }, { content: Buffer.alloc(1_200_000) }), 'blob-too-large'],
  ['a patch that is too large', () => withEntry(honest, { name: 'large.txt' }, { content: Buffer.from(Array.from({ length: 90_000 }, (_, index) => String.fromCharCode(33 + (index * 7919 + (index >> 5)) % 90)).join('')) }), 'diff-too-large'],
  ['too many files', () => withTree(honest, treeOf([...honest.root, ...['a', 'b', 'c', 'd'].map((name) => ({ mode: '100644', name: `${name}.txt`, object: BLOB_NAME }))]), [packed('blob', BLOB)]), 'too-many-files'],
  ['a folder of 70 folders', () => withFile(honest, `${'d/'.repeat(70)}x`), 'too-many-files'],
];

describe('a work job that lies', () => {
  it.each([...OUTPUTS, ...FOLDERS, ...MANIFESTS, ...BUNDLES, ...COMMITS, ...TREES])('%s', async (_what, make, code) => {
    const delivered = await deliverHere(honest, make());
    // What git's own check sees first has git's code; without it the walk would say the rest.
    expect(code === 'git-name' ? ['objects-refused', 'unsafe-path', 'tree-malformed', 'mode-refused'] : [code]).toContain(codeOf(delivered));
    const forge = seeForge(delivered.forge);
    expect([forge.branches, forge.changes, delivered.trail.events.some(({ fact }) => fact.type === 'bundle-received')]).toEqual([[], [], false]);
  }, 120_000);

  it.each(['.github/workflows/evil.yml', '.GitHub/Workflows/evil.yml', 'CODEOWNERS', 'docs/codeowners', '.claude/settings.json'])('and describes its lie truly: the gates judge the real change (%s)', async (path) => {
    const handed = withFile(honest, path);
    // Without a true manifest it does not even come so far.
    expect(codeOf(await deliverHere(honest, handed))).toBe('manifest-differs');
    const delivered = await deliverHere(honest, await truthful(honest, handed));
    expect([codeOf(delivered), seeForge(delivered.forge).branches]).toEqual(['gate-denied', []]);
  });

  it('delivers what is true, so that the table above means something', async () => {
    const delivered = await deliverHere(honest, honestly());
    expect([codeOf(delivered), seeForge(delivered.forge).changes.length]).toEqual(['delivered', 1]);
    const forged = await deliverHere(honest, await truthful(honest, withFile(honest, 'docs/a/note.md')));
    expect([codeOf(forged), seeForge(forged.forge).changes.length]).toEqual(['delivered', 1]);
  });

  it('delivers a file that a rule of the base keeps', async () => {
    const delivered = await deliverHere(honest, await truthful(honest, withEntry(honest, { name: 'kept.log' })));
    expect(codeOf(delivered)).toBe('delivered');
  });

  it('says of itself that it was isolated: the packet says who claims it, and nowhere that it was so', async () => {
    const handed = withManifest(honest, (manifest) => ({ ...manifest, reported: { ...manifest['reported'] as object, rung: 'bubblewrap' } }));
    const delivered = await deliverHere(honest, handed);
    const [change] = seeForge(delivered.forge).changes;
    const body = JSON.stringify(change);
    expect([codeOf(delivered), body.includes('Isolation, reported by the work job:'), body.includes('saw no other process')]).toEqual(['delivered', true, false]);
  });

  it('a change that must be held is held, also when the work job calls it proven', async () => {
    const delivered = await deliverHere(honest, await truthful(honest, withFile(honest, 'held/a.mjs')));
    expect([delivered.rest.kind, codeOf(delivered), seeForge(delivered.forge).branches]).toEqual(['waiting', 'human-asked', []]);
  });
});
