import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { hashingSink } from '../../../src/adapters/agent/lib/supply/package-sinks.js';
import { BadPackage, readPackage } from '../../../src/adapters/agent/lib/supply/read-package.js';
import type { FileFact } from '../../../src/adapters/agent/lib/supply/tree-digest.js';
import { tarball } from './tarball.js';
import type { Entry } from './tarball.js';

let folder: string;
beforeAll(() => { folder = mkdtempSync(join(tmpdir(), 'heddle-tar-')); });
afterAll(() => { rmSync(folder, { recursive: true, force: true }); });

async function read(archive: Uint8Array, bounds = { bytesMax: 100_000, filesMax: 10 }): Promise<readonly FileFact[]> {
  const file = join(folder, 'a.tgz');
  writeFileSync(file, archive);
  const facts: FileFact[] = [];
  await readPackage(file, hashingSink(facts), bounds);
  return facts;
}

const ok: Entry = { name: 'package/ok', body: 'fine' };
const long = `package/${'d/'.repeat(30)}${'n'.repeat(60)}`;

describe('an npm package', () => {
  it('is its files, below the first folder, with what may be executed', async () => {
    const facts = await read(tarball([{ name: 'package/', type: '5' }, { name: 'package/bin/x', body: 'x'.repeat(1000), mode: 0o755 }, ok, { name: 'short', body: 'long', pax: { path: long, mtime: '1' } }, { name: 'pax_global_header', type: 'g', body: '' }]));
    expect(facts.map(({ path, executable }) => [path, executable])).toEqual([['bin/x', true], ['ok', false], [long.slice('package/'.length), false]]);
  });

  it.each<[string, readonly Entry[]]>([
    ['a symbolic link', [ok, { name: 'package/l', type: '2', link: '../../outside' }]],
    ['a hard link', [ok, { name: 'package/l', type: '1', link: 'package/ok' }]],
    ['a device', [{ name: 'package/null', type: '3' }]],
    ['a block device', [{ name: 'package/sda', type: '4' }]],
    ['a named pipe', [{ name: 'package/p', type: '6' }]],
    ['a GNU long name', [{ name: '././@LongLink', type: 'L', body: '../../x' }]],
    ['a sparse file', [{ name: 'package/s', type: 'S' }]],
    ['an absolute path', [{ name: '/etc/cron.d/x', body: '' }]],
    ['a climbing path', [{ name: 'package/../../x', body: '' }]],
    ['a climbing path in an extended header', [{ name: 'package/x', body: '', pax: { path: 'package/../../../x' } }]],
    ['an absolute path in an extended header', [{ name: 'package/x', body: '', pax: { path: '/root/.ssh/authorized_keys' } }]],
    ['a link in an extended header', [{ name: 'package/x', body: '', pax: { linkpath: '/etc' } }]],
    ['a size that is no number', [{ name: 'package/x', body: '', pax: { size: '-1' } }]],
    ['a backslash', [{ name: 'package/..\\x', body: '' }]],
    ['a control character', [{ name: 'package/a\nb', body: '' }]],
    ['a file outside of any folder', [{ name: 'x', body: '' }]],
    ['the same path twice', [ok, ok]],
    ['a path that is a file and a folder', [ok, { name: 'package/ok/in', body: '' }]],
    ['a path that is a folder and a file', [{ name: 'package/d/in', body: '' }, { name: 'package/d', body: '' }]],
    ['too many files', Array.from({ length: 11 }, (_, at) => ({ name: `package/${at}`, body: '' }))],
    ['too many bytes', [{ name: 'package/big', body: 'x'.repeat(100_001) }]],
    ['a size that lies', [{ name: 'package/big', body: 'x', size: 0o7777777777 }]],
    ['a wrong checksum', [{ ...ok, badChecksum: true }]],
    ['no file at all', []],
  ])('with %s is refused', async (_name, entries) => {
    await expect(read(tarball(entries))).rejects.toThrow(BadPackage);
  });

  it.each<[string, () => Uint8Array]>([
    ['no gzip', () => Buffer.from('PK\u0003\u0004 a zip')],
    ['cut short', () => tarball([ok]).subarray(0, 60)],
    ['cut inside of a file', () => gzipSync(gunzipSync(tarball([{ name: 'package/x', body: 'y'.repeat(5000) }])).subarray(0, 2000))],
    ['a bomb of padding', () => gzipSync(Buffer.concat([gunzipSync(tarball([{ name: 'package/', type: '5' }])).subarray(0, 512), ...Array.from({ length: 400 }, () => gunzipSync(tarball([{ name: 'package/', type: '5' }])).subarray(0, 512))]))],
  ])('that is %s is refused', async (_name, archive) => {
    await expect(read(archive())).rejects.toThrow(BadPackage);
  });

  it('never does anything but give safe paths or refuse, whatever bytes come', async () => {
    const base = gunzipSync(tarball([{ name: 'package/bin/x', body: 'program', mode: 0o755 }, { ...ok, pax: { path: 'package/y' } }]));
    await fc.assert(fc.asyncProperty(fc.array(fc.tuple(fc.nat(base.length - 1), fc.nat(255)), { maxLength: 6 }), async (changes) => {
      const bytes = Buffer.from(base);
      for (const [at, value] of changes) bytes[at] = value;
      const facts = await read(gzipSync(bytes)).catch((error: unknown) => {
        if (!(error instanceof BadPackage)) throw error;
        return [];
      });
      for (const { path } of facts) expect(path).not.toMatch(/^\/|(^|\/)\.\.?(\/|$)|\\|\0/);
    }), { numRuns: 300 });
    expect(readFileSync(join(folder, 'a.tgz')).length).toBeGreaterThan(0);
  });
});
