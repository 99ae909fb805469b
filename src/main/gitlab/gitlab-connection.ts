import type { TicketHome } from '../../intake/ticket-name.js';
import { option, type Invocation } from '../invocation.js';

/** Which GitLab is meant, and by which token it is asked. */
export interface GitlabConnection {
  readonly apiUrl: string;
  readonly token: { readonly kind: 'private' | 'job'; readonly value: string } | undefined;
  readonly proxied: boolean;
}

/**
 * The server of the job around us, else the one that `--gitlab-url` names, else GitLab.com. The token that was given; else, in a job,
 * the job's own, which can read a little and write nothing.
 */
export function gitlabConnection(invocation: Invocation): GitlabConnection {
  const inJob = invocation.forge?.id === 'gitlab';
  const given = invocation.secrets['gitlab-token'];
  const job = inJob ? invocation.secrets['ci-job-token'] : undefined;
  return {
    apiUrl: inJob ? invocation.forge?.apiUrl ?? '' : option(invocation, 'gitlab-url') ?? 'https://gitlab.com', proxied: invocation.proxied,
    token: given !== undefined ? { kind: 'private', value: given } : job === undefined ? undefined : { kind: 'job', value: job },
  };
}

/** Which tracker short names mean: the one beside the forge. A server below a path has that path in all its addresses. */
export function ticketHome(invocation: Invocation): TicketHome {
  const forge = option(invocation, 'forge') ?? invocation.forge?.id;
  if (forge !== 'gitlab' && forge !== 'gitea') return { tracker: 'github' };
  const server = invocation.forge?.id === forge ? invocation.forge.serverUrl : option(invocation, `${forge}-url`) ?? '';
  return { tracker: forge, prefix: URL.canParse(server) ? new URL(server).pathname : '' };
}
