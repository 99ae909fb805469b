import type { Account, Issue, Note, Project, World } from '../fakes/gitlab/world.js';

interface About { readonly world: World; readonly project: Project; readonly issue: Issue; readonly by: Account }
type Json = Readonly<Record<string, unknown>>;

/** What a project's webhook sends when somebody changes the labels of an issue: the members of GitLab's own example, all of them. */
export function issueWebhook(about: About, labels: { readonly previous: readonly string[]; readonly current: readonly string[] }): Json {
  const { world, project, issue, by } = about;
  return {
    object_kind: 'issue', event_type: 'issue', ...around(about),
    object_attributes: {
      ...attributes(about), action: 'update', severity: 'unknown', escalation_status: null, total_time_spent: 0, human_total_time_spent: null, time_estimate: 0, time_change: 0,
    },
    labels: labels.current.map((title) => labelOf(world, project, title)),
    changes: {
      updated_at: { previous: issue.createdAt, current: issue.updatedAt }, updated_by_id: { previous: null, current: by.id },
      labels: { previous: labels.previous.map((title) => labelOf(world, project, title)), current: labels.current.map((title) => labelOf(world, project, title)) },
    },
    assignees: issue.assignees.map(person),
  };
}

/** What it sends for a comment at an issue. */
export function noteWebhook(about: About, note: Note): Json {
  const { issue, by, world, project } = about;
  return {
    object_kind: 'note', event_type: 'note', ...around(about), project_id: project.id,
    object_attributes: {
      id: note.id, note: note.body, noteable_type: 'Issue', author_id: by.id, created_at: note.createdAt, updated_at: note.updatedAt, project_id: project.id, attachment: null, line_code: null, commit_id: '',
      noteable_id: issue.id, system: false, st_diff: null, action: 'create', internal: note.internal, discussion_id: note.discussion, url: `${world.url}/${project.path}/-/issues/${String(issue.iid)}#note_${String(note.id)}`,
    },
    issue: { ...attributes(about), labels: issue.labels.map((title) => labelOf(world, project, title)) },
  };
}

function around({ world, project, by }: About): Json {
  const url = `${world.url}/${project.path}`;
  return {
    user: { ...person(by), email: '[REDACTED]' },
    project: {
      id: project.id, name: project.name, description: '', web_url: url, avatar_url: null, git_ssh_url: `git@gitlab:${project.path}.git`, git_http_url: `${url}.git`, namespace: project.path.split('/').slice(0, -1).join('/'),
      visibility_level: 0, path_with_namespace: project.path, default_branch: project.defaultBranch, ci_config_path: '', homepage: url, url: `git@gitlab:${project.path}.git`, ssh_url: `git@gitlab:${project.path}.git`, http_url: `${url}.git`,
    },
    repository: { name: project.name, url: `git@gitlab:${project.path}.git`, description: '', homepage: url },
  };
}

function attributes({ world, project, issue, by }: About): Json {
  return {
    id: issue.id, iid: issue.iid, title: issue.title, description: issue.description, state: issue.state, state_id: issue.state === 'opened' ? 1 : 2, confidential: issue.confidential, discussion_locked: null,
    author_id: issue.author.id, project_id: project.id, created_at: issue.createdAt, updated_at: issue.updatedAt, updated_by_id: by.id, last_edited_at: issue.editedAt, last_edited_by_id: null, closed_at: null, due_date: null,
    milestone_id: null, moved_to_id: null, duplicated_to_id: null, relative_position: 513, weight: null, health_status: null, type: 'Issue', assignee_ids: issue.assignees.map((one) => one.id), assignee_id: issue.assignees[0]?.id ?? null,
    labels: issue.labels.map((title) => labelOf(world, project, title)), url: `${world.url}/${project.path}/-/issues/${String(issue.iid)}`,
  };
}

function person(account: Account): Json {
  return { id: account.id, name: account.name, username: account.username, avatar_url: null };
}

function labelOf(world: World, project: Project, title: string): Json {
  return { id: world.label(project, title), title, color: '#428bca', project_id: project.id, created_at: '2026-01-01T00:00:00Z', updated_at: '2026-01-01T00:00:00Z', template: false, description: null, type: 'ProjectLabel', group_id: null };
}
