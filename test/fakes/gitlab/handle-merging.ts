import { forbidden, isTrue, mergeRequestOf, notFound, page, refuse, textOf, unauthorized } from './call.js';
import type { Call, Handler, Reply } from './call.js';
import { mayMerge, withRequest } from './handle-merge-requests.js';
import { detailedStatus, renderMergeRequest, renderUser } from './render.js';
import type { MergeRequest, Pipeline, World } from './world.js';

const RUNNING = new Set(['created', 'waiting_for_resource', 'preparing', 'pending', 'running', 'scheduled', 'manual']);

/** Approvals, merging, auto-merge and merge trains. */
export const mergingHandlers: Readonly<Record<string, Handler>> = {
  'merge_requests.merge': (world, call) => withRequest(call, (request) => merge(world, call, request)),
  'merge_requests.cancel_auto_merge': (world, call) => withRequest(call, async (request) => {
    request.autoMerge = false;
    return { status: 201, body: await renderMergeRequest(world, call.project, request, true) };
  }),
  'approvals.show': (world, call) => withRequest(call, (request) => ({ status: 200, body: renderApprovals(world, call, request) })),
  'approvals.state': (world, call) => withRequest(call, (request) => (call.project.settings.premium ? {
    status: 200, body: {
      approval_rules_overwritten: false,
      rules: [{
        id: 1, name: 'All Members', rule_type: 'any_approver', approvals_required: call.project.settings.approvalsRequired, approved: request.approvedBy.length >= call.project.settings.approvalsRequired,
        approved_by: request.approvedBy.map((one) => renderUser(world, one.user)), eligible_approvers: [], users: [], groups: [], contains_hidden_groups: false, code_owner: false,
      }],
    },
  } : notFound())),
  'approvals.approve': (world, call) => withRequest(call, async (request) => {
    const { user } = call;
    if (user === undefined || call.level < 30) return unauthorized();
    if (call.body['sha'] !== undefined && call.body['sha'] !== await call.project.git.head(request.sourceBranch)) return refuse(409, '409 Conflict: SHA does not match HEAD of source branch');
    if (request.approvedBy.some((one) => one.user === user)) return unauthorized();
    request.approvedBy.push({ user, at: world.now() });
    world.addNote(request, user, 'approved this merge request', { system: true });
    return { status: 201, body: renderApprovals(world, call, request) };
  }),
  'approvals.unapprove': (_world, call) => withRequest(call, (request) => {
    request.approvedBy = request.approvedBy.filter((one) => one.user !== call.user);
    return { status: 201 };
  }),
  'merge_trains.list': (world, call) => (call.project.settings.mergeTrains ? page(world, call, carsOf(world, call)) : forbidden()),
  'merge_trains.show': (world, call) => {
    const request = mergeRequestOf(call);
    return request?.inTrain === true ? { status: 200, body: renderCar(world, request) } : notFound();
  },
  'merge_trains.add': (world, call) => withRequest(call, async (request) => {
    if (!call.project.settings.mergeTrains || !mayMerge(call, request)) return forbidden();
    if (call.body['sha'] !== undefined && call.body['sha'] !== await call.project.git.head(request.sourceBranch)) return refuse(409, 'SHA does not match HEAD of source branch');
    const pipeline = await headPipeline(call, request);
    if (detailedStatus(call.project, request, pipeline) === 'draft_status') return refuse(400, 'Failed to merge');
    if (isTrue(call.body['auto_merge']) && pipeline !== undefined && RUNNING.has(pipeline.status)) {
      request.autoMerge = true;
      return { status: 202, body: [] };
    }
    request.inTrain = true;
    return { status: 201, body: carsOf(world, call) };
  }),
};

function carsOf(world: World, call: Call): readonly Record<string, unknown>[] {
  return [...call.project.mergeRequests.values()].filter((one) => one.inTrain).map((one) => renderCar(world, one));
}

function renderCar(world: World, request: MergeRequest): Record<string, unknown> {
  return { id: request.id, merge_request: { id: request.id, iid: request.iid, title: request.title, state: request.state }, user: renderUser(world, request.author), target_branch: request.targetBranch, status: 'idle', created_at: request.createdAt, updated_at: request.updatedAt, pipeline: null, merged_at: null, duration: null };
}

function renderApprovals(world: World, call: Call, request: MergeRequest): Record<string, unknown> {
  const { premium, approvalsRequired } = call.project.settings;
  const mine = request.approvedBy.some((one) => one.user === call.user);
  return {
    user_has_approved: mine, user_can_approve: !mine && call.level >= 30, approved: request.approvedBy.length >= approvalsRequired && (approvalsRequired > 0 || request.approvedBy.length > 0), approved_by: request.approvedBy.map((one) => ({ user: renderUser(world, one.user), approved_at: one.at })),
    ...(premium ? { id: request.id, iid: request.iid, project_id: call.project.id, title: request.title, description: request.description, state: request.state, created_at: request.createdAt, updated_at: request.updatedAt, merge_status: 'can_be_merged', approvals_required: approvalsRequired, approvals_left: Math.max(0, approvalsRequired - request.approvedBy.length), has_approval_rules: true } : {}),
  };
}

async function headPipeline(call: Call, request: MergeRequest): Promise<Pipeline | undefined> {
  const head = await call.project.git.head(request.sourceBranch);
  return call.project.pipelines.filter((one) => one.sha === head).at(-1);
}

/** As GitLab orders its refusals: the right, the state, the head. With a pipeline under way auto-merge waits; without one it merges at once. */
async function merge(world: World, call: Call, request: MergeRequest): Promise<Reply> {
  if (call.user === undefined || !mayMerge(call, request)) return unauthorized();
  const { git } = call.project;
  const head = await git.head(request.sourceBranch);
  const pipeline = await headPipeline(call, request);
  const status = detailedStatus(call.project, request, pipeline);
  const auto = isTrue(call.body['auto_merge']) || isTrue(call.body['merge_when_pipeline_succeeds']);
  if (call.body['sha'] !== undefined && call.body['sha'] !== head) return refuse(409, 'SHA does not match HEAD of source branch');
  if (request.state !== 'opened' || (status === 'draft_status' && !auto)) return refuse(405, '405 Method Not Allowed');
  const waits = pipeline !== undefined && RUNNING.has(pipeline.status);
  if (auto && (waits || status !== 'mergeable')) {
    request.autoMerge = true;
    return { status: 200, body: await renderMergeRequest(world, call.project, request, true) };
  }
  if (status !== 'mergeable') return refuse(405, '405 Method Not Allowed');
  const target = await git.head(request.targetBranch);
  if (head === undefined || target === undefined) return refuse(406, 'Branch cannot be merged');
  const tree = await git.text(['merge-tree', '--write-tree', target, head]);
  if (tree === undefined) return refuse(406, 'Branch cannot be merged');
  const who = { GIT_AUTHOR_NAME: call.user.name, GIT_AUTHOR_EMAIL: call.user.email, GIT_COMMITTER_NAME: call.user.name, GIT_COMMITTER_EMAIL: call.user.email, GIT_AUTHOR_DATE: world.now(), GIT_COMMITTER_DATE: world.now() };
  const sha = (await git.git(['commit-tree', tree.split('\n')[0] ?? '', '-p', target, '-p', head], { input: textOf(call.body['merge_commit_message'] ?? `Merge branch '${request.sourceBranch}' into '${request.targetBranch}'`), env: who })).toString('utf8').trim();
  await git.git(['update-ref', `refs/heads/${request.targetBranch}`, sha]);
  request.state = 'merged';
  request.mergeCommit = sha;
  request.updatedAt = world.now();
  return { status: 200, body: await renderMergeRequest(world, call.project, request, true) };
}
