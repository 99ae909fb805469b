import { stat } from 'node:fs/promises';
import { dirname, isAbsolute } from 'node:path';
import type { Mount } from '../../../ports/sandbox.js';
import { findProgram } from './find-program.js';

/** Shown in every sandbox anyway. */
const SYSTEM = ['/usr/', '/bin/', '/sbin/', '/lib/'];
/** A script brings the files beside it. */
const SCRIPT = /\.(mjs|cjs|js|ts|py|rb|pl|sh)$/;

/**
 * What the sandbox must show so that a configured command can run: each absolute path among its words, read-only. Of a
 * program or script that is its folder, of any other file the file alone, of a folder the folder. Words that are no
 * existing path are arguments. The root and its direct children are never shown.
 */
export async function mountsFor(command: readonly string[], searchPath: string): Promise<readonly Mount[]> {
  const program = await findProgram(command[0] ?? '', searchPath);
  const places = new Set<string>();
  for (const word of [...command, ...(program === undefined ? [] : [program])]) {
    const place = await placeOf(word, word === program);
    if (place !== undefined && place.split('/').length > 2 && !SYSTEM.some((folder) => `${place}/`.startsWith(folder))) places.add(place);
  }
  return [...places].map((place) => ({ from: place, to: place, writable: false }));
}

async function placeOf(word: string, isProgram: boolean): Promise<string | undefined> {
  if (!isAbsolute(word) || word.length > 4096 || word.includes('\0')) return undefined;
  const facts = await stat(word).catch(() => undefined);
  if (facts === undefined) return undefined;
  if (facts.isDirectory()) return word;
  if (!facts.isFile()) return undefined;
  return isProgram || SCRIPT.test(word) ? dirname(word) : word;
}
