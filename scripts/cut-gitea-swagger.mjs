// Cuts the operations that the fake Gitea serves out of the API descriptions of Gitea and Forgejo (Swagger 2). Every instance
// publishes its own; both say in `info.license` that they stand under the MIT licence.
//
//   curl -o gitea.json https://GITEA/swagger.v1.json; curl -o forgejo.json https://FORGEJO/swagger.v1.json
//   node scripts/cut-gitea-swagger.mjs gitea.json forgejo.json
//
// The whole descriptions are 0.8 MB each, so the cuts are committed. Words and examples are left out, everything that says
// what is valid stays.
import { readFileSync, writeFileSync } from 'node:fs';

const COMMON = [
  'getVersion', 'userGetCurrent', 'repoGet', 'repoGetBranch', 'repoGetSingleCommit', 'repoGetRepoPermissions', 'repoGetContents',
  'issueGetIssue', 'issueGetComments', 'issueCreateComment', 'issueEditComment', 'issueGetComment', 'issueGetCommentsAndTimeline',
  'issueListLabels', 'issueCreateLabel', 'issueAddLabel', 'orgListLabels',
  'repoListPullRequests', 'repoCreatePullRequest', 'repoGetPullRequest', 'repoEditPullRequest', 'repoGetPullRequestFiles', 'repoGetPullRequestByBaseHead',
  'repoCreatePullReviewRequests', 'repoListPullReviews', 'repoCreatePullReview', 'repoGetPullReview', 'repoMergePullRequest',
  'repoCreateStatus', 'repoListStatuses', 'teamSearch', 'orgListTeamMember',
];
const OWN = {
  gitea: ['ActionsDispatchWorkflow', 'getWorkflowRuns'],
  forgejo: ['DispatchWorkflow', 'ListActionRuns'],
};
const WORDS = new Set(['description', 'summary', 'example', 'x-go-name', 'x-go-package', 'x-go-enum-desc', 'tags', 'title', 'consumes', 'produces', 'headers']);

const files = process.argv.slice(2);
if (files.length !== 2) throw new Error('give the description of Gitea and that of Forgejo, in this order');
for (const [index, flavour] of ['gitea', 'forgejo'].entries()) {
  const whole = JSON.parse(readFileSync(files[index], 'utf8'));
  if (!/mit/i.test(`${whole.info.license?.name} ${whole.info.license?.url}`)) throw new Error(`${files[index]} does not say that it is under the MIT licence`);
  const wanted = [...COMMON, ...OWN[flavour]];
  const cut = { swagger: whole.swagger, info: whole.info, basePath: whole.basePath, paths: {}, definitions: {}, responses: {} };
  const found = new Set();
  for (const [path, item] of Object.entries(whole.paths)) {
    for (const [method, operation] of Object.entries(item)) {
      if (!wanted.includes(operation?.operationId)) continue;
      found.add(operation.operationId);
      (cut.paths[path] ??= {})[method] = strip(operation);
    }
  }
  const missing = wanted.filter((name) => !found.has(name));
  if (missing.length > 0) throw new Error(`the description of ${flavour} has no ${missing.join(', ')}`);
  const pending = refsOf(cut.paths);
  const done = new Set();
  while (pending.length > 0) {
    const ref = pending.pop();
    if (done.has(ref)) continue;
    done.add(ref);
    const [, kind, name] = ref.split('/');
    const part = whole[kind]?.[name];
    if (part === undefined) throw new Error(`the description has no ${ref}`);
    cut[kind][name] = strip(part);
    pending.push(...refsOf(cut[kind][name]));
  }
  for (const kind of ['definitions', 'responses']) cut[kind] = Object.fromEntries(Object.entries(cut[kind]).sort(([a], [b]) => (a < b ? -1 : 1)));
  writeFileSync(new URL(`../test/fixtures/gitea-swagger/${flavour}.json`, import.meta.url), `${JSON.stringify(cut)}\n`);
}

/** Leaves out words, but never a property that happens to be called like one. */
function strip(node, isMap = false) {
  if (Array.isArray(node)) return node.map((item) => strip(item));
  if (node === null || typeof node !== 'object') return node;
  return Object.fromEntries(Object.entries(node).filter(([key]) => isMap || !WORDS.has(key))
    .map(([key, value]) => [key, key === 'enum' || key === 'default' ? value : strip(value, !isMap && (key === 'properties' || key === 'responses'))]));
}

function refsOf(node) {
  if (Array.isArray(node)) return node.flatMap(refsOf);
  if (node === null || typeof node !== 'object') return [];
  return Object.entries(node).flatMap(([key, value]) => (key === '$ref' && typeof value === 'string' ? [value] : refsOf(value)));
}
