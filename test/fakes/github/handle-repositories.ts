import { parse } from 'yaml';
import { isRecord } from './description.js';
import { notAccessible } from './handle-git.js';
import { renderCheckRun, renderRepository, renderRun, renderUser } from './render.js';
import { notFound, page, unprocessable } from './world.js';
import type { Call, Handler, Reply, Repository, Role, World } from './world.js';

/** The repository itself, its people, its files, its checks and its workflows. */
export const repositoryHandlers: Readonly<Record<string, Handler>> = {
  'repos/get': (world, call) => ({ status: 200, body: renderRepository(world, call.repository, call.user) }),
  'repos/get-branch': (world, call) => {
    const name = call.params['branch'] ?? '';
    const sha = call.repository.refs.get(`refs/heads/${name}`);
    const commit = sha === undefined ? undefined : call.repository.git.commit(sha);
    if (sha === undefined || commit === undefined) return notFound();
    const who = { name: commit.author, email: 'nobody@example.com', date: commit.date };
    return { status: 200, body: world.description.fill('branch-with-protection', {
      name, protected: false,
      commit: world.description.fill('commit', { sha, author: null, committer: null, commit: { message: commit.message, author: who, committer: who, tree: { sha: commit.tree, url: world.url }, comment_count: 0, url: world.url } }),
      _links: { html: world.url, self: world.url }, protection_url: world.url,
    }) };
  },
  'repos/get-collaborator-permission-level': (world, call) => {
    const account = world.accounts.get(call.params['username'] ?? '');
    if (account === undefined) return notFound();
    const role = call.repository.roles.get(account.login) ?? (call.repository.private ? 'none' : 'read');
    const coarse: Record<Role, string> = { admin: 'admin', maintain: 'write', write: 'write', triage: 'read', read: 'read', none: 'none' };
    return { status: 200, body: { permission: coarse[role], role_name: role, user: world.description.fill('collaborator', { ...renderUser(world, account), role_name: role }) } };
  },
  'repos/get-content': getContent,
  'checks/create': (world, call) => {
    if (call.user.type !== 'Bot') return notAccessible();
    const run = { id: world.id(), name: String(call.body['name']), headSha: String(call.body['head_sha']), status: 'queued', conclusion: null, title: '', summary: '', annotations: [], by: call.user };
    call.repository.checkRuns.push(run);
    return { status: 201, body: renderCheckRun(world, Object.assign(run, checkFields(call, run.annotations))) };
  },
  'checks/update': (world, call) => {
    const run = call.repository.checkRuns.find((one) => String(one.id) === call.params['check_run_id']);
    if (run === undefined) return notFound();
    return { status: 200, body: renderCheckRun(world, Object.assign(run, checkFields(call, run.annotations))) };
  },
  'checks/list-for-ref': (world, call) => {
    const found = call.repository.checkRuns.filter((run) => run.headSha === call.params['ref'] && (call.query['check_name'] === undefined || call.query['check_name'] === run.name));
    return page(world, call, `/repos/${call.repository.owner.login}/${call.repository.name}/commits/${call.params['ref'] ?? ''}/check-runs`, found.map((run) => renderCheckRun(world, run)),
      (items) => ({ total_count: found.length, check_runs: items }));
  },
  'repos/get-combined-status-for-ref': (world, call) => {
    const found = (call.repository.statuses ?? []).filter((one) => one.sha === call.params['ref']);
    const url = `${world.url}/statuses`;
    return { status: 200, body: world.description.fill('combined-commit-status', {
      sha: call.params['ref'], total_count: found.length, state: found.every(({ state }) => state === 'success') ? 'success' : 'pending', url, commit_url: url,
      statuses: found.map((one) => world.description.fill('simple-commit-status', { context: one.context, state: one.state, url, avatar_url: null, target_url: null, created_at: '2026-01-01T00:00:00Z', updated_at: '2026-01-01T00:00:00Z' })),
    }) };
  },
  'actions/get-github-actions-default-workflow-permissions-repository': (_world, call) => (call.repository.roles.get(call.user.login) === 'admin'
    ? { status: 200, body: { default_workflow_permissions: 'read', can_approve_pull_request_reviews: call.repository.settings.actionsMayOpenChanges } }
    : notAccessible()),
  'actions/list-repo-workflows': (world, call) => {
    const paths = workflowPaths(call.repository, call.repository.refs.get(`refs/heads/${call.repository.defaultBranch}`));
    return { status: 200, body: { total_count: paths.length, workflows: paths.map((path, index) => world.description.fill('workflow', { id: index + 1, name: path, path, state: 'active' })) } };
  },
  'actions/create-workflow-dispatch': dispatch,
  'actions/list-workflow-runs-for-repo': (world, call) => {
    const found = call.repository.runs.filter((run) => call.query['head_sha'] === undefined || call.query['head_sha'] === run.headSha);
    return page(world, call, `/repos/${call.repository.owner.login}/${call.repository.name}/actions/runs`, found.map((run) => renderRun(world, call.repository, run)),
      (items) => ({ total_count: found.length, workflow_runs: items }));
  },
};

function checkFields(call: Call, annotations: Record<string, unknown>[]): Record<string, unknown> {
  const output = isRecord(call.body['output']) ? call.body['output'] : {};
  annotations.push(...(output['annotations'] ?? []) as Record<string, unknown>[]);
  const { status, conclusion } = call.body;
  return {
    ...(status === undefined ? {} : { status }), ...(conclusion === undefined ? {} : { conclusion, status: 'completed' }),
    ...(output['title'] === undefined ? {} : { title: output['title'], summary: output['summary'] }),
  };
}

function getContent(world: World, call: Call): Reply {
  const { git, refs, defaultBranch } = call.repository;
  const ref = call.query['ref'] ?? defaultBranch;
  const commit = git.commit(refs.get(`refs/heads/${ref}`) ?? ref);
  const path = call.params['path'] ?? '';
  const item = commit === undefined ? undefined : git.find(commit.tree, path);
  if (item === undefined) return notFound();
  const links = { _links: { git: world.url, html: world.url, self: world.url }, url: world.url, git_url: world.url, html_url: world.url, download_url: world.url };
  if (item.mode === '040000') {
    return { status: 200, body: (git.tree(item.sha) ?? []).map((one) => ({
      type: one.mode === '040000' ? 'dir' : one.mode === '120000' ? 'symlink' : one.mode === '160000' ? 'submodule' : 'file',
      size: git.get('blob', one.sha)?.length ?? 0, name: one.name, path: `${path}/${one.name}`, sha: one.sha, ...links,
    })) };
  }
  const bytes = git.get('blob', item.sha) ?? Buffer.alloc(0);
  return { status: 200, body: { type: 'file', encoding: 'base64', size: bytes.length, name: item.name, path, content: bytes.toString('base64'), sha: item.sha, ...links } };
}

function workflowPaths(repository: Repository, commit: string | undefined): readonly string[] {
  const tree = commit === undefined ? undefined : repository.git.commit(commit)?.tree;
  const folder = tree === undefined ? undefined : repository.git.find(tree, '.github/workflows');
  return (folder === undefined ? [] : repository.git.tree(folder.sha) ?? []).filter((item) => /\.ya?ml$/.test(item.name)).map((item) => `.github/workflows/${item.name}`);
}

/** GitHub starts the workflow file as it is on the ref, if that has the trigger; the run belongs to the ref's head. */
function dispatch(world: World, call: Call): Reply {
  const { repository } = call;
  const branch = String(call.body['ref']).replace(/^refs\/heads\//, '');
  const sha = repository.refs.get(`refs/heads/${branch}`);
  const commit = sha === undefined ? undefined : repository.git.commit(sha);
  if (sha === undefined || commit === undefined) return unprocessable(`No ref found for: ${branch}`);
  const id = call.params['workflow_id'] ?? '';
  const path = workflowPaths(repository, sha).find((one, index) => one.endsWith(`/${id}`) || String(index + 1) === id);
  const blob = path === undefined ? undefined : repository.git.find(commit.tree, path);
  if (path === undefined || blob === undefined) return notFound();
  const parsed: unknown = parse(repository.git.get('blob', blob.sha)?.toString('utf8') ?? '');
  const on: unknown = isRecord(parsed) ? parsed['on'] : undefined;
  const has = on === 'workflow_dispatch' || (Array.isArray(on) && on.includes('workflow_dispatch')) || (isRecord(on) && 'workflow_dispatch' in on);
  if (!has) return unprocessable("Workflow does not have 'workflow_dispatch' trigger");
  if (repository.settings.dispatchStartsRuns) {
    repository.runs.push({ id: world.id(), workflow: path, name: isRecord(parsed) && typeof parsed['name'] === 'string' ? parsed['name'] : path, branch, headSha: sha, event: 'workflow_dispatch' });
  }
  return { status: 204 };
}
