import type { Fault } from '../../../domain/fault.js';
import type { TicketRef } from '../../../domain/ticket.js';
import { err, ok, type Result } from '../../../kit/result.js';
import type { Dispatcher } from '../../../ports/forge.js';
import { GitlabClient, type GitlabClientDeps, type GitlabClientOptions } from '../../gitlab-client/client.js';
import { Nothing, ProjectAnswer } from './schema.js';

const SOURCE = 'forge/gitlab';
const PATH = /^[\w.-]{1,255}(?:\/[\w.-]{1,255}){1,20}$/;

/**
 * Starts a pipeline of another project on its default branch, with the ticket's key as its input `ticket`. With a trigger token of
 * that project (`POST /projects/:id/trigger/pipeline`), and without one by our own token, whose account then needs the
 * role Developer there. An input, not a variable: those win over everything and may be forbidden.
 */
export function gitlabDispatcher(options: Omit<GitlabClientOptions, 'project'> & { readonly triggerToken?: string | undefined }, deps: Omit<GitlabClientDeps, 'source'>): Dispatcher {
  return {
    dispatch: async (repository: string, ticket: TicketRef, signal?: AbortSignal): Promise<Result<void, Fault>> => {
      if (!PATH.test(repository) || repository.split('/').some((part) => part === '.' || part === '..')) return err({ code: 'rejected', side: 'setup', retryable: false, source: SOURCE, message: `${repository.slice(0, 200)} is no project of GitLab. Write group/project in routing.aliases.` });
      const client = new GitlabClient({ ...options, project: repository }, { ...deps, source: SOURCE });
      const { triggerToken } = options;
      const project = await client.call({ ask: (api) => api('Projects').show(repository), schema: ProjectAnswer, signal });
      if (!project.ok) return err(withAdvice(project.error, repository));
      const asked = { ref: project.value.default_branch ?? 'main', inputs: { ticket: ticket.key } };
      const sent = await client.call({
        ask: triggerToken === undefined
          ? { method: 'POST', path: `${client.projectPath}/pipeline`, body: asked }
          : { method: 'POST', path: `${client.projectPath}/trigger/pipeline`, body: { token: triggerToken, ...asked } },
        schema: Nothing, signal,
      });
      return sent.ok ? ok(undefined) : err(withAdvice(sent.error, repository));
    },
  };
}

function withAdvice(error: Fault, repository: string): Fault {
  if (error.code !== 'forbidden' && error.code !== 'not-found' && error.code !== 'unauthorized') return error;
  return { ...error, message: `${error.message} To start pipelines in ${repository}, give a trigger token of that project as HEDDLE_TRIGGER_TOKEN, or let the token's account be a Developer there.`.slice(0, 4000) };
}
