import type { TreeEntry } from './loose-objects.js';

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
