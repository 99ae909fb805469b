// Cuts the operations that the fake GitHub serves out of GitHub's official OpenAPI description.
//
//   npm install --prefix SOME_FOLDER @octokit/openapi@23.0.2
//   node scripts/cut-github-openapi.mjs SOME_FOLDER/node_modules/@octokit/openapi
//
// The whole description is 13 MB, so it is no dependency: the cut is committed. Examples, words and headers are left
// out, everything that says what is valid stays.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const OPERATIONS = [
  'actions/create-workflow-dispatch', 'actions/get-github-actions-default-workflow-permissions-repository',
  'actions/get-reviews-for-run', 'actions/get-workflow-run', 'actions/list-repo-workflows', 'actions/list-workflow-runs-for-repo', 'checks/create', 'checks/list-for-ref', 'checks/update',
  'git/create-blob', 'git/create-commit', 'git/create-ref', 'git/create-tree', 'git/delete-ref', 'git/get-blob', 'git/get-commit',
  'git/get-ref', 'git/get-tree', 'git/list-matching-refs', 'git/update-ref', 'issues/add-labels', 'issues/create-comment', 'issues/get', 'issues/get-comment',
  'issues/list-comments', 'issues/list-events-for-timeline', 'issues/update-comment', 'pulls/create', 'pulls/create-review', 'pulls/get', 'pulls/get-review', 'pulls/get-review-comment', 'pulls/list', 'pulls/list-reviews',
  'pulls/request-reviewers', 'pulls/update', 'repos/get', 'repos/get-branch', 'repos/get-collaborator-permission-level',
  'repos/get-combined-status-for-ref', 'repos/get-content', 'teams/get-by-name', 'teams/get-membership-for-user-in-org', 'users/get-authenticated',
];
/** Schemas that the fake fills by name, though the operations reach them only through a union. */
const SCHEMAS = [
  'labeled-issue-event', 'unlabeled-issue-event', 'renamed-issue-event', 'state-change-issue-event', 'timeline-assigned-issue-event',
  'timeline-comment-event', 'content-file', 'content-directory',
];
const WORDS = new Set(['description', 'summary', 'externalDocs', 'x-github', 'x-github-breaking-changes', 'x-multi-segment', 'tags', 'headers', 'examples', 'example', 'title', 'deprecated']);

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('give the folder of @octokit/openapi as the one argument');
const whole = JSON.parse(readFileSync(join(folder, 'generated/api.github.com.json'), 'utf8'));
const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));

const cut = { openapi: whole.openapi, info: { ...whole.info, description: `Cut from @octokit/openapi ${version}` }, paths: {}, components: {} };
const found = new Set();
for (const [path, item] of Object.entries(whole.paths)) {
  for (const [method, operation] of Object.entries(item)) {
    if (!OPERATIONS.includes(operation?.operationId)) continue;
    found.add(operation.operationId);
    (cut.paths[path] ??= {})[method] = strip(operation);
  }
}
const missing = OPERATIONS.filter((name) => !found.has(name));
if (missing.length > 0) throw new Error(`the description has no ${missing.join(', ')}`);
const pending = [...refsOf(cut.paths), ...SCHEMAS.map((name) => `#/components/schemas/${name}`)];
const done = new Set();
while (pending.length > 0) {
  const ref = pending.pop();
  if (done.has(ref)) continue;
  done.add(ref);
  const [, , kind, name] = ref.split('/');
  const part = whole.components[kind]?.[name];
  if (part === undefined) throw new Error(`the description has no ${ref}`);
  (cut.components[kind] ??= {})[name] = strip(part);
  pending.push(...refsOf(cut.components[kind][name]));
}
for (const kind of Object.keys(cut.components)) cut.components[kind] = Object.fromEntries(Object.entries(cut.components[kind]).sort());
const target = new URL('../test/fixtures/github-openapi/api.github.com.json', import.meta.url);
writeFileSync(target, `${JSON.stringify(cut)}\n`);

/** Leaves out words, but never a property that happens to be called like one. */
function strip(node, isMap = false) {
  if (Array.isArray(node)) return node.map((item) => strip(item));
  if (node === null || typeof node !== 'object') return node;
  const kept = Object.entries(node).filter(([key]) => isMap || !WORDS.has(key) || (key === 'description' && 'content' in node));
  return Object.fromEntries(kept.map(([key, value]) => {
    if (key === 'description' && !isMap) return [key, ''];
    return [key, key === 'enum' || key === 'default' ? value : strip(value, !isMap && (key === 'properties' || key === 'responses'))];
  }));
}

function refsOf(node) {
  if (Array.isArray(node)) return node.flatMap(refsOf);
  if (node === null || typeof node !== 'object') return [];
  return Object.entries(node).flatMap(([key, value]) => (key === '$ref' && typeof value === 'string' ? [value] : refsOf(value)));
}
