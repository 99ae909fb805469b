import { renderCommit, renderRepository, renderRun, renderStatus, renderTeam, renderUser } from './render.js';
import { git, headOf, isAdminRole, notFound, page, problem } from './world.js';
import type { Call, Handler, Reply, Status, World } from './world.js';

export const repositoryHandlers: Readonly<Record<string, Handler>> = {
  repoGet: (world, call) => ({ status: 200, body: renderRepository(world, call.repository, call.repository.roles.get(call.user.login)) }),
  repoGetBranch: (world, call) => {
    const name = call.params['branch'] ?? '';
    const head = headOf(call.repository, name);
    if (head === undefined) return notFound();
    const rule = call.repository.protections.get(name);
    return { status: 200, body: {
      name, protected: rule !== undefined, required_approvals: rule?.approvals ?? 0, enable_status_check: (rule?.contexts.length ?? 0) > 0, status_check_contexts: rule?.contexts ?? [], user_can_push: true, user_can_merge: true,
      effective_branch_protection_name: rule === undefined ? '' : name, commit: { id: head, message: '', url: `${world.url}/commit/${head}`, author: null, committer: null, verification: null, timestamp: '2026-03-01T12:00:00Z', added: null, removed: null, modified: null },
    } };
  },
  repoGetSingleCommit: (world, call) => {
    const body = renderCommit(world, call.repository, call.params['sha'] ?? '');
    return body === undefined ? notFound() : { status: 200, body };
  },
  // Whoever is no administrator of the repository may ask about himself only.
  repoGetRepoPermissions: (world, call) => {
    const name = call.params['collaborator'] ?? '';
    if (name !== call.user.login && !isAdminRole(call.repository.roles.get(call.user.login))) return problem(403, 'Only admins can query all permissions, repo admins can query all repo permissions, collaborators can query only their own');
    const account = world.accounts.get(name);
    if (account === undefined || account.id < 0) return notFound();
    const role = call.repository.roles.get(name) ?? (call.repository.private ? 'none' : 'read');
    return { status: 200, body: { permission: role, role_name: role, user: renderUser(world, account) } };
  },
  repoGetContents: contents,
  repoCreateStatus: (world, call) => {
    const commit = call.params['sha'] ?? '';
    if (renderCommit(world, call.repository, commit) === undefined) return notFound();
    const status: Status = { id: world.id(), commit, context: String(call.body['context'] ?? 'default'), state: String(call.body['state']), description: String(call.body['description'] ?? ''), by: call.user, at: world.now() };
    call.repository.statuses.push(status);
    return { status: 201, body: renderStatus(world, status) };
  },
  repoListStatuses: (world, call) => {
    const found = call.repository.statuses.filter((one) => one.commit === call.params['sha']);
    const newestFirst = call.query['sort'] === 'oldest' ? found : found.toReversed();
    return page(world, call, `/repos/${call.params['owner'] ?? ''}/${call.params['repo'] ?? ''}/statuses/${call.params['sha'] ?? ''}`, newestFirst.map((one) => renderStatus(world, one)));
  },
  ActionsDispatchWorkflow: (world, call) => dispatch(world, call, call.params['workflow_id'] ?? ''),
  DispatchWorkflow: (world, call) => dispatch(world, call, call.params['workflowfilename'] ?? ''),
  getWorkflowRuns: listRuns,
  ListActionRuns: listRuns,
};

export const peopleHandlers: Readonly<Record<string, Handler>> = {
  getVersion: (world) => ({ status: 200, body: { version: world.description.version } }),
  userGetCurrent: (world, call) => ({ status: 200, body: renderUser(world, call.user) }),
  // Only members of an organisation see its teams.
  teamSearch: (world, call) => {
    const prefix = `${call.params['org'] ?? ''}/`;
    const teams = [...world.teams].filter(([name]) => name.startsWith(prefix));
    if (!teams.some(([, team]) => team.members.has(call.user.login))) return problem(403, 'Must be an organization member');
    const found = teams.map(([name]) => name).filter((name) => name.slice(prefix.length).toLowerCase().includes((call.query['q'] ?? '').toLowerCase()));
    return page(world, call, `/orgs/${prefix}teams/search`, found.map((name) => renderTeam(world, name)), (data) => ({ ok: true, data }));
  },
  orgListTeamMember: (world, call) => {
    const team = [...world.teams.values()].find((one) => String(one.id) === call.params['id']);
    const login = call.params['username'] ?? '';
    return team?.members.has(login) === true ? { status: 200, body: renderUser(world, world.account(login)) } : notFound();
  },
};

/** A folder answers a list, a file its content; `ContentsResponse` in the description is the file alone. */
function contents(world: World, call: Call): Reply {
  const path = call.params['filepath'] ?? '';
  const ref = call.query['ref'] ?? 'HEAD';
  const type = git(call.repository, ['cat-file', '-t', `${ref}:${path}`]);
  const entry = (name: string, more: object): object => ({ name: name.split('/').at(-1), path: name, sha: '', type: 'file', size: 10, encoding: null, content: null, target: null, url: world.url, html_url: world.url, git_url: world.url, download_url: world.url, submodule_git_url: null, _links: null, last_commit_sha: '', ...more });
  if (type === 'blob') {
    const text = git(call.repository, ['show', `${ref}:${path}`]) ?? '';
    return { status: 200, body: entry(path, { encoding: 'base64', content: Buffer.from(`${text}\n`).toString('base64') }) };
  }
  if (type !== 'tree') return notFound();
  const lines = (git(call.repository, ['ls-tree', '--name-only', '-z', `${ref}:${path}`]) ?? '').split('\0').filter((name) => name !== '');
  return { status: 200, body: lines.map((name) => entry(`${path}/${name}`, {})) };
}

function dispatch(world: World, call: Call, file: string): Reply {
  const branch = String(call.body['ref']).replace(/^refs\/heads\//, '');
  const commit = headOf(call.repository, branch);
  const found = ['.gitea/workflows', '.forgejo/workflows', '.github/workflows'].find((folder) => git(call.repository, ['cat-file', '-t', `${commit ?? ''}:${folder}/${file}`]) === 'blob');
  if (commit === undefined || found === undefined) return notFound();
  if (call.repository.dispatchStartsRuns) call.repository.runs.push({ id: world.id(), file: `${found}/${file}`, branch, commit, event: 'workflow_dispatch' });
  return { status: 204 };
}

function listRuns(world: World, call: Call): Reply {
  const found = call.repository.runs.filter((run) => call.query['head_sha'] === undefined || run.commit === call.query['head_sha']);
  return page(world, call, `/repos/${call.params['owner'] ?? ''}/${call.params['repo'] ?? ''}/actions/runs`, found.map((run) => renderRun(world, call.repository, run)), (items) => ({ total_count: found.length, workflow_runs: items }));
}
