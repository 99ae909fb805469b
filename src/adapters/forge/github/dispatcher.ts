import { z } from 'zod';
import type { Fault } from '../../../domain/fault.js';
import type { TicketRef } from '../../../domain/ticket.js';
import { err, ok, type Result } from '../../../kit/result.js';
import type { Dispatcher } from '../../../ports/forge.js';
import { GithubClient, type GithubClientDeps } from '../../github-client/client.js';

const SOURCE = 'forge/github';
const EVENT_TYPE = 'heddle';
const SLUG = /^[A-Za-z0-9_-]{1,100}\/(?!\.{1,2}$)[A-Za-z0-9_.-]{1,100}$/;

/**
 * `repository_dispatch` at another repository (REST reference: "Create a repository dispatch event"). It wants a token with
 * contents: write there; the token of a workflow has none, so this needs a GitHub App or a personal token.
 */
export function githubDispatcher(options: { readonly apiUrl: string; readonly token: string; readonly proxied?: boolean | undefined }, deps: Omit<GithubClientDeps, 'source'>): Dispatcher {
  return {
    dispatch: async (repository: string, ticket: TicketRef, signal?: AbortSignal): Promise<Result<void, Fault>> => {
      if (!SLUG.test(repository)) return err({ code: 'rejected', side: 'setup', retryable: false, source: SOURCE, message: `${repository.slice(0, 200)} is no repository of GitHub. Write owner/name in routing.aliases.` });
      const client = new GithubClient({ apiUrl: options.apiUrl, token: options.token, repository, ...(options.proxied === undefined ? {} : { proxied: options.proxied }) }, { ...deps, source: SOURCE });
      const sent = await client.call({ route: 'POST /repos/{owner}/{repo}/dispatches', with: { event_type: EVENT_TYPE, client_payload: { ticket: ticket.key } }, repeat: 'once', schema: z.unknown(), signal });
      return sent.ok ? ok(undefined) : err(sent.error.code === 'forbidden' || sent.error.code === 'not-found' ? { ...sent.error, message: `${sent.error.message} To start runs in ${repository} the token needs contents: write there.` } : sent.error);
    },
  };
}
