import { chmodSync, lchownSync, lstatSync, readdirSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { dirname, join } from 'node:path';
import type { OwnAccount } from './own-account.js';

/**
 * Gives a folder with all in it to the account; answers what takes it back. Nobody else may be at work in it. Links are
 * given themselves and never followed. A file with names outside of the folder stays ours: it may be somebody's whom the
 * last program linked here.
 *
 * What is read-only stays ours with all in it, and so do the folders that lead to it, which the account may write as
 * their group: they are sticky, so that it cannot rename or remove what is not its own. It is made readable for the group.
 */
export function handOver(folder: string, account: OwnAccount, readOnly: readonly string[]): () => void {
  const kept = new Set(readOnly.map((path) => join(folder, path)));
  const leading = new Set<string>();
  for (const path of kept) for (let at = dirname(path); at.length >= folder.length; at = dirname(at)) leading.add(at);
  const modes = new Map<string, number>();
  const names = new Map<string, number>();
  const several: { readonly path: string; readonly facts: Stats }[] = [];
  walk(folder, (path, facts) => {
    if (kept.has(path)) {
      walk(path, (each, of) => { readable(each, of, account); return true; });
      return false;
    }
    if (leading.has(path)) {
      modes.set(path, facts.mode & 0o7777);
      lchownSync(path, facts.uid, account.gid);
      chmodSync(path, (facts.mode & 0o777) | 0o1070);
    } else if (facts.isDirectory() || facts.nlink === 1) lchownSync(path, account.uid, account.gid);
    else {
      const key = `${facts.dev}:${facts.ino}`;
      names.set(key, (names.get(key) ?? 0) + 1);
      several.push({ path, facts });
    }
    return true;
  });
  for (const { path, facts } of several) if (names.get(`${facts.dev}:${facts.ino}`) === facts.nlink) lchownSync(path, account.uid, account.gid);
  return () => { takeBack(folder, account, modes); };
}

function takeBack(folder: string, account: OwnAccount, modes: ReadonlyMap<string, number>): void {
  const [uid, gid] = [process.geteuid?.() ?? 0, process.getegid?.() ?? 0];
  walk(folder, (path, facts) => {
    if (facts.uid === account.uid || facts.gid === account.gid) lchownSync(path, facts.uid === account.uid ? uid : facts.uid, gid);
    return true;
  });
  for (const [path, mode] of modes) if (lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true) chmodSync(path, mode);
}

/**
 * Lets the account pass the folders above `path`. Those from `scratch` down, and private folders of ours in a shared folder
 * for temporary files, are opened for its group to pass, not to list. Answers the first folder above that is closed to it
 * and not ours to open: a home folder, for one.
 */
export function letPass(path: string, scratch: string, account: OwnAccount): string | undefined {
  const closed: string[] = [];
  for (let at = dirname(path); at !== dirname(at); at = dirname(at)) {
    const facts = lstatSync(at);
    if ((facts.mode & 0o001) !== 0 || (facts.gid === account.gid && (facts.mode & 0o010) !== 0)) continue;
    const temporary = (lstatSync(dirname(at)).mode & 0o1000) !== 0;
    if (facts.uid !== process.geteuid?.() || !(temporary || at === scratch || at.startsWith(`${scratch}/`))) return at;
    closed.push(at);
  }
  for (const each of closed) {
    const facts = lstatSync(each);
    lchownSync(each, facts.uid, account.gid);
    chmodSync(each, (facts.mode & 0o7777) | 0o010);
  }
  return undefined;
}

function readable(path: string, facts: Stats, account: OwnAccount): void {
  const needed = facts.isDirectory() ? 0o050 : 0o040;
  if (facts.isSymbolicLink() || (facts.mode & (needed >> 3)) === needed >> 3 || (!facts.isDirectory() && facts.nlink > 1)) return;
  lchownSync(path, facts.uid, account.gid);
  chmodSync(path, (facts.mode & 0o7757) | needed);
}

/** Parents before children; `enter` says whether a folder is entered. A name that is no text is passed over: nothing of ours reads it either. */
function walk(folder: string, enter: (path: string, facts: Stats) => boolean): void {
  const open = [folder];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    const facts = lstatSync(path, { throwIfNoEntry: false });
    if (facts === undefined || !enter(path, facts) || !facts.isDirectory()) continue;
    for (const name of readdirSync(path)) open.push(join(path, name));
  }
}
