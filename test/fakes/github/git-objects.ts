import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { devNull } from 'node:os';

export type ObjectType = 'blob' | 'tree' | 'commit';
export interface TreeItem { readonly mode: string; readonly name: string; readonly sha: string }
export interface CommitData { readonly tree: string; readonly parents: readonly string[]; readonly message: string; readonly author: string; readonly date: string }

/** git's object store: names are computed from the content the way git does, so they equal those of a real repository. */
export class GitObjects {
  private readonly objects = new Map<string, { readonly type: ObjectType; readonly bytes: Buffer }>();

  put(type: ObjectType, bytes: Buffer): string {
    const sha = createHash('sha1').update(`${type} ${String(bytes.length)}\0`).update(bytes).digest('hex');
    this.objects.set(sha, { type, bytes });
    return sha;
  }

  get(type: ObjectType, sha: string): Buffer | undefined {
    const found = this.objects.get(sha);
    return found?.type === type ? found.bytes : undefined;
  }

  tree(sha: string): readonly TreeItem[] | undefined {
    const bytes = this.get('tree', sha);
    if (bytes === undefined) return undefined;
    const items: TreeItem[] = [];
    for (let at = 0; at < bytes.length;) {
      const nul = bytes.indexOf(0, at);
      const [mode = '', ...name] = bytes.subarray(at, nul).toString('utf8').split(' ');
      items.push({ mode: mode.padStart(6, '0'), name: name.join(' '), sha: bytes.subarray(nul + 1, nul + 21).toString('hex') });
      at = nul + 21;
    }
    return items;
  }

  /** git sorts the entries of a tree by bytes, a folder as if its name ended with a slash. */
  putTree(items: readonly TreeItem[]): string {
    const key = (item: TreeItem): Buffer => Buffer.from(item.mode === '040000' ? `${item.name}/` : item.name);
    const sorted = [...items].sort((a, b) => Buffer.compare(key(a), key(b)));
    return this.put('tree', Buffer.concat(sorted.flatMap((item) => [
      Buffer.from(`${item.mode.replace(/^0+/, '')} ${item.name}\0`), Buffer.from(item.sha, 'hex'),
    ])));
  }

  /** A new tree from an old one with paths replaced or (sha null) taken out. Empty folders vanish, as git knows none. */
  changeTree(base: string | undefined, changes: readonly { readonly path: string; readonly mode: string; readonly sha: string | null }[]): string {
    const items = new Map((base === undefined ? [] : this.tree(base) ?? []).map((item) => [item.name, item]));
    const deeper = new Map<string, { readonly path: string; readonly mode: string; readonly sha: string | null }[]>();
    for (const change of changes) {
      const slash = change.path.indexOf('/');
      if (slash >= 0) {
        const head = change.path.slice(0, slash);
        deeper.set(head, [...deeper.get(head) ?? [], { ...change, path: change.path.slice(slash + 1) }]);
      } else if (change.sha === null) items.delete(change.path);
      else items.set(change.path, { mode: change.mode, name: change.path, sha: change.sha });
    }
    for (const [name, inner] of deeper) {
      const old = items.get(name);
      const sha = this.changeTree(old?.mode === '040000' ? old.sha : undefined, inner);
      if (this.tree(sha)?.length === 0) items.delete(name);
      else items.set(name, { mode: '040000', name, sha });
    }
    return this.putTree([...items.values()]);
  }

  /** The paths that differ between the trees of two commits, sorted. */
  changedPaths(from: string, to: string): readonly string[] {
    const [before, after] = [from, to].map((sha) => this.filesOf(this.commit(sha)?.tree));
    const all = new Set([...before?.keys() ?? [], ...after?.keys() ?? []]);
    return [...all].filter((path) => before?.get(path) !== after?.get(path)).sort();
  }

  /** The newest commit that both come from; none of ours has two. */
  mergeBase(a: string, b: string): string {
    const seen = new Set(this.history(a));
    return this.history(b).find((sha) => seen.has(sha)) ?? b;
  }

  private history(from: string): string[] {
    const found = [from];
    for (let at = 0; at < found.length; at += 1) found.push(...(this.commit(found[at] ?? '')?.parents ?? []).filter((parent) => !found.includes(parent)));
    return found;
  }

  private filesOf(tree: string | undefined, under = ''): Map<string, string> {
    const files = new Map<string, string>();
    for (const item of tree === undefined ? [] : this.tree(tree) ?? []) {
      if (item.mode === '040000') for (const [path, what] of this.filesOf(item.sha, `${under}${item.name}/`)) files.set(path, what);
      else files.set(`${under}${item.name}`, `${item.mode} ${item.sha}`);
    }
    return files;
  }

  commit(sha: string): CommitData | undefined {
    const text = this.get('commit', sha)?.toString('utf8');
    if (text === undefined) return undefined;
    const end = text.indexOf('\n\n');
    const headers = text.slice(0, end).split('\n').map((line) => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)] as const);
    const all = (name: string): readonly string[] => headers.flatMap(([key, text_]) => (key === name ? [text_] : []));
    const [author = 'nobody <nobody@example.com> 0 +0000'] = all('author');
    const [, name = '', seconds = '0'] = /^(.*) <[^>]*> (\d+) /.exec(author) ?? [];
    return { tree: all('tree')[0] ?? '', parents: all('parent'), message: text.slice(end + 2), author: name, date: isoSeconds(Number(seconds) * 1000) };
  }

  putCommit(commit: CommitData): string {
    const who = `${commit.author} <${commit.author}@example.com> ${String(Date.parse(commit.date) / 1000)} +0000`;
    return this.put('commit', Buffer.from([
      `tree ${commit.tree}`, ...commit.parents.map((parent) => `parent ${parent}`), `author ${who}`, `committer ${who}`, '', commit.message,
    ].join('\n')));
  }

  /** The entry at a path below a tree; undefined when there is none. */
  find(tree: string, path: string): TreeItem | undefined {
    const [head = '', ...rest] = path.split('/');
    const item = this.tree(tree)?.find((one) => one.name === head);
    return rest.length === 0 || item === undefined ? item : this.find(item.sha, rest.join('/'));
  }

  /** Takes over all objects that a commit of a real repository reaches. */
  seedFrom(gitDir: string, commit: string): void {
    const git = (args: readonly string[], input?: string): Buffer => execFileSync('git', ['--git-dir', gitDir, ...args], {
      maxBuffer: 2 ** 29, env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin', GIT_CONFIG_GLOBAL: devNull, GIT_CONFIG_NOSYSTEM: '1' },
      ...(input === undefined ? {} : { input }),
    });
    const names = git(['rev-list', '--objects', '--no-object-names', commit]).toString('utf8');
    const stream = git(['cat-file', '--batch'], names);
    for (let at = 0; at < stream.length;) {
      const line = stream.indexOf(10, at);
      const [sha = '', type = '', size = '0'] = stream.subarray(at, line).toString('utf8').split(' ');
      const bytes = stream.subarray(line + 1, line + 1 + Number(size));
      if (this.put(type as ObjectType, Buffer.from(bytes)) !== sha) throw new Error(`the object ${sha} got another name`);
      at = line + 2 + Number(size);
    }
  }
}

/** GitHub writes times without milliseconds. */
export function isoSeconds(at: number): string {
  return new Date(at).toISOString().replace('.000Z', 'Z').replace(/\.\d+Z$/, 'Z');
}
