import { renderComment, renderEvent, renderIssue } from './render.js';
import { notFound, page, unprocessable } from './world.js';
import type { Call, Handler, Issue, Reply } from './world.js';

const BODY_CHARS_MAX = 65_536;

export const issueHandlers: Readonly<Record<string, Handler>> = {
  'issues/get': (world, call) => withIssue(call, (issue) => ({ status: 200, body: renderIssue(world, call.repository, issue) })),
  'issues/list-comments': (world, call) => withIssue(call, (issue) => page(world, call, pathOf(call, 'comments'),
    issue.comments.map((comment) => renderComment(world, call.repository, issue, comment)))),
  'issues/create-comment': (world, call) => withIssue(call, (issue) => {
    const body = String(call.body['body']);
    if (body.length > BODY_CHARS_MAX) return unprocessable('Validation Failed', [{ resource: 'IssueComment', code: 'unprocessable', field: 'data', message: 'Body is too long (maximum is 65536 characters)' }]);
    return { status: 201, body: renderComment(world, call.repository, issue, world.addComment(issue, call.user, body)) };
  }),
  'issues/update-comment': (world, call) => {
    for (const issue of call.repository.issues.values()) {
      const comment = issue.comments.find((one) => String(one.id) === call.params['comment_id']);
      if (comment === undefined) continue;
      if (comment.author.login !== call.user.login && call.user.type === 'Bot') return notFound();
      if (String(call.body['body']).length > BODY_CHARS_MAX) return unprocessable('Validation Failed');
      comment.body = String(call.body['body']);
      comment.updatedAt = world.now();
      return { status: 200, body: renderComment(world, call.repository, issue, comment) };
    }
    return notFound();
  },
  'issues/list-events-for-timeline': (world, call) => withIssue(call, (issue) => {
    const events = issue.events.map((event) => ({ at: event.at, body: renderEvent(world, event) }));
    const comments = issue.comments.map((comment) => ({
      at: comment.createdAt,
      body: world.description.fill('timeline-comment-event', { ...renderComment(world, call.repository, issue, comment), event: 'commented', actor: renderComment(world, call.repository, issue, comment)['user'] }),
    }));
    const all = [...events, ...comments].sort((a, b) => (a.at < b.at ? -1 : 1));
    return page(world, call, pathOf(call, 'timeline'), all.map((item) => item.body));
  }),
  'issues/add-labels': (world, call) => withIssue(call, (issue) => {
    for (const name of (call.body['labels'] ?? []) as string[]) if (!issue.labels.includes(name)) issue.labels.push(name);
    return { status: 200, body: renderIssue(world, call.repository, issue)['labels'] };
  }),
};

function withIssue(call: Call, found: (issue: Issue) => Reply): Reply {
  const issue = call.repository.issues.get(Number(call.params['issue_number']));
  return issue === undefined ? notFound() : found(issue);
}

function pathOf(call: Call, rest: string): string {
  return `/repos/${call.params['owner'] ?? ''}/${call.params['repo'] ?? ''}/issues/${call.params['issue_number'] ?? ''}/${rest}`;
}
