import { renderCommit, renderRef, slugOf } from './render.js';
import { basicError, notFound, unprocessable } from './world.js';
import type { Call, Handler, Reply, World } from './world.js';

interface TreeChange { readonly path: string; readonly mode: string; readonly type?: string; readonly sha?: string | null; readonly content?: string }

/** The Git Data API over real objects: every name that comes back is the one git would give. */
export const gitHandlers: Readonly<Record<string, Handler>> = {
  'git/create-blob': (world, call) => {
    const bytes = Buffer.from(String(call.body['content']), call.body['encoding'] === 'base64' ? 'base64' : 'utf8');
    const sha = call.repository.git.put('blob', bytes);
    return { status: 201, body: { sha, url: gitUrl(world, call, `blobs/${sha}`) } };
  },
  'git/get-blob': (world, call) => {
    const sha = call.params['file_sha'] ?? '';
    const bytes = call.repository.git.get('blob', sha);
    if (bytes === undefined) return notFound();
    return { status: 200, body: { sha, node_id: '', size: bytes.length, encoding: 'base64', content: bytes.toString('base64'), url: gitUrl(world, call, `blobs/${sha}`) } };
  },
  'git/create-tree': createTree,
  'git/get-tree': (world, call) => {
    const sha = call.params['tree_sha'] ?? '';
    return call.repository.git.tree(sha) === undefined ? notFound() : { status: 200, body: renderTree(world, call, sha) };
  },
  'git/create-commit': (world, call) => {
    const tree = String(call.body['tree']);
    const parents = (call.body['parents'] ?? []) as string[];
    const { git } = call.repository;
    if (git.tree(tree) === undefined) return unprocessable('Tree SHA does not exist');
    if (parents.some((parent) => git.commit(parent) === undefined)) return unprocessable('Parent SHA does not exist');
    const sha = git.putCommit({ tree, parents, message: String(call.body['message']), author: call.user.login, date: world.now() });
    return { status: 201, body: renderCommit(world, call.repository, sha) };
  },
  'git/get-commit': (world, call) => {
    const sha = call.params['commit_sha'] ?? '';
    return call.repository.git.commit(sha) === undefined ? notFound() : { status: 200, body: renderCommit(world, call.repository, sha) };
  },
  'git/create-ref': (world, call) => {
    const ref = String(call.body['ref']);
    const sha = String(call.body['sha']);
    if (!/^refs\/[^/]+\/./.test(ref)) return unprocessable("Reference name must start with 'refs/' and contain at least two slashes");
    if (call.repository.git.commit(sha) === undefined) return unprocessable('Object does not exist');
    if (call.repository.refs.has(ref)) return unprocessable('Reference already exists');
    // As git itself: a name is either a reference or a folder of references.
    if ([...call.repository.refs.keys()].some((name) => name.startsWith(`${ref}/`) || ref.startsWith(`${name}/`))) return unprocessable('Reference cannot be created');
    call.repository.refs.set(ref, sha);
    return { status: 201, body: renderRef(world, call.repository, ref, sha) };
  },
  'git/get-ref': (world, call) => withRef(call, (ref, sha) => ({ status: 200, body: renderRef(world, call.repository, ref, sha) }), notFound()),
  'git/list-matching-refs': (world, call) => {
    const prefix = `refs/${call.params['ref'] ?? ''}`;
    const found = [...call.repository.refs].filter(([ref]) => ref.startsWith(prefix)).sort(([a], [b]) => (a < b ? -1 : 1));
    return { status: 200, body: found.map(([ref, sha]) => renderRef(world, call.repository, ref, sha)) };
  },
  'git/update-ref': (world, call) => withRef(call, (ref) => {
    const sha = String(call.body['sha']);
    if (call.repository.git.commit(sha) === undefined) return unprocessable('Object does not exist');
    const before = call.repository.refs.get(ref) ?? '';
    if (call.body['force'] !== true && !descends(call, sha, before)) return unprocessable('Update is not a fast forward');
    call.repository.refs.set(ref, sha);
    return { status: 200, body: renderRef(world, call.repository, ref, sha) };
  }, unprocessable('Reference does not exist')),
  'git/delete-ref': (_world, call) => withRef(call, (ref) => {
    call.repository.refs.delete(ref);
    return { status: 204 };
  }, unprocessable('Reference does not exist')),
};

function createTree(world: World, call: Call): Reply {
  const { git } = call.repository;
  const base = call.body['base_tree'] === undefined ? undefined : String(call.body['base_tree']);
  // GitHub takes a commit here as well, the tree of which is meant.
  const baseTree = base === undefined ? undefined : git.commit(base)?.tree ?? base;
  if (baseTree !== undefined && git.tree(baseTree) === undefined) return notFound();
  const changes: { path: string; mode: string; sha: string | null }[] = [];
  for (const item of call.body['tree'] as readonly TreeChange[]) {
    if (item.sha !== undefined && item.content !== undefined) return unprocessable('tree.sha and tree.content are exclusive');
    if (item.content !== undefined) changes.push({ ...item, sha: git.put('blob', Buffer.from(item.content, 'utf8')) });
    else if (item.sha === null) {
      if (baseTree === undefined || git.find(baseTree, item.path) === undefined) return unprocessable('GitRPC::BadObjectState');
      changes.push({ path: item.path, mode: item.mode, sha: null });
    } else {
      if (item.mode !== '160000' && git.get(item.mode === '040000' ? 'tree' : 'blob', item.sha ?? '') === undefined) return unprocessable('tree.sha does not exist');
      changes.push({ path: item.path, mode: item.mode, sha: item.sha ?? '' });
    }
  }
  return { status: 201, body: renderTree(world, call, git.changeTree(baseTree, changes)) };
}

function renderTree(world: World, call: Call, sha: string): unknown {
  const items = call.repository.git.tree(sha) ?? [];
  return {
    sha, url: gitUrl(world, call, `trees/${sha}`), truncated: false,
    tree: items.map((item) => ({ path: item.name, mode: item.mode, type: item.mode === '040000' ? 'tree' : item.mode === '160000' ? 'commit' : 'blob', sha: item.sha, size: 0, url: gitUrl(world, call, item.sha) })),
  };
}

function withRef(call: Call, found: (ref: string, sha: string) => Reply, missing: Reply): Reply {
  const ref = `refs/${call.params['ref'] ?? ''}`;
  const sha = call.repository.refs.get(ref);
  return sha === undefined ? missing : found(ref, sha);
}

/** The commit is the other one, or grew out of it. */
function descends(call: Call, sha: string, from: string): boolean {
  const open = [sha];
  const seen = new Set<string>();
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (at === from) return true;
    if (!seen.has(at)) open.push(...call.repository.git.commit(at)?.parents ?? []);
    seen.add(at);
  }
  return false;
}

function gitUrl(world: World, call: Call, rest: string): string {
  return `${world.url}/repos/${slugOf(call.repository)}/git/${rest}`;
}

/** For handlers of other groups: GitHub's words when a token may not do a thing. */
export const notAccessible = (): Reply => basicError(403, 'Resource not accessible by integration');
