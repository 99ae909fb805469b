import { constants } from 'node:fs';
import { link, open, rename, rm, writeFile } from 'node:fs/promises';

/**
 * Takes the lock file of a run folder. It appears with its content at once (a hard link), since a lock that is still empty
 * would look like that of nobody. A lock whose process is gone is taken over by the one that first makes the file that
 * stands for exactly this old lock, and only if the old lock is still there then: deleting it and trying again would
 * delete the new lock of a rival, and both would write the trail.
 *
 * @returns the process id of a living holder, 0 for a lock that nobody can tell the holder of, `undefined` when the lock is ours
 */
export async function takeLock(lock: string): Promise<number | undefined> {
  const own = `${lock}.${process.pid}.${String(sequence += 1)}`;
  await rm(own, { force: true });
  await writeFile(own, String(process.pid), { flag: 'wx', mode: 0o644 });
  const key = (await lookAt(own))?.key ?? '';
  // Known before it is seen: a rival in this same process must not take it for the lock of an older process with our number.
  OWNED.add(key);
  const holder = await compete(own, lock);
  if (holder !== undefined) OWNED.delete(key);
  await rm(own, { force: true });
  return holder;
}

async function compete(own: string, lock: string): Promise<number | undefined> {
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    if (await makeOnly(own, lock)) return undefined;
    const held = await lookAt(lock);
    if (held === undefined) continue;
    if (held.pid === undefined) return 0;
    if (held.pid === process.pid ? OWNED.has(held.key) : isAlive(held.pid)) return held.pid;
    if (await takeOver({ own, lock, key: held.key })) return undefined;
  }
  return 0;
}

let sequence = 0;
const ROUNDS_MAX = 20;
/** Locks this very process holds: its number alone may also be that of a process that is gone (containers count from 1). */
const OWNED = new Set<string>();

interface Held { readonly pid: number | undefined; readonly key: string }

async function takeOver(at: { readonly own: string; readonly lock: string; readonly key: string }): Promise<boolean> {
  const right = `${at.lock}.over-${at.key}`;
  if (!(await makeOnly(at.own, right))) return false;
  try {
    if ((await lookAt(at.lock))?.key !== at.key) return false;
    await rename(right, at.lock);
    return true;
  } finally {
    await rm(right, { force: true });
  }
}

/** Who holds the lock, and which file exactly it is. A link, a pipe or a large file is no lock of ours. */
async function lookAt(lock: string): Promise<Held | undefined> {
  const handle = await open(lock, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch((error: NodeJS.ErrnoException) => error.code);
  if (handle === 'ENOENT') return undefined;
  if (typeof handle !== 'object') return { pid: undefined, key: '' };
  try {
    const stats = await handle.stat({ bigint: true });
    const text = stats.isFile() && stats.size <= 20n ? await handle.readFile('utf8') : '';
    const pid = /^[1-9]\d{0,9}$/.test(text) ? Number(text) : undefined;
    return { pid, key: `${stats.ino}-${stats.mtimeNs}` };
  } finally {
    await handle.close();
  }
}

async function makeOnly(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
