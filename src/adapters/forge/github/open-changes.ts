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
 * One call for a hundred changes with their files, reviewers and labels; where many are left, a second hundred from the other end.
 * REST would need one call for the files of each. `files` is switched off for pages that GitHub cannot put together in its own
 * time: then the change is known, and its files are not.
 */
export const OPEN_CHANGES_QUERY = `query($owner: String!, $name: String!, $after: String, $before: String, $both: Boolean!, $files: Boolean!) {
  repository(owner: $owner, name: $name) {
    newest: pullRequests(states: OPEN, first: 100, after: $after, orderBy: {field: CREATED_AT, direction: DESC}) { ...page }
    oldest: pullRequests(states: OPEN, first: 100, after: $before, orderBy: {field: CREATED_AT, direction: ASC}) @include(if: $both) { ...page }
  }
}
fragment page on PullRequestConnection {
  totalCount
  pageInfo { hasNextPage endCursor }
  nodes {
    number url title isDraft isCrossRepository headRefName headRefOid baseRefName
    author { login }
    labels(first: 20) { nodes { name } }
    reviewRequests(first: 20) { nodes { requestedReviewer { ... on User { login } ... on Team { combinedSlug } } } }
    files(first: 100) @include(if: $files) { totalCount nodes { path } }
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

const Page = z.object({ totalCount: z.number().int().nonnegative(), pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: maybe(z.string()) }), nodes: maybe(z.array(maybe(Node))) });
type Page = z.output<typeof Page>;

const Answer = z.object({ data: z.object({ repository: maybe(z.object({ newest: Page, oldest: Page.optional() })) }) });

/** What is known of the list so far: each end with its own place, until they meet. */
interface Ends { readonly after: string | null; readonly before: string | null; readonly both: boolean; readonly files: boolean }

export async function openChanges(client: GithubClient, signal: AbortSignal | undefined): Promise<Result<OpenChanges, Fault>> {
  const seen = new Map<number, OpenChange>();
  let ends: Ends = { after: null, before: null, both: false, files: true };
  let mayBoth = true;
  let atFirst: number | undefined;
  for (;;) {
    const answer = await client.graphql(OPEN_CHANGES_QUERY, { owner: client.owner, name: client.repo, ...ends }, Answer, signal);
    if (!answer.ok) {
      if ((!ends.both && !ends.files) || !TOO_MUCH.has(answer.error.code) || signal?.aborted === true) return answer;
      // Half as much is tried first: without its files a change can only be feared to overlap.
      if (ends.both) mayBoth = false;
      ends = ends.both ? { ...ends, both: false } : { ...ends, files: false };
      continue;
    }
    const { repository } = answer.value.data;
    if (repository === null) return err({ code: 'not-found', side: 'setup', retryable: false, source: client.source, message: `There is no repository ${client.slug}, or the token may not see its pull requests. Give it «pull-requests: read».` });
    const { newest, oldest } = repository;
    const met = [newest, oldest].map((page) => take(page, seen)).includes(true);
    const { totalCount } = newest;
    atFirst ??= totalCount;
    // The number tells the end only as long as nobody closed or opened one: closed ones that were seen would stand for others.
    const all = totalCount === atFirst && seen.size >= totalCount;
    const ended = met || all || !goesOn(newest) || (oldest !== undefined && !goesOn(oldest));
    if (ended || seen.size >= CHANGES_MAX) return ok({ changes: [...seen.values()].sort((a, b) => b.number - a.number).slice(0, CHANGES_MAX), cut: !ended || seen.size > CHANGES_MAX });
    // From both ends only what will be read to the end: of more than that the newest are wanted.
    const both = mayBoth && totalCount <= CHANGES_MAX && totalCount - seen.size > 100;
    ends = { after: newest.pageInfo.endCursor, before: oldest?.pageInfo.endCursor ?? ends.before, both, files: ends.files };
  }
}

/** Whether it held one that was there already: then the two ends have met, and everything between them is known. */
function take(page: Page | undefined, seen: Map<number, OpenChange>): boolean {
  let met = false;
  for (const node of page?.nodes ?? []) {
    if (node === null) continue;
    met ||= seen.has(node.number);
    seen.set(node.number, toOpenChange(node));
  }
  return met;
}

function goesOn({ pageInfo }: Page): boolean {
  return pageInfo.hasNextPage && pageInfo.endCursor !== null;
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
