import { z } from 'zod';
import type { Fault } from '../../../domain/fault.js';
import { CommitSha } from '../../../domain/ids.js';
import type { OpenChange, OpenChanges } from '../../../domain/open-change.js';
import { untrusted } from '../../../domain/text.js';
import { ok, type Result } from '../../../kit/result.js';
import type { GitlabClient } from '../../gitlab-client/client.js';
import { isOwn } from './map.js';
import { MergeRequestsAnswer, sha, type MergeRequestAnswer } from './schema.js';

/** Ten pages. A project with more open changes has other problems; that there are more is said. */
const CHANGES_MAX = 1000;
const PATHS_MAX = 1000;

/** One call for a hundred changes with their files, reviewers and labels. REST would need one call for the files of each. */
export const OPEN_CHANGES_QUERY = `query($path: ID!, $after: String) {
  project(fullPath: $path) {
    mergeRequests(state: opened, first: 100, after: $after, sort: CREATED_DESC) {
      pageInfo { hasNextPage endCursor }
      nodes {
        iid webUrl title draft sourceBranch targetBranch diffHeadSha sourceProjectId targetProjectId
        author { username }
        reviewers { nodes { username } }
        labels(first: 20) { nodes { title } }
        diffStats { path }
      }
    }
  }
}`;

const maybe = <T extends z.ZodType>(schema: T): z.ZodNullable<T> => schema.nullable();

const Node = z.object({
  iid: z.string().regex(/^[1-9][0-9]{0,14}$/), webUrl: z.string(), title: z.string(), draft: z.boolean(), sourceBranch: z.string(), targetBranch: z.string(),
  diffHeadSha: maybe(sha), sourceProjectId: maybe(z.number().int()), targetProjectId: z.number().int(),
  author: maybe(z.object({ username: z.string() })),
  reviewers: maybe(z.object({ nodes: maybe(z.array(maybe(z.object({ username: z.string() })))) })),
  labels: maybe(z.object({ nodes: maybe(z.array(maybe(z.object({ title: z.string() })))) })),
  diffStats: maybe(z.array(z.object({ path: z.string().max(4096) }))),
});

const Answer = z.object({
  data: z.object({
    project: z.object({ mergeRequests: z.object({ pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: maybe(z.string()) }), nodes: maybe(z.array(maybe(Node))) }) }),
  }),
});

/**
 * All open merge requests, a hundred in one call. Where GraphQL does not answer (a job's token, a page that takes the server too
 * long), the REST list tells the same without the files, which are then unknown.
 */
export async function openChanges(client: GitlabClient, signal: AbortSignal | undefined): Promise<Result<OpenChanges, Fault>> {
  if (client.isJobToken) return withoutFiles(client, signal);
  const changes: OpenChange[] = [];
  let after: string | null = null;
  for (;;) {
    const page: Result<z.output<typeof Answer>, Fault> = await client.graphql(OPEN_CHANGES_QUERY, { path: client.project, after }, Answer, signal);
    if (!page.ok) return signal?.aborted === true ? page : withoutFiles(client, signal);
    const { pageInfo, nodes }: z.output<typeof Answer>['data']['project']['mergeRequests'] = page.value.data.project.mergeRequests;
    changes.push(...(nodes ?? []).flatMap((node) => (node === null ? [] : fromNode(node))));
    if (!pageInfo.hasNextPage || pageInfo.endCursor === null) return ok({ changes: changes.slice(0, CHANGES_MAX), cut: changes.length > CHANGES_MAX });
    if (changes.length >= CHANGES_MAX) return ok({ changes: changes.slice(0, CHANGES_MAX), cut: true });
    after = pageInfo.endCursor;
  }
}

async function withoutFiles(client: GitlabClient, signal: AbortSignal | undefined): Promise<Result<OpenChanges, Fault>> {
  const { project } = client;
  const listed = await client.pages({ ask: (api) => api('MergeRequests').all({ projectId: project, state: 'opened', orderBy: 'created_at', sort: 'desc', perPage: 100 }), schema: MergeRequestsAnswer, signal }, (page) => page, CHANGES_MAX);
  return listed.ok ? ok({ changes: listed.value.items.flatMap(fromRequest), cut: listed.value.cut }) : listed;
}

function fromNode(node: z.output<typeof Node>): readonly OpenChange[] {
  if (node.diffHeadSha === null) return [];
  const paths = node.diffStats?.map((file) => file.path);
  return [{
    number: Number(node.iid), url: node.webUrl, branch: node.sourceBranch, base: node.targetBranch, head: CommitSha.parse(node.diffHeadSha), draft: node.draft,
    ours: node.sourceProjectId === node.targetProjectId && node.sourceBranch.startsWith('heddle/'), title: untrusted(node.title), author: node.author?.username ?? '',
    reviewers: (node.reviewers?.nodes ?? []).flatMap((one) => one?.username ?? []), labels: (node.labels?.nodes ?? []).flatMap((one) => one?.title ?? []),
    paths: paths?.slice(0, PATHS_MAX), pathsCut: paths !== undefined && paths.length > PATHS_MAX,
  }];
}

function fromRequest(request: MergeRequestAnswer): readonly OpenChange[] {
  if (request.sha === null) return [];
  return [{
    number: request.iid, url: request.web_url, branch: request.source_branch, base: request.target_branch, head: CommitSha.parse(request.sha), draft: request.draft,
    ours: isOwn(request) && request.source_branch.startsWith('heddle/'), title: untrusted(request.title), author: request.author?.username ?? '',
    reviewers: (request.reviewers ?? []).map((one) => one.username), labels: request.labels, paths: undefined, pathsCut: false,
  }];
}
