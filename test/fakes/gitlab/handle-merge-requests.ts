import { accountsOf, forbidden, isTrue, mergeRequestOf, namesOf, notFound, page, refuse, textOf, unauthorized } from './call.js';
import type { Call, Handler, Reply } from './call.js';
import { discussionsOf, noteHandlers, renderDiscussion } from './handle-notes.js';
import { isProtected } from './handle-repository.js';
import { renderCommitOf, renderMergeRequest, renderNote, renderPipeline } from './render.js';
import { startPipeline } from './start-pipeline.js';
import type { MergeRequest, Project, World } from './world.js';

const DESCRIPTION_CHARS_MAX = 1_048_576;

export const mergeRequestHandlers: Readonly<Record<string, Handler>> = {
  ...noteHandlers('merge_requests', mergeRequestOf),
  'merge_requests.list': async (world, call) => {
    const { state, source_branch: source, target_branch: target, author_username: author, iids, labels } = call.query;
    const found = [...call.project.mergeRequests.values()].filter((one) => (state === undefined || state === 'all' || one.state === state) && (source === undefined || one.sourceBranch === source)
      && (target === undefined || one.targetBranch === target) && (author === undefined || one.author.username === author) && (labels === undefined || namesOf(labels).every((label) => one.labels.includes(label)))
      && (call.query['source_project_id'] === undefined || String(one.sourceProject.id) === textOf(call.query['source_project_id'])) && (iids === undefined || (Array.isArray(iids) ? iids : [iids]).map(textOf).includes(String(one.iid))))
      .sort((a, b) => a.id - b.id);
    const sorted = call.query['sort'] === 'asc' ? found : found.reverse();
    return page(world, call, await Promise.all(sorted.map((one) => renderMergeRequest(world, call.project, one, false))));
  },
  'merge_requests.show': (world, call) => withRequest(call, async (one) => ({ status: 200, body: await renderMergeRequest(world, call.project, one, true) })),
  'merge_requests.create': create,
  'merge_requests.update': (world, call) => withRequest(call, (one) => update(world, call, one)),
  'merge_requests.commits': (world, call) => withRequest(call, async (one) => {
    const { git } = call.project;
    const text = await git.text(['rev-list', one.sourceBranch, `^refs/heads/${one.targetBranch}`]) ?? '';
    return page(world, call, await Promise.all(text.split('\n').filter((sha) => sha !== '').map((sha) => renderCommitOf(world, call.project, sha))));
  }),
  'merge_requests.diffs': (world, call) => withRequest(call, async (one) => {
    const { git } = call.project;
    const [head, target] = [await git.head(one.sourceBranch), await git.head(one.targetBranch)];
    const base = head === undefined || target === undefined ? undefined : await git.mergeBase(target, head);
    const paths = base === undefined || head === undefined ? [] : await git.changedPaths(base, head);
    return page(world, call, await Promise.all(paths.map(async (path) => {
      const diff = await git.text(['diff', base ?? '', head ?? '', '--', path]) ?? '';
      return { diff: diff.slice(Math.max(0, diff.indexOf('@@'))), new_path: path, old_path: path, a_mode: '100644', b_mode: '100644', new_file: diff.includes('\nnew file mode'), renamed_file: false, deleted_file: diff.includes('\ndeleted file mode'), generated_file: false };
    })));
  }),
  'merge_requests.versions': (world, call) => withRequest(call, async (one) => {
    const rendered = await renderMergeRequest(world, call.project, one, true);
    const refs = rendered['diff_refs'] as { base_sha: string; head_sha: string; start_sha: string } | null;
    return page(world, call, refs === null ? [] : [{ id: one.id, head_commit_sha: refs.head_sha, base_commit_sha: refs.base_sha, start_commit_sha: refs.start_sha, created_at: one.createdAt, merge_request_id: one.id, state: 'collected', real_size: '1' }]);
  }),
  'merge_requests.pipelines.list': (world, call) => withRequest(call, async (one) => {
    const head = await call.project.git.head(one.sourceBranch);
    return page(world, call, call.project.pipelines.filter((pipeline) => pipeline.sha === head).reverse().map((pipeline) => renderPipeline(world, call.project, pipeline)));
  }),
  'merge_requests.pipelines.create': (world, call) => withRequest(call, async (one) => {
    const pipeline = call.user === undefined ? undefined : await startPipeline(world, call.project, { ref: `refs/merge-requests/${String(one.iid)}/head`, sha: await call.project.git.head(one.sourceBranch) ?? '', user: call.user, source: 'merge_request_event' });
    return pipeline === undefined ? refuse(400, { base: ['Pipeline will not run for the selected trigger. The rules configuration prevented any jobs from being added to the pipeline.'] }) : { status: 201, body: renderPipeline(world, call.project, pipeline, true) };
  }),
  'merge_requests.discussions.show': (world, call) => withDiscussion(call, (one, notes) => ({ status: 200, body: renderDiscussion(world, call, one, notes) })),
  'merge_requests.discussions.create': (world, call) => withRequest(call, (one) => createDiscussion(world, call, one)),
  'merge_requests.discussions.resolve': (world, call) => withDiscussion(call, (one, notes) => {
    for (const note of notes) note.resolved = isTrue(call.query['resolved'] ?? call.body['resolved']);
    return { status: 200, body: renderDiscussion(world, call, one, notes) };
  }),
  'merge_requests.discussions.notes.create': (world, call) => withDiscussion(call, (one, notes) => {
    if (call.user === undefined) return unauthorized();
    const note = world.addNote(one, call.user, textOf(call.body['body']), { discussion: notes[0]?.discussion ?? '', individual: false });
    return { status: 201, body: renderNote(world, call.project, one, note) };
  }),
};

async function create(world: World, call: Call): Promise<Reply> {
  const { user, project, body } = call;
  if (user === undefined) return unauthorized();
  const source = textOf(body['source_branch']);
  const target = textOf(body['target_branch']);
  const into = body['target_project_id'] === undefined ? project : world.project(textOf(body['target_project_id']));
  if (into === undefined) return notFound('Target project');
  const problem = wrongText(body);
  if (problem !== undefined) return problem;
  if (source === target && into === project) return refuse(422, ["You can't use same project/branch for source and target"]);
  const open = [...into.mergeRequests.values()].find((one) => one.state === 'opened' && one.sourceBranch === source && one.targetBranch === target && one.sourceProject === project);
  if (open !== undefined) return refuse(409, [`Another open merge request already exists for this source branch: !${String(open.iid)}`]);
  if (await project.git.head(source) === undefined) return refuse(400, { source_branch: ['does not exist'] });
  const at = world.now();
  const request: MergeRequest = {
    id: world.id(), iid: Math.max(0, ...into.mergeRequests.keys()) + 1, title: textOf(body['title']), description: textOf(body['description']), labels: [], author: user, assignees: [], createdAt: at, updatedAt: at, notes: [], labelEvents: [], stateEvents: [],
    state: 'opened', sourceBranch: source, sourceProject: project, targetBranch: target, reviewers: [], approvedBy: [], autoMerge: false, inTrain: false, mergeCommit: null, squash: isTrue(body['squash']), removeSourceBranch: isTrue(body['remove_source_branch']),
  };
  into.mergeRequests.set(request.iid, request);
  people(world, into, request, body);
  world.relabel(into, request, user, namesOf(body['labels']), at);
  return { status: 201, body: await renderMergeRequest(world, into, request, true) };
}

async function update(world: World, call: Call, request: MergeRequest): Promise<Reply> {
  const { user, body } = call;
  if (user === undefined) return unauthorized();
  if (call.level < 30 && request.author !== user) return forbidden();
  if (Object.keys(body).length === 0) return refuse(400, 'at least one parameter must be provided');
  const problem = wrongText(body);
  if (problem !== undefined) return problem;
  if (body['title'] !== undefined) request.title = textOf(body['title']);
  if (body['description'] !== undefined) request.description = textOf(body['description']);
  if (body['target_branch'] !== undefined) request.targetBranch = textOf(body['target_branch']);
  if (body['squash'] !== undefined) request.squash = isTrue(body['squash']);
  if (body['remove_source_branch'] !== undefined) request.removeSourceBranch = isTrue(body['remove_source_branch']);
  people(world, call.project, request, body);
  const set = body['labels'] === undefined ? request.labels : namesOf(body['labels']);
  const labels = [...new Set([...set, ...namesOf(body['add_labels'])])].filter((label) => !namesOf(body['remove_labels']).includes(label));
  if (['labels', 'add_labels', 'remove_labels'].some((name) => body[name] !== undefined)) world.relabel(call.project, request, user, labels);
  if (body['state_event'] === 'close' && request.state === 'opened') closeOrOpen(world, request, user, 'closed');
  if (body['state_event'] === 'reopen' && request.state === 'closed') closeOrOpen(world, request, user, 'reopened');
  request.updatedAt = world.now();
  return { status: 200, body: await renderMergeRequest(world, call.project, request, true) };
}

function closeOrOpen(world: World, request: MergeRequest, user: MergeRequest['author'], state: 'closed' | 'reopened'): void {
  request.state = state === 'closed' ? 'closed' : 'opened';
  request.stateEvents.push({ id: world.id(), user, at: world.now(), state });
}

function wrongText(body: Readonly<Record<string, unknown>>): Reply | undefined {
  const title = body['title'];
  if (title !== undefined && (textOf(title).trim() === '' || textOf(title).length > 255)) return refuse(400, { title: [textOf(title).trim() === '' ? "can't be blank" : 'is too long (maximum is 255 characters)'] });
  if (textOf(body['description']).length > DESCRIPTION_CHARS_MAX) return refuse(400, { description: ['is too long (maximum is 1048576 characters)'] });
  return undefined;
}

/** Who may not see the project is left out without a word; without a paid tier there is one of each. */
function people(world: World, project: Project, request: MergeRequest, body: Readonly<Record<string, unknown>>): void {
  const allowed = (value: unknown): MergeRequest['assignees'] => {
    const found = accountsOf(world, value).filter((one) => project.visibility === 'public' || world.levelOf(project, one.username) > 0);
    return project.settings.premium ? [...found] : found.slice(0, 1);
  };
  if (body['reviewer_ids'] !== undefined) request.reviewers = allowed(body['reviewer_ids']);
  if (body['assignee_ids'] !== undefined || body['assignee_id'] !== undefined) request.assignees = allowed(body['assignee_ids'] ?? body['assignee_id']);
}

/** A position must be on a line of the change: a line that it does not show is refused. */
async function createDiscussion(world: World, call: Call, request: MergeRequest): Promise<Reply> {
  if (call.user === undefined) return unauthorized();
  const position = call.body['position'] as Readonly<Record<string, unknown>> | undefined;
  const id = world.id();
  if (position !== undefined) {
    const { git } = call.project;
    const [base, head, path] = [textOf(position['base_sha']), textOf(position['head_sha']), textOf(position['new_path'] ?? position['old_path'])];
    const paths = await git.text(['cat-file', '-e', head]) === undefined || await git.text(['cat-file', '-e', base]) === undefined ? undefined : await git.changedPaths(base, head);
    const line = Number(position['new_line'] ?? position['old_line'] ?? '0');
    const known = position['new_line'] !== undefined && paths?.includes(path) === true ? ((await git.file(head, path))?.bytes.toString('utf8').split('\n').length ?? 0) >= line : paths?.includes(path) === true;
    if (!known || line < 1) return refuse(400, '400 Bad request - Note {:line_code=>["can\'t be blank", "must be a valid line code"]}');
  }
  const note = world.addNote(request, call.user, textOf(call.body['body']), { discussion: id.toString(16).padStart(40, '0'), individual: false, ...(position === undefined ? {} : { position }) });
  return { status: 201, body: renderDiscussion(world, call, request, [note]) };
}

export async function withRequest(call: Call, found: (request: MergeRequest) => Reply | Promise<Reply>): Promise<Reply> {
  const request = mergeRequestOf(call);
  return request === undefined ? notFound() : found(request);
}

function withDiscussion(call: Call, found: (request: MergeRequest, notes: ReturnType<typeof discussionsOf>[number]) => Reply): Promise<Reply> {
  return withRequest(call, (request) => {
    const notes = discussionsOf(call, request).find(([first]) => first?.discussion === call.params['discussion_id']);
    return notes === undefined ? notFound('Discussion') : found(request, notes);
  });
}

/** Who may merge into a branch: what protects it, else every developer. */
export function mayMerge(call: Call, request: MergeRequest): boolean {
  const guard = isProtected(call.project, request.targetBranch);
  return call.level >= (guard?.merge ?? 30) && guard?.merge !== 0;
}
