import type { Rung } from '../../domain/rung.js';

/** What the wiring tells about this machine; read once, in `main`, from the environment and the file system. */
export interface SandboxOptions {
  /** How our own inside helper is started: the path of Node and the arguments before the helper's own, the first an absolute path. */
  readonly inside: { readonly node: string; readonly args: readonly string[] };
  /** PATH of the orchestrator. Entries that a sandbox does not show are left out of the PATH inside. */
  readonly path: string;
  /** Folders with tools of the runner that are shown read-only at their own paths, e.g. a tool cache. Never a home folder. */
  readonly tools: readonly string[];
  /** An existing folder of ours for what the probe plants. */
  readonly scratch: string;
  /** Every program is marked with it, so that `killLeftovers(mark)` finds them after a crash: at least 8 of [A-Za-z0-9]. */
  readonly mark: string;
  /** Random hexadecimal digits, for the marks of single programs. */
  readonly hex: (bytes: number) => string;
  /** The bubblewrap program; default: the first on `path`. */
  readonly bubblewrap?: string | undefined;
  /** The sudo program; default: the first on `path`. */
  readonly sudo?: string | undefined;
  /** The forms that may be used, by their names; default: all. For tests and the matrix of cases. */
  readonly forms?: readonly string[] | undefined;
  /** For the rung `container`: the image, by digest or id; whether it may be fetched; the engine, default: podman or docker on `path`. */
  readonly container?: (() => Promise<ContainerOptions | undefined>) | undefined;
  /** The rungs that may be used; default: all. `none` is always left. */
  readonly rungs?: readonly Rung[] | undefined;
}

export interface ContainerOptions { readonly image: string; readonly pull: boolean; readonly engine?: string | undefined }
