import type { Fault } from '../../../domain/fault.js';
import { err, ok, type Result } from '../../../kit/result.js';
import { FILE_MODE, FOLDER_MODE, treeBytes, type TreeEntry } from '../../git-client/loose-objects.js';
import { commitBytes, readTree, treeOfCommit } from '../../git-client/objects.js';
import type { RemoteRepository } from '../../git-client/remote-repository.js';
import { ledgerFault } from './ledger-fault.js';
import type { LedgerFiles, NewFiles } from '../lib/steps.js';

/** Far above what a day of rows or the lines of a run can be: a larger one would only fill the memory. */
const FILE_BYTES_MAX = 64 * 1024 * 1024;

/** The files of one commit, read as data. Objects that were read once are kept by name: they never change. */
export class BranchFiles implements LedgerFiles {
  readonly source = 'ledger-store/git-branch';
  readonly #remote: RemoteRepository;
  readonly #commit: string | undefined;
  readonly #objects: Map<string, Buffer>;

  /** @param commit the tip; `undefined` for a branch that does not exist. @param objects what is known already, shared between commits */
  constructor(remote: RemoteRepository, commit: string | undefined, objects: Map<string, Buffer>) {
    this.#remote = remote;
    this.#commit = commit;
    this.#objects = objects;
  }

  /** All at once: step by step, each folder on the way would be a process of its own. */
  async ahead(folders: readonly string[]): Promise<Result<void, Fault>> {
    const commit = this.#commit;
    if (commit === undefined || this.#objects.has(commit)) return ok(undefined);
    const found = await this.#remote.read([commit, `${commit}^{tree}`, ...folders.map((folder) => `${commit}:${folder}`)]);
    if (!found.ok) return found;
    for (const [name, bytes] of found.value) this.#objects.set(name, bytes);
    return ok(undefined);
  }

  async list(folder: string): Promise<Result<readonly string[], Fault>> {
    const tree = await this.#folder(folder);
    return tree.ok ? ok([...tree.value.values()].map((entry) => entry.name)) : tree;
  }

  async read(paths: readonly string[]): Promise<Result<ReadonlyMap<string, Buffer>, Fault>> {
    const names = new Map<string, string>();
    for (const path of paths) {
      const cut = path.lastIndexOf('/');
      const tree = await this.#folder(cut < 0 ? '' : path.slice(0, cut));
      if (!tree.ok) return tree;
      const entry = tree.value.get(path.slice(cut + 1));
      if (entry?.mode === FILE_MODE) names.set(path, entry.object);
    }
    const found = await this.#load([...names.values()], true);
    if (!found.ok) return found;
    const files = new Map<string, Buffer>();
    for (const [path, name] of names) {
      const bytes = this.#objects.get(name);
      if (bytes === undefined) return err(ledgerFault('invalid-answer', 'theirs', `The remote did not give ${path} of the ledger.`, true));
      if (bytes.length > FILE_BYTES_MAX) return err(ledgerFault('rejected', 'setup', `${path} of the ledger has ${String(bytes.length)} bytes, far more than Heddle writes. Look who wrote to the branch.`));
      files.set(path, bytes);
    }
    return ok(files);
  }

  /** Writes a commit on top of this one with these files in place of the old ones; answers its name. Only here, not on the remote. */
  async commit(files: NewFiles, about: { readonly at: string; readonly message: string }): Promise<Result<string, Fault>> {
    const folders = new Map<string, Map<string, TreeEntry>>();
    const open = async (folder: string): Promise<Result<Map<string, TreeEntry>, Fault>> => {
      const known = folders.get(folder);
      if (known !== undefined) return ok(known);
      const there = await this.#folder(folder);
      if (!there.ok) return there;
      const made = new Map(there.value);
      folders.set(folder, made);
      return folder === '' ? ok(made) : (await open(parentOf(folder)), ok(made));
    };
    for (const [path, bytes] of files) {
      const opened = await open(parentOf(path));
      if (!opened.ok) return opened;
      const name = path.slice(path.lastIndexOf('/') + 1);
      opened.value.set(name, { name, mode: FILE_MODE, object: this.#remote.write('blob', bytes) });
    }
    let root = '';
    for (const folder of [...folders.keys()].sort((a, b) => depth(b) - depth(a))) {
      root = this.#remote.write('tree', treeBytes(folders.get(folder)?.values() ?? []));
      if (folder !== '') folders.get(parentOf(folder))?.set(nameOf(folder), { name: nameOf(folder), mode: FOLDER_MODE, object: root });
    }
    return ok(this.#remote.write('commit', commitBytes({ tree: root, parent: this.#commit, ...about })));
  }

  async #folder(folder: string): Promise<Result<ReadonlyMap<string, TreeEntry>, Fault>> {
    if (this.#commit === undefined) return ok(new Map());
    const commit = await this.#object(this.#commit);
    if (!commit.ok) return commit;
    let name = treeOfCommit(commit.value);
    for (const part of folder === '' ? [] : folder.split('/')) {
      const tree = name === undefined ? ok(undefined) : await this.#tree(name);
      if (!tree.ok) return tree;
      const entry = tree.value?.get(part);
      // A file or a link where a folder should be holds nothing of ours.
      if (entry?.mode !== FOLDER_MODE) return ok(new Map());
      name = entry.object;
    }
    const tree = name === undefined ? ok(undefined) : await this.#tree(name);
    return tree.ok ? ok(tree.value ?? new Map<string, TreeEntry>()) : tree;
  }

  async #tree(name: string): Promise<Result<ReadonlyMap<string, TreeEntry>, Fault>> {
    const bytes = await this.#object(name);
    if (!bytes.ok) return bytes;
    const known = TREES.get(bytes.value);
    if (known !== undefined) return ok(known);
    const entries = readTree(bytes.value);
    if (entries === undefined) return err(ledgerFault('invalid-answer', 'theirs', 'A folder of the ledger\'s branch cannot be read.'));
    const tree = new Map(entries.map((entry) => [entry.name, entry]));
    TREES.set(bytes.value, tree);
    return ok(tree);
  }

  async #object(name: string): Promise<Result<Buffer, Fault>> {
    const loaded = await this.#load([name], false);
    if (!loaded.ok) return loaded;
    const bytes = this.#objects.get(name);
    return bytes === undefined ? err(ledgerFault('invalid-answer', 'theirs', `The remote did not give the object ${name} of the ledger.`, true)) : ok(bytes);
  }

  async #load(names: readonly string[], fetching: boolean): Promise<Result<void, Fault>> {
    const unknown = (): readonly string[] => [...new Set(names)].filter((name) => !this.#objects.has(name));
    const keep = (found: ReadonlyMap<string, Buffer>): void => { for (const [name, bytes] of found) this.#objects.set(name, bytes); };
    const here = unknown().length === 0 ? ok(new Map<string, Buffer>()) : await this.#remote.read(unknown());
    if (!here.ok) return here;
    keep(here.value);
    if (!fetching || unknown().length === 0) return ok(undefined);
    const fetched = await this.#remote.fetchObjects(unknown());
    if (!fetched.ok) return fetched;
    const now = await this.#remote.read(unknown());
    if (!now.ok) return now;
    keep(now.value);
    return ok(undefined);
  }
}

const TREES = new WeakMap<Buffer, ReadonlyMap<string, TreeEntry>>();

function parentOf(path: string): string {
  const cut = path.lastIndexOf('/');
  return cut < 0 ? '' : path.slice(0, cut);
}

function nameOf(folder: string): string {
  return folder.slice(folder.lastIndexOf('/') + 1);
}

function depth(folder: string): number {
  return folder === '' ? 0 : folder.split('/').length;
}
