import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { digestOf } from '../../../../domain/digest.js';
import type { Digest } from '../../../../domain/ids.js';

/** What is compared of a file: where it is, whether it may be executed, and its SHA-256 in hexadecimal. */
export interface FileFact { readonly path: string; readonly executable: boolean; readonly sha256: string }

/** One digest of a set of files, whatever order they came in. Times and owners do not count. */
export function treeDigestOf(files: readonly FileFact[]): Digest {
  const lines = files.map(({ path, executable, sha256 }) => `${sha256} ${executable ? 'x' : '-'} ${path}\n`);
  return digestOf(lines.sort().join(''));
}

/**
 * The facts of all files below a folder, read to the last byte: sizes and times alone are what somebody who changes a file
 * keeps the same. `odd` names the first entry that is neither a file nor a folder.
 */
export async function factsBelow(folder: string): Promise<{ readonly files: readonly FileFact[]; readonly odd: string | undefined }> {
  const files: FileFact[] = [];
  const folders = [''];
  for (let at = folders.pop(); at !== undefined; at = folders.pop()) {
    for (const entry of await readdir(join(folder, at), { withFileTypes: true })) {
      const path = at === '' ? entry.name : `${at}/${entry.name}`;
      if (entry.isDirectory()) folders.push(path);
      else if (entry.isFile()) files.push({ path, executable: ((await lstat(join(folder, path))).mode & 0o111) !== 0, sha256: await sha256Of(join(folder, path)) });
      else return { files, odd: path };
    }
  }
  return { files, odd: undefined };
}

/** SHA-256 of a file in hexadecimal, read in large pieces: the programs have hundreds of megabytes. */
export async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file, { highWaterMark: 4 * 1024 * 1024 })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
