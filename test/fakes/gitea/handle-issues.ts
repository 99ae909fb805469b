import { renderComment, renderEntry, renderIssue, renderLabel, renderTimelineComment } from './render.js';
import { mayWriteRole, notFound, page, problem } from './world.js';
import type { Call, Handler, Issue, Label, Reply, World } from './world.js';

export const issueHandlers: Readonly<Record<string, Handler>> = {
  issueGetIssue: (world, call) => withIssue(call, (issue) => ({ status: 200, body: renderIssue(world, call.repository, issue) })),
  // This list has no pages: all comments come at once. For an issue that is not there it fails, as real servers do.
  issueGetComments: (world, call) => {
    const issue = call.repository.issues.get(Number(call.params['index']));
    if (issue === undefined) return problem(500, 'issue does not exist');
    return { status: 200, body: issue.comments.map((comment) => renderComment(world, call.repository, issue, comment)), headers: { 'x-total-count': String(issue.comments.length) } };
  },
  issueCreateComment: (world, call) => withIssue(call, (issue) => ({ status: 201, body: renderComment(world, call.repository, issue, world.addComment(issue, call.user, String(call.body['body']))) })),
  issueEditComment: (world, call) => {
    for (const issue of call.repository.issues.values()) {
      const comment = issue.comments.find((one) => String(one.id) === call.params['id']);
      if (comment === undefined) continue;
      if (comment.author.id !== call.user.id && !mayWriteRole(call.repository.roles.get(call.user.login))) return problem(403, 'not the author');
      comment.body = String(call.body['body']);
      comment.updatedAt = world.now();
      return { status: 200, body: renderComment(world, call.repository, issue, comment) };
    }
    return notFound();
  },
  issueGetComment: (world, call) => {
    for (const issue of call.repository.issues.values()) {
      const comment = issue.comments.find((one) => String(one.id) === call.params['id']);
      if (comment !== undefined) return { status: 200, body: renderComment(world, call.repository, issue, comment) };
      // An entry of another kind has a number too, and no text: no content.
      if (issue.entries.some((one) => String(one.id) === call.params['id'])) return { status: 204 };
    }
    return notFound();
  },
  issueGetCommentsAndTimeline: timeline,
  issueListLabels: (world, call) => page(world, call, `/repos/${call.params['owner'] ?? ''}/${call.params['repo'] ?? ''}/labels`, call.repository.labels.map((label) => renderLabel(world, call.repository, label))),
  issueCreateLabel: (world, call) => {
    if (!/^#?[0-9a-f]{6}$/i.test(String(call.body['color']))) return problem(422, 'bad color');
    const label: Label = { id: world.id(), name: String(call.body['name']) };
    call.repository.labels.push(label);
    return { status: 201, body: renderLabel(world, call.repository, label) };
  },
  // Numbers that are no label of the repository are passed over without a word.
  issueAddLabel: (world, call) => withIssue(call, (issue) => {
    for (const id of (call.body['labels'] ?? []) as number[]) {
      const label = call.repository.labels.find((one) => one.id === id);
      if (label === undefined || issue.labels.includes(label)) continue;
      issue.labels.push(label);
      world.addEntry(issue, { type: 'label', label, actor: call.user, at: world.now() });
    }
    return { status: 200, body: issue.labels.map((label) => renderLabel(world, call.repository, label)) };
  }),
  orgListLabels: (world, call) => page(world, call, `/orgs/${call.params['org'] ?? ''}/labels`, []),
};

/**
 * With a page number a page is cut first and entries are left out of it afterwards, so it may be short or empty in the middle. Without
 * one everything comes. An empty answer is `null`. The count in the header is that of this answer.
 */
function timeline(world: World, call: Call): Reply {
  return withIssue(call, (issue) => {
    const all = [
      ...issue.entries.map((entry) => ({ at: entry.at, hidden: entry.type === 'commit_ref', body: renderEntry(world, call.repository, entry) })),
      ...issue.comments.map((comment) => ({ at: comment.createdAt, hidden: false, body: renderTimelineComment(world, call.repository, comment) })),
    ].sort((a, b) => (a.at < b.at ? -1 : 1));
    const number = Number(call.query['page'] ?? '0');
    const size = Math.min(50, Number(call.query['limit'] ?? '30'));
    const cut = number > 0 ? all.slice((number - 1) * size, number * size) : all;
    const told = cut.filter((item) => !item.hidden).map((item) => item.body);
    return { status: 200, body: told.length === 0 ? null : told, headers: { 'x-total-count': String(told.length) } };
  });
}

function withIssue(call: Call, found: (issue: Issue) => Reply): Reply {
  const issue = call.repository.issues.get(Number(call.params['index']));
  return issue === undefined ? notFound() : found(issue);
}
