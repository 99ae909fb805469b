import type { Change } from '../../../domain/change.js';
import type { Fault } from '../../../domain/fault.js';
import { ok, type Result } from '../../../kit/result.js';
import type { LineNote } from '../../../ports/forge.js';
import type { GiteaClient } from '../../gitea-client/client.js';
import { isUnsure } from '../../gitea-client/fault.js';
import { Nothing, ReviewsAnswer } from './schema.js';

const REVIEWS_MAX = 500;
const TRIES_MAX = 3;

/**
 * All notes in ONE review without a judgement: people get one mail, and nothing is approved or refused. A hidden mark in its body
 * keys it; when a review with that mark is there, nothing is written. Gitea takes a note on any line and shows one that fits nowhere
 * as outdated.
 */
export async function noteLines(client: GiteaClient, wanted: { readonly change: Change; readonly notes: readonly LineNote[]; readonly key: string }, signal: AbortSignal | undefined): Promise<Result<number, Fault>> {
  const { change, notes, key } = wanted;
  const mark = `<!-- heddle:notes ${key} -->`;
  for (let tries = 1; ; tries += 1) {
    const there = await client.pages({ route: 'GET /repos/{owner}/{repo}/pulls/{index}/reviews', path: { index: change.number }, schema: ReviewsAnswer, signal }, (page) => page, REVIEWS_MAX);
    if (!there.ok) return there;
    // Anybody can write the mark; whoever copies it into a review of their own only keeps us from writing notes twice.
    if (there.value.items.some((review) => review.body?.startsWith(mark) === true)) return ok(notes.length);
    const made = await client.call({
      route: 'POST /repos/{owner}/{repo}/pulls/{index}/reviews', path: { index: change.number }, repeat: 'once', schema: Nothing, signal,
      body: {
        commit_id: change.head, event: 'COMMENT', body: `${mark}\nNotes on lines that rules pointed at. They are computed from the change; what counts stands in the description.`,
        comments: notes.map(({ path, line, markdown }) => ({ path, new_position: line, body: markdown })),
      },
    });
    if (made.ok) return ok(notes.length);
    if (!isUnsure(made.error) || tries >= TRIES_MAX) return made;
  }
}
