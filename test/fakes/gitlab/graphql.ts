import { z } from 'zod';
import type { Account, Project, World } from './world.js';

const Body = z.strictObject({ query: z.string(), variables: z.strictObject({ path: z.string(), iid: z.string() }) });

/**
 * The one question that REST does not answer: when title or description of a work item were last edited. GitLab gives `data.project:
 * null` for what the token may not see. Any other query is a problem of the test.
 */
export function answerGraphql(world: World, user: Account | undefined, body: unknown, maySee: (project: Project) => boolean): { readonly answer: unknown } | { readonly problem: string } {
  const parsed = Body.safeParse(body);
  if (!parsed.success) return { problem: `graphql: ${parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ')}` };
  const { query, variables } = parsed.data;
  for (const word of ['project(fullPath: $path)', 'visibility', 'workItems(iid: $iid)', 'WorkItemWidgetDescription', 'lastEditedAt']) if (!query.includes(word)) return { problem: `graphql: the query does not ask for ${word}` };
  const project = world.project(variables.path);
  if (project === undefined || !maySee(project)) return { answer: { data: { project: null } } };
  const issue = project.issues.get(Number(variables.iid));
  const seen = issue !== undefined && (!issue.confidential || issue.author === user || (user !== undefined && world.levelOf(project, user.username) >= 15));
  return { answer: { data: { project: { visibility: project.visibility, workItems: { nodes: seen ? [{ widgets: [{}, { lastEditedAt: issue.editedAt }, {}] }] : [] } } } } };
}
