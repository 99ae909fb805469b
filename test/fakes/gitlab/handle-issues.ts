import { accountsOf, forbidden, issueOf, isTrue, namesOf, notFound, page, refuse, textOf, unauthorized } from './call.js';
import type { Call, Handler, Reply } from './call.js';
import { noteHandlers } from './handle-notes.js';
import { renderIssue } from './render.js';
import type { Issue, World } from './world.js';

export const issueHandlers: Readonly<Record<string, Handler>> = {
  ...noteHandlers('issues', issueOf),
  'issues.list': (world, call) => {
    const { state, labels, updated_after: after, updated_before: before, iids, sort, order_by: by } = call.query;
    const wanted = labels === undefined ? [] : namesOf(labels);
    const key = by === 'updated_at' ? 'updatedAt' : 'createdAt';
    const found = [...call.project.issues.values()].filter((issue) => (!issue.confidential || call.level >= 15 || issue.author === call.user)
      && (state === undefined || state === 'all' || issue.state === state) && wanted.every((label) => issue.labels.includes(label))
      && (after === undefined || Date.parse(issue.updatedAt) >= Date.parse(textOf(after))) && (before === undefined || Date.parse(issue.updatedAt) <= Date.parse(textOf(before)))
      && (iids === undefined || (Array.isArray(iids) ? iids : [iids]).map(textOf).includes(String(issue.iid))))
      .sort((a, b) => (a[key] === b[key] ? a.id - b.id : a[key] < b[key] ? -1 : 1));
    return page(world, call, (sort === 'asc' ? found : found.reverse()).map((issue) => renderIssue(world, call.project, issue)));
  },
  'issues.show': (world, call) => withIssue(call, (issue) => ({ status: 200, body: { ...renderIssue(world, call.project, issue), subscribed: false } })),
  'issues.create': (world, call) => {
    if (call.user === undefined) return unauthorized();
    const title = textOf(call.body['title']);
    if (title.trim() === '' || title.length > 255) return refuse(400, { title: [title.trim() === '' ? "can't be blank" : 'is too long (maximum is 255 characters)'] });
    const issue = world.addIssue(call.project, { title, description: textOf(call.body['description']), author: call.user, confidential: isTrue(call.body['confidential']), assignees: [...accountsOf(world, call.body['assignee_ids'])] });
    // Who may not set labels gets an issue without them.
    if (call.level >= 15) world.relabel(call.project, issue, call.user, namesOf(call.body['labels']), issue.createdAt);
    return { status: 201, body: renderIssue(world, call.project, issue) };
  },
  'issues.update': (world, call) => withIssue(call, (issue) => update(world, call, issue)),
  'labels.list': (world, call) => page(world, call, [...call.project.labels].filter(([name]) => name.includes(textOf(call.query['search']))).map(([name, id]) => renderLabel(name, id))),
  'labels.create': (world, call) => {
    const name = textOf(call.body['name']);
    if (call.project.labels.has(name)) return refuse(409, 'Label already exists');
    return { status: 201, body: renderLabel(name, world.label(call.project, name)) };
  },
};

function renderLabel(name: string, id: number): Record<string, unknown> {
  return { id, name, color: '#ededed', text_color: '#1F1E24', description: null, subscribed: false, priority: null, is_project_label: true };
}

function update(world: World, call: Call, issue: Issue): Reply {
  const { user, body } = call;
  if (user === undefined) return unauthorized();
  // Title and text: of one's own, or from planner on. Labels, people and states need planner.
  if (call.level < 15 && issue.author !== user) return forbidden();
  const { title, description } = body;
  if (title !== undefined || description !== undefined) world.edit(issue, user, { ...(title === undefined ? {} : { title: textOf(title) }), ...(description === undefined ? {} : { description: textOf(description) }) });
  if (call.level >= 15) {
    const set = body['labels'] === undefined ? issue.labels : namesOf(body['labels']);
    const labels = [...new Set([...set, ...namesOf(body['add_labels'])])].filter((label) => !namesOf(body['remove_labels']).includes(label));
    if (['labels', 'add_labels', 'remove_labels'].some((name) => body[name] !== undefined)) world.relabel(call.project, issue, user, labels);
    if (body['assignee_ids'] !== undefined) assign(world, issue, user, body['assignee_ids']);
  }
  const state = body['state_event'] === 'close' ? 'closed' : body['state_event'] === 'reopen' ? 'opened' : issue.state;
  if (state !== issue.state) issue.stateEvents.push({ id: world.id(), user, at: world.now(), state: state === 'closed' ? 'closed' : 'reopened' });
  issue.state = state;
  issue.updatedAt = world.now();
  return { status: 200, body: renderIssue(world, call.project, issue) };
}

/** People are given a ticket; the line about it is GitLab's own. */
export function assign(world: World, issue: Issue, by: Issue['author'], ids: unknown): void {
  const now = accountsOf(world, ids);
  const added = now.filter((one) => !issue.assignees.includes(one)).map((one) => `@${one.username}`);
  const gone = issue.assignees.filter((one) => !now.includes(one)).map((one) => `@${one.username}`);
  const words = [...(added.length === 0 ? [] : [`assigned to ${added.join(', ')}`]), ...(gone.length === 0 ? [] : [`unassigned ${gone.join(', ')}`])].join(' and ');
  if (words !== '') world.addNote(issue, by, words, { system: true });
  issue.assignees = [...now];
}

function withIssue(call: Call, found: (issue: Issue) => Reply): Reply {
  const issue = issueOf(call);
  return issue === undefined ? notFound('Issue') : found(issue);
}
