import type { Fault } from '../../../domain/fault.js';
import { ok } from '../../../kit/result.js';
import type { Result } from '../../../kit/result.js';
import type { GithubClient } from '../../github-client/client.js';
import { isUnsure } from '../../github-client/fault.js';
import { commentText, markerLine } from './map.js';
import { CommentAnswer, CommentsAnswer, SelfAnswer, ViewerAnswer } from './schema.js';
import type { UserAnswer } from './schema.js';

const COMMENTS_SEARCHED_MAX = 5000;

/** Who we are on GitHub: by id where the server tells it, else by a name that no person can register. */
type Self = { readonly id: number } | { readonly login: string };

/**
 * Creates or updates the one comment with the marker. A comment that was written is seen by people and mailed, so it is
 * sent once; when the answer is lost, the list tells whether it is there.
 */
export async function upsertComment(client: GithubClient, number: number, text: { readonly marker: string; readonly markdown: string }, signal: AbortSignal | undefined): Promise<Result<string, Fault>> {
  const self = await whoAmI(client, signal);
  if (!self.ok) return self;
  const body = commentText(text.marker, text.markdown);
  for (let tries = 1; ; tries += 1) {
    const found = await findOwn(client, number, markerLine(text.marker), self.value, signal);
    if (!found.ok) return found;
    if (found.value?.body === body) return ok(found.value.html_url);
    const written = found.value === undefined
      ? await client.call({ route: 'POST /repos/{owner}/{repo}/issues/{issue_number}/comments', with: { issue_number: number, body }, repeat: 'once', schema: CommentAnswer, signal })
      : await client.call({ route: 'PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}', with: { comment_id: found.value.id, body }, schema: CommentAnswer, signal });
    if (written.ok) return ok(written.value.html_url);
    if (!isUnsure(written.error) || tries >= 3) return written;
  }
}

/** The oldest of our own comments with exactly this first line. What others wrote is never taken over, whatever it says. */
async function findOwn(client: GithubClient, number: number, marker: string, self: Self, signal: AbortSignal | undefined): Promise<Result<CommentAnswer | undefined, Fault>> {
  const comments = await client.pages({ route: 'GET /repos/{owner}/{repo}/issues/{issue_number}/comments', with: { issue_number: number }, schema: CommentsAnswer, signal }, (page) => page, COMMENTS_SEARCHED_MAX);
  if (!comments.ok) return comments;
  return ok(comments.value.items.find((comment) => isSelf(comment.user, self) && (comment.body === marker || comment.body.startsWith(`${marker}\n`) || comment.body.startsWith(`${marker}\r\n`))));
}

function isSelf(user: UserAnswer | null, self: Self): boolean {
  if (user === null) return false;
  return 'id' in self ? user.id === self.id : user.login === self.login && user.type === 'Bot';
}

/** GraphQL's viewer knows every kind of token. GET /user does not know installation tokens, and a server may have no GraphQL. */
async function whoAmI(client: GithubClient, signal: AbortSignal | undefined): Promise<Result<Self, Fault>> {
  const viewer = await client.graphql('query { viewer { login databaseId } }', {}, ViewerAnswer, signal);
  if (viewer.ok) {
    const { login, databaseId } = viewer.value.data.viewer;
    return ok(typeof databaseId === 'number' ? { id: databaseId } : { login });
  }
  if (viewer.error.retryable && viewer.error.code !== 'invalid-answer') return viewer;
  const user = await client.call({ route: 'GET /user', schema: SelfAnswer, signal });
  if (user.ok) return ok({ id: user.value.id });
  return user.error.code === 'forbidden' || user.error.code === 'not-found' ? ok({ login: 'github-actions[bot]' }) : user;
}
