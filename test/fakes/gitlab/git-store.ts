import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { devNull } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

export interface GitCommit { readonly sha: string; readonly tree: string; readonly parents: readonly string[]; readonly author: string; readonly email: string; readonly date: string; readonly message: string }
export interface FileAction { readonly action: 'create' | 'update' | 'delete' | 'move' | 'chmod'; readonly path: string; readonly previous?: string; readonly content?: Buffer; readonly executable?: boolean }

const run = promisify(execFile);
/** Refuses what the server denies this push: GitLab answers a push to a protected branch in this way. */
const PRE_RECEIVE = `#!/bin/sh
while read -r old new ref; do
  for denied in $(cat "fake-denied-$REMOTE_USER" 2>/dev/null); do
    if [ "$denied" = "$ref" ]; then echo "GitLab: You are not allowed to push code to protected branches on this project." >&2; exit 1; fi
  done
done
`;

/** A real bare repository, behind the API and behind git's own protocol alike. */
export class GitStore {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async make(folder: string, branch: string, seed: { readonly gitDir: string; readonly commit: string } | undefined): Promise<GitStore> {
    // What `git init --bare` makes, without a process: most tests never look into the repository.
    for (const name of ['objects', 'refs/heads', 'refs/tags', 'hooks']) mkdirSync(join(folder, name), { recursive: true });
    writeFileSync(join(folder, 'HEAD'), `ref: refs/heads/${branch}\n`);
    writeFileSync(join(folder, 'config'), '[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = true\n');
    const store = new GitStore(folder);
    writeFileSync(join(folder, 'hooks', 'pre-receive'), PRE_RECEIVE);
    chmodSync(join(folder, 'hooks', 'pre-receive'), 0o755);
    if (seed !== undefined) {
      await store.git(['-c', 'protocol.file.allow=always', 'fetch', '--quiet', '--no-tags', seed.gitDir, seed.commit]);
      await store.git(['update-ref', `refs/heads/${branch}`, seed.commit]);
    }
    return store;
  }

  /** The full names of the refs that a user may not push to; the hook reads them. */
  deny(user: string, refs: readonly string[]): void {
    writeFileSync(join(this.folder, `fake-denied-${user}`), refs.join('\n'));
  }

  async git(args: readonly string[], how: { readonly input?: Buffer | string; readonly env?: Readonly<Record<string, string>> } = {}): Promise<Buffer> {
    const asked = run('git', ['--git-dir', this.folder, ...args], { env: { ...gitEnv(), ...how.env }, maxBuffer: 2 ** 28, encoding: 'buffer' });
    // git may end before it has read what it does not need.
    asked.child.stdin?.on('error', () => undefined).end(how.input ?? '');
    return (await asked).stdout;
  }

  /** The text that git prints, or nothing when it says no. */
  async text(args: readonly string[]): Promise<string | undefined> {
    try {
      return (await this.git(args)).toString('utf8').trimEnd();
    } catch {
      return undefined;
    }
  }

  /** The commit that a branch, a tag, a full ref or a (short) commit name means. */
  async resolve(name: string): Promise<string | undefined> {
    if (name === '' || name.startsWith('-')) return undefined;
    for (const form of [`refs/heads/${name}`, `refs/tags/${name}`, name]) {
      const sha = await this.text(['rev-parse', '--verify', '--quiet', '--end-of-options', `${form}^{commit}`]);
      if (sha !== undefined && sha !== '') return sha;
    }
    return undefined;
  }

  head(branch: string): Promise<string | undefined> {
    return this.text(['rev-parse', '--verify', '--quiet', `refs/heads/${branch}`]).then((sha) => (sha === '' ? undefined : sha));
  }

  async branches(): Promise<readonly { readonly name: string; readonly sha: string }[]> {
    const text = await this.text(['for-each-ref', '--format=%(objectname) %(refname)', 'refs/heads/']) ?? '';
    return text.split('\n').filter((line) => line !== '').map((line) => ({ sha: line.slice(0, 40), name: line.slice(41 + 'refs/heads/'.length) }));
  }

  async commit(sha: string): Promise<GitCommit | undefined> {
    const text = await this.text(['show', '--no-patch', '--format=%H%n%T%n%P%n%an%n%ae%n%aI%n%B', sha]);
    if (text === undefined) return undefined;
    const [name = '', tree = '', parents = '', author = '', email = '', date = '', ...message] = text.split('\n');
    return { sha: name, tree, parents: parents.split(' ').filter((one) => one !== ''), author, email, date: new Date(date).toISOString(), message: message.join('\n') };
  }

  async log(from: string, max = 200): Promise<readonly string[]> {
    return (await this.text(['rev-list', `--max-count=${String(max)}`, from]) ?? '').split('\n').filter((one) => one !== '');
  }

  mergeBase(a: string, b: string): Promise<string | undefined> {
    return this.text(['merge-base', a, b]).then((sha) => (sha === '' ? undefined : sha));
  }

  async changedPaths(from: string, to: string): Promise<readonly string[]> {
    return (await this.text(['diff', '--name-only', '-z', from, to]) ?? '').split('\0').filter((one) => one !== '');
  }

  async entries(commit: string, path: string, recursive: boolean): Promise<readonly { readonly mode: string; readonly type: string; readonly sha: string; readonly path: string }[]> {
    const text = await this.text(['ls-tree', '-z', ...(recursive ? ['-r', '-t'] : []), commit, ...(path === '' ? [] : ['--', `${path}/`])]) ?? '';
    return text.split('\0').filter((line) => line !== '').map((line) => {
      const [head = '', name = ''] = [line.slice(0, line.indexOf('\t')), line.slice(line.indexOf('\t') + 1)];
      const [mode = '', type = '', sha = ''] = head.split(' ');
      return { mode, type, sha, path: name };
    });
  }

  async file(commit: string, path: string): Promise<{ readonly blob: string; readonly bytes: Buffer; readonly executable: boolean } | undefined> {
    const line = await this.text(['ls-tree', commit, '--', path]);
    const [mode = '', type = '', blob = ''] = (line ?? '').split(/[ \t]/);
    if (type !== 'blob') return undefined;
    return { blob, bytes: await this.git(['cat-file', 'blob', blob]), executable: mode === '100755' };
  }

  /** One commit of the actions on top of a parent. Answers what GitLab would refuse in words. */
  async commitActions(parent: string | undefined, actions: readonly FileAction[], about: { readonly message: string; readonly author: string; readonly email: string; readonly date: string }): Promise<{ readonly sha: string } | { readonly refused: string }> {
    const index = join(this.folder, `index-${String(process.hrtime.bigint())}`);
    const env = { GIT_INDEX_FILE: index };
    await this.git(['read-tree', ...(parent === undefined ? ['--empty'] : [parent])], { env });
    for (const { action, path, previous, content, executable } of actions) {
      const there = parent === undefined ? undefined : await this.file(parent, previous ?? path);
      if (action === 'create' && there !== undefined) return { refused: 'A file with this name already exists' };
      if (action !== 'create' && there === undefined) return { refused: "A file with this name doesn't exist" };
      if (action === 'delete' || action === 'move') await this.git(['update-index', '--force-remove', '--', previous ?? path], { env });
      if (action === 'delete') continue;
      const blob = content === undefined ? there?.blob ?? '' : (await this.git(['hash-object', '-w', '--stdin'], { input: content })).toString('utf8').trim();
      await this.git(['update-index', '--add', '--cacheinfo', `${(executable ?? there?.executable) === true ? '100755' : '100644'},${blob},${path}`], { env });
    }
    const tree = (await this.git(['write-tree'], { env })).toString('utf8').trim();
    const who = { GIT_AUTHOR_NAME: about.author, GIT_AUTHOR_EMAIL: about.email, GIT_COMMITTER_NAME: about.author, GIT_COMMITTER_EMAIL: about.email, GIT_AUTHOR_DATE: about.date, GIT_COMMITTER_DATE: about.date };
    return { sha: (await this.git(['commit-tree', tree, ...(parent === undefined ? [] : ['-p', parent])], { input: about.message, env: who })).toString('utf8').trim() };
  }
}

export function gitEnv(): Record<string, string> {
  return { PATH: process.env['PATH'] ?? '/usr/bin:/bin', GIT_CONFIG_GLOBAL: devNull, GIT_CONFIG_NOSYSTEM: '1', HOME: '/nonexistent', LC_ALL: 'C', GIT_TERMINAL_PROMPT: '0' };
}
