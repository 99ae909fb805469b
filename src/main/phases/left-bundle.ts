import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { digestOf } from '../../domain/digest.js';
import type { RunResult } from '../run-to-rest.js';

/** The folder that work leaves for verify and deliver, and the digest that goes with it as a job output; nothing unless it was sealed. */
export async function leftBundle(result: RunResult): Promise<{ readonly folder: string; readonly digest: string } | undefined> {
  if (result.outcome !== 'worked') return undefined;
  const folder = path.join(result.evidence, 'bundle');
  return { folder, digest: digestOf(await readFile(path.join(folder, 'manifest.json'))).slice('sha256:'.length) };
}
