import type { TicketHome } from '../../intake/ticket-name.js';
import { option, type Invocation } from '../invocation.js';

/** Which GitLab is meant, and by which token it is asked. */
export interface GitlabConnection {
  readonly apiUrl: string;
  readonly token: { readonly kind: 'private' | 'job'; readonly value: string } | undefined;
  readonly proxied: boolean;
}

export function gitlabConnection(invocation: Invocation): GitlabConnection {
  return { apiUrl: gitlabServer(invocation), token: gitlabToken(invocation), proxied: invocation.proxied };
}

/** The token that was given; else the job's own, which can read a little and open nothing. */
export function gitlabToken(invocation: Invocation): { readonly kind: 'private' | 'job'; readonly value: string } | undefined {
  const given = invocation.secrets['gitlab-token'];
  if (given !== undefined) return { kind: 'private', value: given };
  const job = invocation.forge?.id === 'gitlab' ? invocation.secrets['ci-job-token'] : undefined;
  return job === undefined ? undefined : { kind: 'job', value: job };
}

/** `https://HOST[/PREFIX]`. A job's `--gitlab-url` was compared with the job's own server before. */
export function gitlabServer(invocation: Invocation): string {
  const url = invocation.forge?.id === 'gitlab' ? invocation.forge.serverUrl : option(invocation, 'gitlab-url') ?? 'https://gitlab.com';
  return url.replace(/\/{1,5}$/, '');
}

/** Which tracker short names mean: the one beside the forge. A server below a path has that path in all its addresses. */
export function ticketHome(invocation: Invocation): TicketHome {
  const forge = option(invocation, 'forge') ?? invocation.forge?.id;
  if (forge !== 'gitlab' && forge !== 'gitea') return { tracker: 'github' };
  const server = invocation.forge?.id === forge ? invocation.forge.serverUrl : option(invocation, `${forge}-url`) ?? '';
  return { tracker: forge, prefix: URL.canParse(server) ? new URL(server).pathname : '' };
}
