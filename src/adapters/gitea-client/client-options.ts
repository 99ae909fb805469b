/** Which API, by which token, for which repository. */
export interface GiteaClientOptions {
  /** `https://HOST/api/v1`. */
  readonly apiUrl: string;
  readonly token: string;
  readonly repository: string;
  /** A proxy is set in the environment, and calls go through it. */
  readonly proxied?: boolean | undefined;
}

export interface GiteaClientDeps {
  /** Who speaks in the faults: `forge/gitea`. */
  readonly source: string;
  /** Milliseconds that stand for one second of waiting between tries; 1000 when left out. Tests make it small. */
  readonly backoffUnitMs?: number;
  /** Longest wait for one answer; 30 s when left out. */
  readonly requestTimeoutMs?: number;
}
