import { constants, type Stats } from 'node:fs';
import { lstat, open, opendir } from 'node:fs/promises';
import path from 'node:path';
import type { BundleRefusal } from '../../domain/bundle-refusal.js';
import { ok, type Result } from '../../kit/result.js';
import { refused } from './refused.js';

/** Far above what an allowed change can need, far below what hurts. */
/** The two files of a bundle, and how large each may be. */
export const BUNDLE_BYTES_MAX = { 'manifest.json': 256 * 1024, 'change.bundle': 64 * 1024 * 1024 } as const;
type Name = keyof typeof BUNDLE_BYTES_MAX;

/**
 * The two files of a bundle, whole in memory. The folder holds exactly these, as plain files with one name each: a link, a pipe,
 * a device, a folder or any third entry refuses all of it. No file is opened before all names are known, and none through a link.
 */
export async function readBundleFolder(folder: string): Promise<Result<{ readonly manifest: Buffer; readonly bundle: Buffer }, BundleRefusal>> {
  const listed = await namesIn(folder);
  if (!listed.ok) return listed;
  for (const name of ['manifest.json', 'change.bundle']) if (!listed.value.has(name)) return refused('missing-file', `the bundle has no ${name}`);
  const manifest = await readPlain(folder, 'manifest.json');
  if (!manifest.ok) return manifest;
  const bundle = await readPlain(folder, 'change.bundle');
  return bundle.ok ? ok({ manifest: manifest.value, bundle: bundle.value }) : bundle;
}

/** Stops at the third entry: a folder with a million names is not listed. */
async function namesIn(folder: string): Promise<Result<ReadonlySet<string>, BundleRefusal>> {
  const names = new Set<string>();
  try {
    if (!(await lstat(folder)).isDirectory()) return refused('folder-unreadable', 'the bundle is not a folder');
    for await (const { name } of await opendir(folder)) {
      if (!Object.hasOwn(BUNDLE_BYTES_MAX, name)) return refused('extra-entry', 'the bundle holds more than manifest.json and change.bundle');
      names.add(name);
    }
    return ok(names);
  } catch {
    return refused('folder-unreadable', 'the folder of the bundle cannot be read');
  }
}

async function readPlain(folder: string, name: Name): Promise<Result<Buffer, BundleRefusal>> {
  try {
    const file = path.join(folder, name);
    if (!isPlain(await lstat(file))) return refused('not-a-plain-file', `${name} is not a plain file`);
    // Looked at before and after it is opened: what is swapped in between is caught by the open file itself.
    const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const stats = await handle.stat();
      if (!isPlain(stats)) return refused('not-a-plain-file', `${name} is not a plain file`);
      if (stats.size > BUNDLE_BYTES_MAX[name]) return refused('file-too-large', `${name} is larger than ${BUNDLE_BYTES_MAX[name]} bytes`);
      return await readWhole(handle, stats.size, name);
    } finally {
      await handle.close();
    }
  } catch {
    return refused('not-a-plain-file', `${name} cannot be read as a plain file`);
  }
}

async function readWhole(handle: Awaited<ReturnType<typeof open>>, size: number, name: Name): Promise<Result<Buffer, BundleRefusal>> {
  const bytes = Buffer.alloc(size);
  let at = 0;
  while (at < size) {
    const { bytesRead } = await handle.read(bytes, at, size - at, at);
    if (bytesRead === 0) return refused('not-a-plain-file', `${name} became shorter while it was read`);
    at += bytesRead;
  }
  return ok(bytes);
}

/** A second name elsewhere (a hard link) could change the bytes later or show a file that is none of the bundle's. */
function isPlain(stats: Stats): boolean {
  return stats.isFile() && stats.nlink === 1;
}
