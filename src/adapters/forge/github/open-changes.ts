import { z } from 'zod';
import type { Fault } from '../../../domain/fault.js';
import { CommitSha } from '../../../domain/ids.js';
import type { OpenChange, OpenChanges } from '../../../domain/open-change.js';
import { untrusted } from '../../../domain/text.js';
import { err, ok } from '../../../kit/result.js';
import type { Result } from '../../../kit/result.js';
import type { GithubClient } from '../../github-client/client.js';
import { sha } from './schema.js';

/** Ten pages. A repository with more open changes has other problems; that there are more is said. */
const CHANGES_MAX = 1000;

/**
 * One call for a hundred changes with their files, reviewers and labels. REST would need one call for the files of each. `files`
 * is switched off for pages that GitHub cannot put together in its own time: then the change is known, and its files are not.
 */
export const OPEN_CHANGES_QUERY = `query($owner: String!, $name: String!, $after: String, $files: Boolean!) {
  repository(owner: $owner, name: $name) {
    pullRequests(states: OPEN, first: 100, after: $after, orderBy: {field: CREATED_AT, direction: DESC}) {
      pageInfo { hasNextPage endCursor }
      nodes {
        number url title isDraft isCrossRepository headRefName headRefOid baseRefName
        author { login }
        labels(first: 20) { nodes { name } }
        reviewRequests(first: 20) { nodes { requestedReviewer { ... on User { login } ... on Team { combinedSlug } } } }
        files(first: 100) @include(if: $files) { totalCount nodes { path } }
      }
    }
  }
}`;

const maybe = <T extends z.ZodType>(schema: T): z.ZodNullable<T> => schema.nullable();

const Node = z.object({
  number: z.number().int().positive(), url: z.string(), title: z.string(), isDraft: z.boolean(), isCrossRepository: z.boolean(),
  headRefName: z.string(), headRefOid: sha, baseRefName: z.string(),
  author: maybe(z.object({ login: z.string() })),
  labels: maybe(z.object({ nodes: maybe(z.array(maybe(z.object({ name: z.string() })))) })),
  reviewRequests: maybe(z.object({ nodes: maybe(z.array(maybe(z.object({ requestedReviewer: maybe(z.object({ login: z.string().optional(), combinedSlug: z.string().optional() })) })))) })),
  files: maybe(z.object({ totalCount: z.number().int().nonnegative(), nodes: maybe(z.array(maybe(z.object({ path: z.string().max(4096) })))) })).optional(),
});

const Answer = z.object({
  data: z.object({
    repository: maybe(z.object({
      pullRequests: z.object({ pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: maybe(z.string()) }), nodes: maybe(z.array(maybe(Node))) }),
    })),
  }),
});

export async function openChanges(client: GithubClient, signal: AbortSignal | undefined): Promise<Result<OpenChanges, Fault>> {
  const changes: OpenChange[] = [];
  let after: string | null = null;
  let files = true;
  for (;;) {
    const page = await pageAfter(client, { after, files }, signal);
    if (!page.ok) {
      if (!files || !TOO_MUCH.has(page.error.code) || signal?.aborted === true) return page;
      files = false;
      continue;
    }
    const { repository } = page.value.data;
    if (repository === null) return err({ code: 'not-found', side: 'setup', retryable: false, source: client.source, message: `There is no repository ${client.slug}, or the token may not see its pull requests. Give it «pull-requests: read».` });
    const { pageInfo, nodes } = repository.pullRequests;
    changes.push(...(nodes ?? []).flatMap((node) => (node === null ? [] : [toOpenChange(node)])));
    if (!pageInfo.hasNextPage || pageInfo.endCursor === null) return ok({ changes: changes.slice(0, CHANGES_MAX), cut: false });
    if (changes.length >= CHANGES_MAX) return ok({ changes: changes.slice(0, CHANGES_MAX), cut: true });
    after = pageInfo.endCursor;
  }
}

function pageAfter(client: GithubClient, how: { readonly after: string | null; readonly files: boolean }, signal: AbortSignal | undefined): Promise<Result<z.output<typeof Answer>, Fault>> {
  return client.graphql(OPEN_CHANGES_QUERY, { owner: client.owner, name: client.repo, ...how }, Answer, signal);
}

/** What GitHub says when a page takes it too long: an error of the service, a cut connection, or half an answer. */
const TOO_MUCH: ReadonlySet<Fault['code']> = new Set(['service-error', 'timed-out', 'invalid-answer', 'unreachable']);

function toOpenChange(node: z.output<typeof Node>): OpenChange {
  const paths = node.files?.nodes?.flatMap((file) => (file === null ? [] : [file.path]));
  return {
    number: node.number, url: node.url, branch: node.headRefName, base: node.baseRefName, head: CommitSha.parse(node.headRefOid), draft: node.isDraft,
    ours: !node.isCrossRepository && node.headRefName.startsWith('heddle/'), title: untrusted(node.title), author: node.author?.login ?? '',
    reviewers: (node.reviewRequests?.nodes ?? []).flatMap((request) => request?.requestedReviewer?.login ?? request?.requestedReviewer?.combinedSlug ?? []),
    labels: (node.labels?.nodes ?? []).flatMap((label) => label?.name ?? []), paths, pathsCut: paths !== undefined && (node.files?.totalCount ?? 0) > paths.length,
  };
}
