import type { Fault } from '../../../domain/fault.js';
import { ok, type Result } from '../../../kit/result.js';
import type { GiteaClient } from '../../gitea-client/client.js';
import { isUnsure } from '../../gitea-client/fault.js';
import { commentText, markerLine } from './map.js';
import { CommentAnswer, CommentsAnswer, SelfAnswer } from './schema.js';

/**
 * Creates or updates the one comment with the marker. A comment that was written is seen by people and mailed, so it is
 * sent once; when the answer is lost, the list tells whether it is there.
 */
export async function upsertComment(client: GiteaClient, number: number, text: { readonly marker: string; readonly markdown: string }, signal: AbortSignal | undefined): Promise<Result<string, Fault>> {
  const self = await client.call({ route: 'GET /user', schema: SelfAnswer, signal });
  if (!self.ok) return self;
  const body = commentText(text.marker, text.markdown);
  for (let tries = 1; ; tries += 1) {
    const found = await findOwn(client, number, { marker: markerLine(text.marker), self: self.value.id }, signal);
    if (!found.ok) return found;
    if (found.value?.body === body) return ok(found.value.html_url);
    const written = found.value === undefined
      ? await client.call({ route: 'POST /repos/{owner}/{repo}/issues/{index}/comments', path: { index: number }, body: { body }, repeat: 'once', schema: CommentAnswer, signal })
      : await client.call({ route: 'PATCH /repos/{owner}/{repo}/issues/comments/{id}', path: { id: found.value.id }, body: { body }, schema: CommentAnswer, signal });
    if (written.ok) return ok(written.value.html_url);
    if (!isUnsure(written.error) || tries >= 3) return written;
  }
}

/**
 * The oldest of our own comments with exactly this first line. What others wrote is never taken over, whatever it says. (Who may
 * write to the repository may also edit our comment: then the marker is gone and a new one is made.)
 */
async function findOwn(client: GiteaClient, number: number, { marker, self }: { readonly marker: string; readonly self: number }, signal: AbortSignal | undefined): Promise<Result<CommentAnswer | undefined, Fault>> {
  const comments = await client.call({ route: 'GET /repos/{owner}/{repo}/issues/{index}/comments', path: { index: number }, schema: CommentsAnswer, signal });
  if (!comments.ok) return comments;
  return ok(comments.value.find(({ user, body }) => user?.id === self && (body === marker || body.startsWith(`${marker}\n`) || body.startsWith(`${marker}\r\n`))));
}
