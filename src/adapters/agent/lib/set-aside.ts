import { lstat, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { passable } from './passable.js';
import type { Fault } from '../../../domain/fault.js';
import { err, ok } from '../../../kit/result.js';
import type { Result } from '../../../kit/result.js';

/** Beside the working folder, on the same file system and outside of what a sandbox shows. */
const placeFor = (workspace: string): string => `${workspace}.set-aside`;

/**
 * Takes entries out of the top of an agent's working folder for the time of a session: the configuration that its program
 * would obey although it is told not to. Entries are moved as they are, links included. What an earlier session that was
 * cut off had set aside is put back first.
 */
export async function setAside(workspace: string, names: readonly string[]): Promise<Result<void, Fault>> {
  try {
    await putBack(workspace);
    await passable(workspace);
    for (const name of names) {
      if (await missing(join(workspace, name))) continue;
      await mkdir(placeFor(workspace), { recursive: true, mode: 0o700 });
      await rename(join(workspace, name), join(placeFor(workspace), name));
    }
    return ok(undefined);
  } catch (error) {
    await putBack(workspace);
    const reason = error instanceof Error ? error.message : String(error);
    return err({ code: 'io', side: 'ours', retryable: false, source: 'agent', message: `The agent's own configuration could not be taken out of the working folder: ${reason}` });
  }
}

/**
 * Puts everything back. What the agent has made in the same place meanwhile stays, and the gates judge it; around it the
 * files that it could not see come back, so that a new file beside them does not remove them from the candidate.
 */
export async function putBack(workspace: string): Promise<void> {
  const place = placeFor(workspace);
  if (!await isFolder(place)) return;
  await returnInto(place, workspace);
  await rm(place, { recursive: true, force: true });
}

/** Both are plain folders, never links: nothing outside of them is read or written. */
async function returnInto(from: string, to: string): Promise<void> {
  await passable(from);
  await passable(to);
  for (const name of await readdir(from)) {
    const [kept, wanted] = [join(from, name), join(to, name)];
    if (await missing(wanted)) await rename(kept, wanted);
    else if (await isFolder(kept) && await isFolder(wanted)) await returnInto(kept, wanted);
  }
}

function isFolder(path: string): Promise<boolean> {
  return lstat(path).then((facts) => facts.isDirectory(), () => false);
}

function missing(path: string): Promise<boolean> {
  return lstat(path).then(() => false, () => true);
}
