import { forbidden, isTrue, notFound, page, refuse, textOf } from './call.js';
import type { Call, Handler, Reply } from './call.js';
import type { FileAction } from './git-store.js';
import { renderCommitOf, renderMergeRequest, renderStatus, sha256, webUrl } from './render.js';
import { startPipeline } from './start-pipeline.js';
import type { Project, ProtectedBranch, World } from './world.js';

/** Branches, commits, files and their statuses, over a real repository. */
export const repositoryHandlers: Readonly<Record<string, Handler>> = {
  'branches.list': async (world, call) => {
    const search = textOf(call.query['search']);
    const wanted = (await call.project.git.branches()).filter(({ name }) => (search.startsWith('^') ? name.startsWith(search.slice(1)) : name.includes(search)));
    return page(world, call, await Promise.all(wanted.map(({ name, sha }) => renderBranch(world, call, name, sha))));
  },
  'branches.show': async (world, call) => {
    const sha = await call.project.git.head(call.params['branch'] ?? '');
    return sha === undefined ? notFound('Branch') : { status: 200, body: await renderBranch(world, call, call.params['branch'] ?? '', sha) };
  },
  'branches.create': async (world, call) => {
    const name = textOf(call.query['branch'] ?? call.body['branch']);
    const sha = await call.project.git.resolve(textOf(call.query['ref'] ?? call.body['ref']));
    if (sha === undefined) return refuse(400, 'Invalid reference name');
    if (await call.project.git.head(name) !== undefined) return refuse(400, 'Branch already exists');
    if (await call.project.git.text(['update-ref', `refs/heads/${name}`, sha, '0'.repeat(40)]) === undefined) return refuse(400, 'Invalid reference name');
    return { status: 201, body: await renderBranch(world, call, name, sha) };
  },
  'branches.delete': async (_world, call) => {
    const name = call.params['branch'] ?? '';
    if (await call.project.git.head(name) === undefined) return notFound('Branch');
    if (isProtected(call.project, name) !== undefined) return forbidden();
    await call.project.git.git(['update-ref', '-d', `refs/heads/${name}`]);
    return { status: 204 };
  },
  'tags.list': async (world, call) => {
    const names = (await call.project.git.text(['for-each-ref', '--format=%(refname:strip=2)', 'refs/tags/']) ?? '').split('\n').filter((one) => one !== '' && one.includes(textOf(call.query['search']).replace(/^\^/, '')));
    return page(world, call, await Promise.all(names.map((name) => renderTag(world, call, name))));
  },
  'tags.show': async (world, call) => (await tagCommit(call, call.params['tag'] ?? '') === undefined ? notFound('Tag') : { status: 200, body: await renderTag(world, call, call.params['tag'] ?? '') }),
  'tags.create': async (world, call) => {
    const name = textOf(call.query['tag_name'] ?? call.body['tag_name']);
    const sha = await call.project.git.resolve(textOf(call.query['ref'] ?? call.body['ref']));
    if (await tagCommit(call, name) !== undefined) return refuse(400, `Tag ${name} already exists`);
    if (sha === undefined) return refuse(400, 'Target is invalid');
    if (await call.project.git.text(['update-ref', `refs/tags/${name}`, sha, '0'.repeat(40)]) === undefined) return refuse(400, 'Tag name invalid');
    return { status: 201, body: await renderTag(world, call, name) };
  },
  'tags.delete': async (_world, call) => {
    if (await tagCommit(call, call.params['tag'] ?? '') === undefined) return notFound('Tag');
    await call.project.git.git(['update-ref', '-d', `refs/tags/${call.params['tag'] ?? ''}`]);
    return { status: 204 };
  },
  'commits.list': async (world, call) => {
    const from = await call.project.git.resolve(textOf(call.query['ref_name'] ?? call.project.defaultBranch));
    if (from === undefined) return notFound();
    const path = textOf(call.query['path']);
    const shas = path === '' ? await call.project.git.log(from) : (await call.project.git.text(['rev-list', from, '--', path]) ?? '').split('\n').filter((one) => one !== '');
    return page(world, call, await Promise.all(shas.map((sha) => renderCommitOf(world, call.project, sha))));
  },
  'commits.show': async (world, call) => withCommit(call, async (sha) => ({ status: 200, body: { ...await renderCommitOf(world, call.project, sha), status: null, last_pipeline: null, project_id: call.project.id } })),
  'commits.diff': async (world, call) => withCommit(call, async (sha) => page(world, call, await diffs(call.project, `${sha}^`, sha))),
  'commits.merge_requests': async (world, call) => withCommit(call, async (sha) => {
    const found = [...call.project.mergeRequests.values()];
    const holding = await Promise.all(found.map(async (one) => (await call.project.git.head(one.sourceBranch)) === sha || one.mergeCommit === sha));
    return page(world, call, await Promise.all(found.filter((_, index) => holding[index]).map((one) => renderMergeRequest(world, call.project, one, false))));
  }),
  'commits.create': createCommit,
  'statuses.list': (world, call) => withCommit(call, (sha) => {
    const all = call.project.statuses.filter((one) => one.sha === sha && (call.query['ref'] === undefined || one.ref === call.query['ref']) && (call.query['name'] === undefined || one.name === call.query['name']));
    const shown = isTrue(call.query['all']) ? all : all.filter((one) => all.findLast((other) => other.name === one.name && other.ref === one.ref) === one);
    return page(world, call, shown.map((one) => renderStatus(world, one)));
  }),
  'statuses.create': createStatus,
  'tree.list': async (world, call) => {
    const sha = await call.project.git.resolve(textOf(call.query['ref'] ?? call.project.defaultBranch));
    const path = textOf(call.query['path']).replace(/\/$/, '');
    const entries = sha === undefined ? [] : await call.project.git.entries(sha, path, isTrue(call.query['recursive']));
    if (sha === undefined || (entries.length === 0 && path !== '')) return notFound('Tree');
    return page(world, call, entries.map((one) => ({ id: one.sha, name: one.path.split('/').at(-1) ?? '', type: one.type, path: one.path, mode: one.mode })));
  },
  'files.show': (_world, call) => withFile(call, (file) => ({
    status: 200, headers: { 'x-gitlab-blob-id': file.blob },
    body: {
      file_name: file.path.split('/').at(-1), file_path: file.path, size: file.bytes.length, encoding: 'base64', content: file.bytes.toString('base64'), content_sha256: sha256(file.bytes), ref: file.ref, blob_id: file.blob, commit_id: file.commit, last_commit_id: file.commit, execute_filemode: file.executable,
    },
  })),
  'files.raw': (_world, call) => withFile(call, (file) => ({ status: 200, body: file.bytes, headers: { 'content-type': 'text/plain; charset=utf-8', 'x-gitlab-blob-id': file.blob } })),
  'files.create': (world, call) => oneFile(world, call, 'create', 201),
  'files.update': (world, call) => oneFile(world, call, 'update', 200),
  'files.delete': (world, call) => oneFile(world, call, 'delete', 204),
  'blobs.raw': async (_world, call) => {
    const type = await call.project.git.text(['cat-file', '-t', call.params['sha'] ?? '']);
    return type === 'blob' ? { status: 200, body: await call.project.git.git(['cat-file', 'blob', call.params['sha'] ?? '']), headers: { 'content-type': 'application/octet-stream' } } : notFound('Blob');
  },
  'compare': async (world, call) => {
    const { git } = call.project;
    const [from, to] = await Promise.all([git.resolve(textOf(call.query['from'])), git.resolve(textOf(call.query['to']))]);
    if (from === undefined || to === undefined) return notFound('Ref');
    const base = isTrue(call.query['straight']) ? from : await git.mergeBase(from, to) ?? from;
    const shas = (await git.text(['rev-list', '--reverse', `${base}..${to}`]) ?? '').split('\n').filter((one) => one !== '');
    const commits = await Promise.all(shas.map((sha) => renderCommitOf(world, call.project, sha)));
    return { status: 200, body: { commit: commits.at(-1) ?? null, commits, diffs: await diffs(call.project, base, to), compare_timeout: false, compare_same_ref: from === to, web_url: `${webUrl(world, call.project)}/-/compare/${from}...${to}` } };
  },
  'merge_base': async (world, call) => {
    const refs = (Array.isArray(call.query['refs']) ? call.query['refs'] : [call.query['refs']]).map(textOf);
    const shas = await Promise.all(refs.map((one) => call.project.git.resolve(one)));
    const [a, b] = shas;
    const base = a === undefined || b === undefined ? undefined : await call.project.git.mergeBase(a, b);
    return base === undefined ? notFound() : { status: 200, body: await renderCommitOf(world, call.project, base) };
  },
  'protected_branches.list': (world, call) => page(world, call, call.project.protectedBranches.map((one) => renderProtected(one))),
  'protected_branches.show': (_world, call) => {
    const found = call.project.protectedBranches.find((one) => one.name === call.params['name']);
    return found === undefined ? notFound() : { status: 200, body: renderProtected(found) };
  },
};

/** `release/*` protects every branch that begins so. */
export function isProtected(project: Project, branch: string): ProtectedBranch | undefined {
  return project.protectedBranches.find(({ name }) => name === branch || (name.includes('*') && new RegExp(`^${name.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&')).join('.*')}$`).test(branch)));
}

async function renderBranch(world: World, call: Call, name: string, sha: string): Promise<Record<string, unknown>> {
  const guard = isProtected(call.project, name);
  return {
    name, commit: await renderCommitOf(world, call.project, sha), merged: false, protected: guard !== undefined, developers_can_push: guard?.push === 30, developers_can_merge: guard?.merge === 30,
    can_push: call.level >= (guard?.push ?? 30), default: name === call.project.defaultBranch, web_url: `${webUrl(world, call.project)}/-/tree/${name}`,
  };
}

function renderProtected(one: ProtectedBranch): Record<string, unknown> {
  const levels = (level: number): unknown[] => [{ id: one.id + level, access_level: level, access_level_description: level === 0 ? 'No one' : level >= 40 ? 'Maintainers' : 'Developers + Maintainers', user_id: null, group_id: null }];
  return { id: one.id, name: one.name, push_access_levels: levels(one.push), merge_access_levels: levels(one.merge), allow_force_push: one.forcePush, code_owner_approval_required: false };
}

const tagCommit = (call: Call, name: string): Promise<string | undefined> => call.project.git.text(['rev-parse', '--verify', '--quiet', `refs/tags/${name}^{commit}`]).then((sha) => (sha === '' ? undefined : sha));

async function renderTag(world: World, call: Call, name: string): Promise<Record<string, unknown>> {
  const sha = await tagCommit(call, name) ?? '';
  return { name, message: null, target: sha, commit: await renderCommitOf(world, call.project, sha), release: null, protected: false, created_at: null };
}

async function withCommit(call: Call, found: (sha: string) => Reply | Promise<Reply>): Promise<Reply> {
  const sha = await call.project.git.resolve(call.params['sha'] ?? '');
  return sha === undefined ? notFound('Commit') : found(sha);
}

async function withFile(call: Call, found: (file: { readonly path: string; readonly ref: string; readonly commit: string; readonly blob: string; readonly bytes: Buffer; readonly executable: boolean }) => Reply): Promise<Reply> {
  const ref = textOf(call.query['ref'] ?? call.project.defaultBranch);
  const path = call.params['file_path'] ?? '';
  const commit = await call.project.git.resolve(ref === 'HEAD' ? call.project.defaultBranch : ref);
  if (commit === undefined) return notFound('Commit');
  const file = await call.project.git.file(commit, path);
  return file === undefined ? notFound('File') : found({ ...file, path, ref, commit });
}

async function diffs(project: Project, from: string, to: string): Promise<readonly Record<string, unknown>[]> {
  const text = await project.git.text(['diff', '--raw', '--no-abbrev', '-z', from, to]) ?? '';
  const parts = text.split('\0').filter((one) => one !== '');
  const items: Record<string, unknown>[] = [];
  for (let at = 0; at + 1 < parts.length; at += 2) {
    const [before = '', after = '', , , kind = ''] = (parts[at] ?? '').replace(/^:/, '').split(' ');
    const path = parts[at + 1] ?? '';
    const diff = await project.git.text(['diff', from, to, '--', path]) ?? '';
    items.push({ diff: diff.slice(Math.max(0, diff.indexOf('@@'))), new_path: path, old_path: path, a_mode: before, b_mode: after, new_file: kind === 'A', renamed_file: false, deleted_file: kind === 'D', generated_file: false, collapsed: false, too_large: false });
  }
  return items;
}

async function createStatus(world: World, call: Call): Promise<Reply> {
  const given = { ...call.query, ...call.body };
  const state = textOf(given['state']);
  if (!['pending', 'running', 'success', 'failed', 'canceled', 'skipped'].includes(state)) return refuse(400, { state: ['does not have a valid value'] });
  return withCommit(call, async (sha) => {
    const name = textOf(given['name'] ?? given['context']) === '' ? 'default' : textOf(given['name'] ?? given['context']);
    const branch = textOf(given['ref']) === '' ? (await call.project.git.branches()).find((one) => one.sha === sha)?.name ?? call.project.defaultBranch : textOf(given['ref']);
    const last = call.project.statuses.findLast((one) => one.sha === sha && one.name === name && one.ref === branch);
    // A status moves on: the same state again is refused, as GitLab's own state machine does.
    if (last?.status === state) return refuse(400, `Cannot transition status via :${state === 'running' ? 'run' : state === 'success' ? 'succeed' : state === 'failed' ? 'drop' : 'enqueue'} from :${state} (Reason(s): Status cannot transition via "${state}")`);
    const status = { id: world.id(), sha, ref: branch, name, status: state, description: given['description'] === undefined ? null : textOf(given['description']).slice(0, 255), targetUrl: given['target_url'] === undefined ? null : textOf(given['target_url']), author: call.user ?? world.account('ghost'), createdAt: world.now() };
    call.project.statuses.push(status);
    return { status: 201, body: renderStatus(world, status) };
  });
}

async function createCommit(world: World, call: Call): Promise<Reply> {
  const actions = (call.body['actions'] as readonly Record<string, unknown>[]).map((one): FileAction => ({
    action: one['action'] as FileAction['action'], path: textOf(one['file_path']), ...(one['previous_path'] === undefined ? {} : { previous: textOf(one['previous_path']) }),
    ...(one['content'] === undefined ? {} : { content: Buffer.from(textOf(one['content']), one['encoding'] === 'base64' ? 'base64' : 'utf8') }), ...(one['execute_filemode'] === undefined ? {} : { executable: isTrue(one['execute_filemode']) }),
  }));
  const made = await commitTo(world, call, actions);
  return 'status' in made ? made : { status: 201, body: await renderCommitOf(world, call.project, made.sha) };
}

async function oneFile(world: World, call: Call, action: 'create' | 'update' | 'delete', status: number): Promise<Reply> {
  const encoding = call.body['encoding'] === 'base64' ? 'base64' : 'utf8';
  const made = await commitTo(world, call, [{ action, path: call.params['file_path'] ?? '', ...(call.body['content'] === undefined ? {} : { content: Buffer.from(textOf(call.body['content']), encoding) }) }]);
  if ('status' in made) return made;
  return status === 204 ? { status } : { status, body: { file_path: call.params['file_path'], branch: textOf(call.body['branch'] ?? call.query['branch']) } };
}

async function commitTo(world: World, call: Call, actions: readonly FileAction[]): Promise<Reply | { readonly sha: string }> {
  const { git } = call.project;
  const branch = textOf(call.body['branch'] ?? call.query['branch']);
  const head = await git.head(branch);
  const guard = isProtected(call.project, branch);
  if (guard !== undefined && (guard.push === 0 || call.level < guard.push)) return forbidden();
  const wanted = textOf(call.body['start_sha'] ?? call.body['start_branch']);
  if (head !== undefined && wanted !== '' && wanted !== branch && !isTrue(call.body['force'])) return refuse(400, `A branch called '${branch}' already exists. Switch to that branch in order to make changes`);
  const parent = head !== undefined && wanted === '' ? head : await git.resolve(wanted === '' ? branch : wanted);
  if (parent === undefined) return refuse(400, `You can only create or edit files when you are on a branch`);
  const who = call.user ?? world.account('ghost');
  const made = await git.commitActions(parent, actions, { message: textOf(call.body['commit_message'] ?? call.query['commit_message']), author: who.name, email: who.email, date: world.now() });
  if ('refused' in made) return refuse(400, made.refused);
  await git.git(['update-ref', `refs/heads/${branch}`, made.sha]);
  await startPipeline(world, call.project, { ref: branch, user: who, source: 'push' });
  return made;
}

