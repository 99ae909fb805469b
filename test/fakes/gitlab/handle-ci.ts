import { existsSync, lstatSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { forbidden, notFound, page, refuse, textOf, unauthorized } from './call.js';
import type { Call, Handler, Reply } from './call.js';
import { renderDeployment, renderEnvironment, renderJob, renderPipeline, renderUser, sha256 } from './render.js';
import { addPipeline, startPipeline } from './start-pipeline.js';
import type { Job, Pipeline, World } from './world.js';

/** Pipelines, jobs, triggers, environments with their approvals, and generic packages. */
export const ciHandlers: Readonly<Record<string, Handler>> = {
  'pipelines.list': (world, call) => {
    const { sha, ref, status, source } = call.query;
    const found = call.project.pipelines.filter((one) => (sha === undefined || one.sha === sha) && (ref === undefined || one.ref === ref) && (status === undefined || one.status === status) && (source === undefined || one.source === source));
    return page(world, call, (call.query['sort'] === 'asc' ? found : [...found].reverse()).map((one) => renderPipeline(world, call.project, one)));
  },
  'pipelines.show': (world, call) => withPipeline(call, (one) => ({ status: 200, body: renderPipeline(world, call.project, one, true) })),
  'pipelines.create': async (world, call) => {
    if (call.user === undefined) return unauthorized();
    const given = (call.body['variables'] ?? []) as { key: string; value: string; variable_type?: 'env_var' | 'file' }[];
    if (given.length > 0 && !mayOverride(call)) return refuse(400, { base: ['Insufficient permissions to set pipeline variables'] });
    const variables = given.map((one) => ({ key: one.key, value: one.value, variable_type: one.variable_type ?? 'env_var' as const }));
    const pipeline = await startPipeline(world, call.project, { ref: textOf(call.query['ref'] ?? call.body['ref']), user: call.user, source: 'api', variables, inputs: (call.body['inputs'] ?? {}) as Record<string, unknown> });
    if (pipeline !== undefined) return { status: 201, body: renderPipeline(world, call.project, pipeline, true) };
    return refuse(400, { base: [await call.project.git.head(textOf(call.query['ref'] ?? call.body['ref'])) === undefined ? 'Reference not found' : 'Missing CI config file'] });
  },
  'pipelines.cancel': (world, call) => withPipeline(call, (one) => {
    one.status = 'canceled';
    return { status: 200, body: renderPipeline(world, call.project, one, true) };
  }),
  'pipelines.retry': (world, call) => withPipeline(call, (one) => {
    one.status = 'running';
    return { status: 201, body: renderPipeline(world, call.project, one, true) };
  }),
  'pipelines.variables': (world, call) => withPipeline(call, (one) => page(world, call, one.variables.map((each) => ({ ...each, raw: false })))),
  'pipelines.jobs': (world, call) => withPipeline(call, async (one) => page(world, call, await Promise.all(scoped(call, one.jobs).map((job) => renderJob(world, call.project, job))))),
  'pipelines.bridges': (world, call) => withPipeline(call, () => page(world, call, [])),
  'pipelines.test_report': (_world, call) => withPipeline(call, (one) => ({ status: 200, body: one.testReport ?? { total_time: 0, total_count: 0, success_count: 0, failed_count: 0, skipped_count: 0, error_count: 0, test_suites: [] } })),
  'jobs.list': async (world, call) => page(world, call, await Promise.all(scoped(call, call.project.pipelines.flatMap((one) => one.jobs)).reverse().map((job) => renderJob(world, call.project, job)))),
  'jobs.show': (world, call) => withJob(call, async (job) => ({ status: 200, body: await renderJob(world, call.project, job) })),
  'jobs.artifact': (_world, call) => withJob(call, (job) => artifactFile(call, job)),
  'jobs.trace': (_world, call) => withJob(call, (job) => ({ status: 200, body: job.trace, headers: { 'content-type': 'text/plain' } })),
  'jobs.play': (world, call) => withJob(call, async (job) => {
    if (job.status !== 'manual') return refuse(400, '400 Bad request - Unplayable Job');
    job.status = 'pending';
    return { status: 200, body: await renderJob(world, call.project, job) };
  }),
  'trigger.pipeline': (world, call) => trigger(world, call, textOf(call.body['ref'] ?? call.query['ref'])),
  'trigger.webhook': (world, call) => trigger(world, call, call.params['ref'] ?? ''),
  'environments.list': (world, call) => page(world, call, call.project.environments.filter((one) => call.query['name'] === undefined || one.name === call.query['name']).map(renderEnvironment)),
  'environments.show': (_world, call) => {
    const found = call.project.environments.find((one) => String(one.id) === call.params['environment_id']);
    return found === undefined ? notFound('Environment') : { status: 200, body: { ...renderEnvironment(found), last_deployment: null } };
  },
  'protected_environments.list': (world, call) => (call.project.settings.premium ? page(world, call, call.project.environments.filter((one) => one.protected).map(renderProtected)) : notFound()),
  'protected_environments.show': (_world, call) => {
    const found = call.project.environments.find((one) => one.protected && one.name === call.params['name']);
    return found === undefined || !call.project.settings.premium ? notFound() : { status: 200, body: renderProtected(found) };
  },
  'deployments.list': (world, call) => page(world, call, call.project.deployments.filter((one) => (call.query['environment'] === undefined || one.environment.name === call.query['environment']) && (call.query['status'] === undefined || one.status === call.query['status'])).map((one) => renderDeployment(world, one))),
  'deployments.show': (world, call) => {
    const found = call.project.deployments.find((one) => String(one.id) === call.params['deployment_id']);
    return found === undefined ? notFound('Deployment') : { status: 200, body: renderDeployment(world, found) };
  },
  'deployments.create': createDeployment,
  'deployments.approval': approveDeployment,
  'packages.list': (world, call) => {
    const all = call.project.packages.filter((one) => (call.query['package_name'] === undefined || one.name.includes(textOf(call.query['package_name']))) && (call.query['package_version'] === undefined || one.version === call.query['package_version']));
    const first = all.filter((one) => all.find((other) => other.packageId === one.packageId) === one);
    return page(world, call, first.map((one) => ({ id: one.packageId, name: one.name, version: one.version, package_type: 'generic', status: 'default', created_at: one.createdAt, tags: [] })));
  },
  'packages.files': (world, call) => page(world, call, call.project.packages.filter((one) => String(one.packageId) === call.params['package_id']).map((one) => ({ id: one.id, package_id: one.packageId, file_name: one.file, size: one.bytes.length, file_sha256: sha256(one.bytes), file_md5: null, created_at: one.createdAt }))),
  'packages.download': (_world, call) => {
    const found = call.project.packages.findLast((one) => one.name === call.params['name'] && one.version === call.params['version'] && one.file === call.params['file']);
    return found === undefined ? notFound() : { status: 200, body: found.bytes, headers: { 'content-type': 'application/octet-stream' } };
  },
  'packages.upload': (world, call) => {
    const { name = '', version = '', file = '' } = call.params;
    if (!/^[A-Za-z0-9._-]+$/.test(name) || !/^[A-Za-z0-9._+-]+$/.test(version)) return refuse(400, 'name is invalid');
    const packageId = call.project.packages.find((one) => one.name === name && one.version === version)?.packageId ?? world.id();
    call.project.packages.push({ id: world.id(), packageId, name, version, file, bytes: call.raw, createdAt: world.now() });
    return { status: 201, body: { message: '201 Created' } };
  },
  'packages.delete': (_world, call) => {
    const before = call.project.packages.length;
    call.project.packages.splice(0, before, ...call.project.packages.filter((one) => String(one.packageId) !== call.params['package_id']));
    return call.project.packages.length === before ? notFound('Package') : { status: 204 };
  },
};

function mayOverride(call: Call): boolean {
  const needed = { no_one_allowed: 100, developer: 30, maintainer: 40, owner: 50 }[call.project.settings.variablesRole];
  return call.level >= needed;
}

/** A webhook's URL may be a trigger: then its whole body comes as the file variable TRIGGER_PAYLOAD. The pipeline is the token's owner's. */
async function trigger(world: World, call: Call, ref: string): Promise<Reply> {
  const token = textOf(call.query['token'] ?? call.body['token']);
  const owner = call.project.triggerTokens.get(token) ?? (call.token?.kind === 'job' ? call.token.account : undefined) ?? world.tokens.get(token)?.account;
  if (owner === undefined) return notFound();
  const form = Object.entries(call.body).flatMap(([name, value]) => {
    const variable = /^variables\[(.+)\]$/.exec(name)?.[1];
    return variable === undefined ? [] : [{ key: variable, value: textOf(value), variable_type: 'env_var' as const }];
  });
  const nested = Object.entries((call.body['variables'] ?? {}) as Record<string, unknown>).map(([key, value]) => ({ key, value: textOf(value), variable_type: 'env_var' as const }));
  if (form.length + nested.length > 0 && call.project.settings.variablesRole === 'no_one_allowed') return refuse(400, { base: ['Insufficient permissions to set pipeline variables'] });
  const sha = await call.project.git.resolve(ref);
  if (sha === undefined) return refuse(400, { base: ['Reference not found'] });
  // A pipeline's own event must not start the next one.
  if (call.body['object_kind'] === 'pipeline') return forbidden();
  const payload = { key: 'TRIGGER_PAYLOAD', value: call.raw.toString('utf8'), variable_type: 'file' as const };
  const pipeline = addPipeline(world, call.project, { ref, sha, user: owner, source: 'trigger', variables: [...form, ...nested, payload], inputs: (call.body['inputs'] ?? {}) as Record<string, unknown> });
  return { status: 201, body: renderPipeline(world, call.project, pipeline, true) };
}

function createDeployment(world: World, call: Call): Reply {
  const environment = call.project.environments.find((one) => one.name === call.body['environment']);
  if (call.user === undefined) return unauthorized();
  if (environment === undefined) return refuse(400, { environment: ['is invalid'] });
  const at = world.now();
  const deployment = { id: world.id(), iid: call.project.deployments.length + 1, environment, sha: textOf(call.body['sha']), ref: textOf(call.body['ref']), status: textOf(call.body['status']), user: call.user, job: undefined, createdAt: at, updatedAt: at, approvals: [] };
  call.project.deployments.push(deployment);
  return { status: 201, body: renderDeployment(world, deployment) };
}

function approveDeployment(world: World, call: Call): Reply {
  const deployment = call.project.deployments.find((one) => String(one.id) === call.params['deployment_id']);
  if (deployment === undefined || !call.project.settings.premium) return notFound('Deployment');
  if (call.user === undefined || !deployment.environment.approvers.includes(call.user.id)) return refuse(400, 'You do not have permission to approve or reject this deployment.');
  if (deployment.status !== 'blocked') return refuse(400, 'This deployment is not waiting for approvals.');
  if (deployment.user === call.user) return refuse(400, 'You cannot approve your own deployment.');
  const approval = { user: call.user, status: call.body['status'] === 'approved' ? 'approved' as const : 'rejected' as const, createdAt: world.now(), comment: textOf(call.body['comment']) };
  deployment.approvals.push(approval);
  return { status: 201, body: { user: renderUser(world, approval.user), status: approval.status, created_at: approval.createdAt, comment: approval.comment } };
}

function renderProtected(environment: { readonly id: number; readonly name: string; readonly approvalsRequired: number }): Record<string, unknown> {
  return { name: environment.name, required_approval_count: environment.approvalsRequired, deploy_access_levels: [{ id: environment.id, access_level: 40, access_level_description: 'Maintainers', user_id: null, group_id: null }], approval_rules: [] };
}

/** One file of a job's archive. A job's token needs a paid tier: without one it is as if there were no project. */
function artifactFile(call: Call, { artifacts }: Job): Reply {
  if (call.token?.kind === 'job' && !call.project.settings.premium) return notFound('Project');
  if (artifacts !== undefined && call.level < artifacts.level) return forbidden();
  const file = join(artifacts?.folder ?? '', call.params['path'] ?? '');
  if (artifacts === undefined || !file.startsWith(`${artifacts.folder}/`) || !existsSync(file) || !lstatSync(file).isFile()) return notFound();
  return { status: 200, body: readFileSync(file), headers: { 'content-type': 'application/octet-stream' } };
}

function scoped(call: Call, jobs: readonly Job[]): Job[] {
  const { scope } = call.query;
  const wanted = scope === undefined ? undefined : (Array.isArray(scope) ? scope : [scope]).map(textOf);
  return jobs.filter((job) => wanted === undefined || wanted.includes(job.status));
}

async function withPipeline(call: Call, found: (pipeline: Pipeline) => Reply | Promise<Reply>): Promise<Reply> {
  const pipeline = call.project.pipelines.find((one) => String(one.id) === call.params['pipeline_id']);
  return pipeline === undefined ? notFound() : found(pipeline);
}

async function withJob(call: Call, found: (job: Job) => Reply | Promise<Reply>): Promise<Reply> {
  const job = call.project.pipelines.flatMap((one) => one.jobs).find((one) => String(one.id) === call.params['job_id']);
  return job === undefined ? notFound() : found(job);
}
