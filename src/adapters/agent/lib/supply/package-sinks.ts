import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeOpenFolder } from './open-folder.js';
import type { PackageSink } from './read-package.js';
import type { FileFact } from './tree-digest.js';

/**
 * Writes the files into a folder that is new and ours, and keeps their facts. Nobody may write them afterwards; each must
 * not exist before. Modes are two: executable or not.
 */
export function writingSink(folder: string, facts: FileFact[]): PackageSink {
  let handle: FileHandle | undefined;
  const hashing = hashingSink(facts);
  return {
    async begin(file) {
      const target = join(folder, file.path);
      await makeOpenFolder(dirname(target));
      handle = await open(target, 'wx');
      await handle.chmod(file.executable ? 0o555 : 0o444);
      await hashing.begin(file);
    },
    async bytes(chunk) {
      await hashing.bytes(chunk);
      for (let rest = chunk; rest.length > 0;) rest = rest.subarray((await handle?.write(rest))?.bytesWritten ?? rest.length);
    },
    async end() {
      await handle?.close();
      handle = undefined;
      await hashing.end();
    },
    done: async () => { await handle?.close(); },
  };
}

/** Keeps the facts of the files and nothing else. */
export function hashingSink(facts: FileFact[]): PackageSink {
  let current = { path: '', executable: false };
  let hash = createHash('sha256');
  return {
    begin({ path, executable }) {
      current = { path, executable };
      hash = createHash('sha256');
      return Promise.resolve();
    },
    bytes(chunk) {
      hash.update(chunk);
      return Promise.resolve();
    },
    end() {
      facts.push({ ...current, sha256: hash.digest('hex') });
      return Promise.resolve();
    },
  };
}
