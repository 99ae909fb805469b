import { option, type Invocation } from '../invocation.js';

/** Which Gitea or Forgejo, and by which token; `undefined` where nobody said it. */
export interface GiteaPlace {
  /** Of the site: `https://git.example.com`, perhaps with a path. */
  readonly serverUrl: string | undefined;
  readonly apiUrl: string | undefined;
  readonly token: string | undefined;
  readonly proxied: boolean;
}

/**
 * In a job of its Actions it is the server around us, whatever an option says, and the job's own token counts where none was given
 * by name: that token may then go nowhere else. Elsewhere `--gitea-url` names the server, or the checkout's remote does.
 */
export function giteaPlace(invocation: Invocation, origin: string | undefined): GiteaPlace {
  const { forge, secrets, proxied } = invocation;
  if (forge?.id === 'gitea') return { serverUrl: forge.serverUrl, apiUrl: forge.apiUrl, token: secrets['gitea-token'] ?? secrets['github-token'], proxied };
  const serverUrl = option(invocation, 'gitea-url')?.replace(/\/+$/, '') ?? serverOf(origin);
  return { serverUrl, apiUrl: serverUrl === undefined ? undefined : `${serverUrl}/api/v1`, token: secrets['gitea-token'], proxied };
}

/** `https://git.example.com` of `https://git.example.com/acme/shop.git`; other forms do not tell where the site is. */
function serverOf(origin: string | undefined): string | undefined {
  if (origin === undefined || !URL.canParse(origin)) return undefined;
  const { protocol, origin: site } = new URL(origin);
  return protocol === 'https:' || protocol === 'http:' ? site : undefined;
}

/**
 * `owner/name` of `https://git.example.com/acme/shop.git`, `git@git.example.com:acme/shop.git` or
 * `ssh://git@git.example.com:2222/acme/shop.git`; `undefined` for another server than the one that is asked. Only the address of
 * the web has the path below which a server may lie.
 */
export function giteaSlug(origin: string | undefined, serverUrl: string): string | undefined {
  if (origin === undefined || !URL.canParse(serverUrl)) return undefined;
  const server = new URL(serverUrl);
  const short = /^[^/@:]{1,100}@([^/:]{1,255}):(.{1,1000})$/.exec(origin);
  const url = short === null && URL.canParse(origin) ? new URL(origin) : undefined;
  if ((short?.[1] ?? url?.hostname)?.toLowerCase() !== server.hostname.toLowerCase()) return undefined;
  const whole = `/${(short?.[2] ?? url?.pathname ?? '').replace(/^\//, '')}`;
  const prefix = url?.protocol.startsWith('http') === true ? server.pathname.replace(/\/$/, '') : '';
  if (!whole.startsWith(`${prefix}/`)) return undefined;
  const parts = whole.slice(prefix.length + 1).replace(/\/$/, '').replace(/\.git$/, '').split('/');
  return parts.length === 2 && parts.every((part) => /^(?!\.{1,2}$)[A-Za-z0-9_.-]{1,100}$/.test(part)) ? parts.join('/') : undefined;
}

export const NO_TOKEN = 'Set GITEA_TOKEN in the environment, or the input gitea-token of the action: a token with write:repository, write:issue, read:user and read:organization, of an account that administers the repository.';
