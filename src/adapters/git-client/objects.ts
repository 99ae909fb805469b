import { createHash } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, openSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';

/** One entry of a git tree. `mode` as git writes it: `100644` or `40000`. */
export interface TreeEntry { readonly name: string; readonly mode: string; readonly object: string }

export const FILE_MODE = '100644';
export const FOLDER_MODE = '40000';

/** The name that git gives to these bytes (hash over `TYPE SIZE\0` and the bytes). The remotes that Heddle writes to use SHA-1 names. */
export function objectName(type: 'blob' | 'tree' | 'commit', bytes: Uint8Array): string {
  return createHash('sha1').update(`${type} ${String(bytes.length)}\0`).update(bytes).digest('hex');
}

/** Writes a loose object and answers its name. Under a temporary name first: a process that is killed leaves no half object. */
export function writeObject(gitDir: string, type: 'blob' | 'tree' | 'commit', bytes: Uint8Array): string {
  const name = objectName(type, bytes);
  const folder = join(gitDir, 'objects', name.slice(0, 2));
  const file = join(folder, name.slice(2));
  if (existsSync(file)) return name;
  mkdirSync(folder, { recursive: true });
  const temporary = join(folder, `tmp_obj_${String(process.pid)}_${String(sequence += 1)}`);
  const descriptor = openSync(temporary, 'wx', 0o444);
  try {
    writeFileSync(descriptor, deflateSync(Buffer.concat([Buffer.from(`${type} ${String(bytes.length)}\0`), bytes]), { level: 6 }));
  } finally {
    closeSync(descriptor);
  }
  renameSync(temporary, file);
  return name;
}
let sequence = 0;

/** The bytes of a tree: entries in git's order, where a folder sorts as if its name ended in a slash. */
export function treeBytes(entries: Iterable<TreeEntry>): Buffer {
  const keyed = [...entries].map((entry) => ({ entry, key: Buffer.from(entry.mode === FOLDER_MODE ? `${entry.name}/` : entry.name) }));
  keyed.sort((a, b) => Buffer.compare(a.key, b.key));
  return Buffer.concat(keyed.flatMap(({ entry }) => [Buffer.from(`${entry.mode} ${entry.name}\0`), Buffer.from(entry.object, 'hex')]));
}

/** The entries of a tree object; `undefined` when the bytes are none. */
export function readTree(bytes: Buffer): readonly TreeEntry[] | undefined {
  const entries: TreeEntry[] = [];
  for (let at = 0; at < bytes.length;) {
    const blank = bytes.indexOf(0x20, at);
    const end = blank < 0 ? -1 : bytes.indexOf(0, blank);
    if (end < 0 || end + 21 > bytes.length) return undefined;
    entries.push({ mode: bytes.toString('latin1', at, blank), name: bytes.toString('utf8', blank + 1, end), object: bytes.toString('hex', end + 1, end + 21) });
    at = end + 21;
  }
  return entries;
}

/** A name and an address as git writes them: `Amy <amy@example.com>`, without what would end them early. */
export function identityText(who: { readonly name: string; readonly email: string }): string {
  const plain = (text: string): string => text.replace(/[<>\p{C}]+/gu, ' ').trim();
  return `${plain(who.name) || 'Heddle'} <${plain(who.email) || 'heddle@users.noreply.invalid'}>`;
}

/** The bytes of a commit, by Heddle itself when nobody is named. `at` is an ISO instant. */
export function commitBytes(commit: { readonly tree: string; readonly parent: string | undefined; readonly at: string; readonly message: string; readonly who?: string | undefined }): Buffer {
  const who = `${commit.who ?? 'Heddle <heddle@users.noreply.invalid>'} ${String(Math.max(0, Math.floor(Date.parse(commit.at) / 1000)))} +0000`;
  return Buffer.from(`tree ${commit.tree}\n${commit.parent === undefined ? '' : `parent ${commit.parent}\n`}author ${who}\ncommitter ${who}\n\n${commit.message}\n`);
}

/** The tree that a commit object names; `undefined` when the bytes are no commit. */
export function treeOfCommit(bytes: Buffer): string | undefined {
  return /^tree ([0-9a-f]{40})\n/.exec(bytes.toString('latin1', 0, 46))?.[1];
}

/** What a commit object says; `undefined` when the bytes are none. */
export function readCommit(bytes: Buffer): { readonly tree: string; readonly parents: readonly string[]; readonly message: string } | undefined {
  const end = bytes.indexOf('\n\n');
  if (end < 0) return undefined;
  const [first = '', ...lines] = bytes.toString('latin1', 0, end).split('\n');
  const tree = /^tree ([0-9a-f]{40})$/.exec(first)?.[1];
  if (tree === undefined) return undefined;
  const parents = lines.flatMap((line) => /^parent ([0-9a-f]{40})$/.exec(line)?.[1] ?? []);
  return { tree, parents, message: bytes.toString('utf8', end + 2) };
}
