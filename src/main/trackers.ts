import path from 'node:path';
import type { TicketRef } from '../domain/ticket.js';
import { err, ok, type Result } from '../kit/result.js';
import type { Tracker } from '../ports/tracker.js';
import { githubApiUrl } from './forges.js';
import { NO_TOKEN, giteaPlace, type GiteaPlace } from './gitea/gitea-place.js';
import { gitlabConnection, type GitlabConnection } from './gitlab/gitlab-connection.js';
import type { Invocation } from './invocation.js';
import { usageProblem, type Problem } from './problem.js';

export interface TrackerPlace {
  /** Where Markdown tickets are found: their keys are relative to it. */
  readonly ticketRoot: string;
  /** Where comments on Markdown tickets go: the ticket's own folder may be read-only. */
  readonly commentsFolder: string;
  readonly github: { readonly apiUrl: string; readonly token: string | undefined; readonly proxied: boolean };
  readonly gitea: GiteaPlace;
  readonly gitlab: GitlabConnection;
}

/** The place of an invocation. Where Markdown tickets and their comments are, and where the checkout came from, the caller says. */
export function trackerPlace(invocation: Invocation, here: Pick<TrackerPlace, 'ticketRoot' | 'commentsFolder'> & { readonly origin: string | undefined }): TrackerPlace {
  return {
    ticketRoot: here.ticketRoot, commentsFolder: here.commentsFolder, gitea: giteaPlace(invocation, here.origin), gitlab: gitlabConnection(invocation),
    github: { apiUrl: githubApiUrl(invocation), token: invocation.secrets['github-token'], proxied: invocation.proxied },
  };
}

/** The tracker that a ticket's reference names, its client loaded only now. */
export async function createTracker(ref: TicketRef, place: TrackerPlace): Promise<Result<Tracker, Problem>> {
  switch (ref.tracker) {
    case 'file':
      return ok((await import('../adapters/tracker/file/index.js')).create({ root: path.resolve(place.ticketRoot), commentsDir: place.commentsFolder }));
    case 'github':
      if (place.github.token === undefined) return err(usageProblem(`The ticket ${ref.key} is on GitHub, but there is no token. Set GITHUB_TOKEN in the environment (issues: read and write).`));
      return ok((await import('../adapters/tracker/github/index.js')).create({ apiUrl: place.github.apiUrl, token: place.github.token, proxied: place.github.proxied }));
    case 'gitea': {
      const { apiUrl, token, proxied } = place.gitea;
      if (apiUrl === undefined) return err(usageProblem(`The ticket ${ref.key} is on Gitea, but which server is not known. Name it with --gitea-url https://HOST.`));
      if (token === undefined) return err(usageProblem(`The ticket ${ref.key} is on Gitea, but there is no token. ${NO_TOKEN}`));
      return ok((await import('../adapters/tracker/gitea/index.js')).create({ apiUrl, token, proxied }));
    }
    case 'gitlab': {
      const { apiUrl, token, proxied } = place.gitlab;
      if (token === undefined) return err(usageProblem(`The ticket ${ref.key} is on GitLab, but there is no token. Set GITLAB_TOKEN in the environment (scope api, role Reporter or higher).`));
      return ok((await import('../adapters/tracker/gitlab/index.js')).create({ apiUrl, token, proxied }));
    }
    case 'jira':
    case 'linear':
    case 'azure-boards':
    case 'monday':
      return err(usageProblem(`Tickets of ${ref.tracker} are recognised but not supported by this version. Supported: issues of GitHub, GitLab, Gitea and Forgejo, and Markdown files with front matter.`));
  }
}
