import { z } from 'zod';
import { webUrl } from './render.js';
import type { Account, MergeRequest, Project, World } from './world.js';

const EditedBody = z.strictObject({ query: z.string(), variables: z.strictObject({ path: z.string(), iid: z.string() }) });
const OpenBody = z.strictObject({ query: z.string(), variables: z.strictObject({ path: z.string(), after: z.string().nullable() }) });
const PAGE = 100;

export interface Asker { readonly user: Account | undefined; maySee(project: Project): boolean }
export type GraphqlAnswer = { readonly answer: unknown } | { readonly problem: string };

/**
 * The questions that REST does not answer, or only with many calls: when title or description of a work item were last edited, and
 * the open merge requests with their files. GitLab gives `data.project: null` for what the token may not see. Any other query is a
 * problem of the test.
 */
export async function answerGraphql(world: World, asker: Asker, body: unknown): Promise<GraphqlAnswer> {
  const edited = EditedBody.safeParse(body);
  if (edited.success) return answerEdited(world, asker, edited.data);
  const open = OpenBody.safeParse(body);
  return open.success ? answerOpen(world, asker, open.data) : { problem: 'graphql: the query is none that the fake knows' };
}

function answerEdited(world: World, asker: Asker, { query, variables }: z.infer<typeof EditedBody>): GraphqlAnswer {
  const missing = missingWord(query, ['project(fullPath: $path)', 'visibility', 'workItems(iid: $iid)', 'WorkItemWidgetDescription', 'lastEditedAt']);
  if (missing !== undefined) return missing;
  const project = world.project(variables.path);
  if (project === undefined || !asker.maySee(project)) return { answer: { data: { project: null } } };
  const issue = project.issues.get(Number(variables.iid));
  const seen = issue !== undefined && (!issue.confidential || issue.author === asker.user || (asker.user !== undefined && world.levelOf(project, asker.user.username) >= 15));
  return { answer: { data: { project: { visibility: project.visibility, workItems: { nodes: seen ? [{ widgets: [{}, { lastEditedAt: issue.editedAt }, {}] }] : [] } } } } };
}

async function answerOpen(world: World, asker: Asker, { query, variables }: z.infer<typeof OpenBody>): Promise<GraphqlAnswer> {
  const missing = missingWord(query, ['project(fullPath: $path)', 'mergeRequests(state: opened', 'after: $after', 'pageInfo { hasNextPage endCursor }']);
  if (missing !== undefined) return missing;
  const project = world.project(variables.path);
  if (project === undefined || !asker.maySee(project)) return { answer: { data: { project: null } } };
  const open = [...project.mergeRequests.values()].filter((one) => one.state === 'opened').sort((a, b) => b.id - a.id);
  const from = Number(variables.after ?? '0');
  const nodes = await Promise.all(open.slice(from, from + PAGE).map((one) => renderNode(world, project, one)));
  const more = from + PAGE < open.length;
  return { answer: { data: { project: { mergeRequests: { pageInfo: { hasNextPage: more, endCursor: more ? String(from + PAGE) : null }, nodes } } } } };
}

async function renderNode(world: World, project: Project, one: MergeRequest): Promise<Record<string, unknown>> {
  const [head, target] = await Promise.all([one.sourceProject.git.head(one.sourceBranch), project.git.head(one.targetBranch)]);
  const base = head === undefined || target === undefined ? undefined : await project.git.mergeBase(target, head);
  const paths = head === undefined || base === undefined ? [] : await project.git.changedPaths(base, head);
  return {
    iid: String(one.iid), webUrl: `${webUrl(world, project)}/-/merge_requests/${String(one.iid)}`, title: one.title, draft: /^draft:/i.test(one.title), sourceBranch: one.sourceBranch, targetBranch: one.targetBranch, diffHeadSha: head ?? null,
    sourceProjectId: one.sourceProject.id, targetProjectId: project.id, author: { username: one.author.username }, reviewers: { nodes: one.reviewers.map(({ username }) => ({ username })) }, labels: { nodes: one.labels.map((title) => ({ title })) },
    diffStats: paths.map((path) => ({ path })),
  };
}

function missingWord(query: string, words: readonly string[]): GraphqlAnswer | undefined {
  const word = words.find((one) => !query.includes(one));
  return word === undefined ? undefined : { problem: `graphql: the query does not ask for ${word}` };
}
