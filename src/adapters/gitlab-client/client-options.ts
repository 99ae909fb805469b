/** How a token is shown to GitLab: each kind has a header of its own. */
export type GitlabToken =
  | { readonly kind: 'private'; readonly value: string }
  | { readonly kind: 'job'; readonly value: string }
  | { readonly kind: 'oauth'; readonly value: string };

/** Which server, by which token, for which project. */
export interface GitlabClientOptions {
  /** As `CI_API_V4_URL` has it: `https://HOST[/PREFIX]/api/v4`. Without the last part it is added. */
  readonly apiUrl: string;
  readonly token: GitlabToken;
  /** `group/sub/project`, or the project's number. */
  readonly project: string;
  /** A proxy is set in the environment, and calls go through it. */
  readonly proxied?: boolean | undefined;
}

export interface GitlabClientDeps {
  /** Who speaks in the faults: `forge/gitlab`. */
  readonly source: string;
  /** Milliseconds that stand for one second of waiting between tries; 1000 when left out. Tests make it small. */
  readonly backoffUnitMs?: number;
  /** Longest wait for one answer; 30 s when left out. */
  readonly requestTimeoutMs?: number;
}

/** `https://HOST[/PREFIX]`, from the address of the API or of the server. */
export function serverUrlOf(apiUrl: string): string {
  const bare = apiUrl.replace(/\/{1,5}$/, '');
  return bare.endsWith('/api/v4') ? bare.slice(0, -'/api/v4'.length) : bare;
}
