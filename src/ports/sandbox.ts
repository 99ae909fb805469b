import type { Fault } from '../domain/fault.js';
import type { Rung } from '../domain/rung.js';
import type { Result } from '../kit/result.js';

export interface Mount { readonly from: string; readonly to: string; readonly writable: boolean }

/** Standard input for a conversation: `first` is written at once, more follows. */
export interface OpenInput { readonly first: string }

/** The writing end of an open input. A program that no longer reads it, or is gone, is no error: its ending tells. */
export interface ProgramInput {
  write(text: string): void;
  end(): void;
}

/** A program to run, as data. There is no shell anywhere: `command` is an absolute path or found on the sandbox's PATH. */
export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  /** The whole environment beside PATH, HOME, TMPDIR, LANG and CI; nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  /** Below the sandbox's working folder; '' = the folder itself. */
  readonly cwd: string;
  /** A text is written and the input is closed. An open input stays open: `RunningProgram.input` writes on and closes it. */
  readonly stdin: string | OpenInput | undefined;
  /** The ways out, each on its own port. Where the rung leaves the network open nothing is relayed. */
  readonly relays: readonly Relay[];
}

/** A unix socket outside that `127.0.0.1:port` inside leads to. */
export interface Relay { readonly socket: string; readonly port: number }

export interface ProgramLimits {
  readonly wallMsMax: number;
  /** No output for so long ends the program; undefined = no such bound. */
  readonly idleMsMax: number | undefined;
  readonly outputBytesMax: number;
  readonly processesMax: number;
  readonly memoryBytesMax: number;
  /** CPU time of all its processes together. */
  readonly cpuMsMax: number;
  /** Largest file that it may write. */
  readonly writtenFileBytesMax: number;
  /** How much less room the disks of its writable folders may have than at its start. Others who write there count too. */
  readonly diskBytesMax: number;
}

export type ProgramEnding =
  | { readonly kind: 'exited'; readonly code: number }
  | { readonly kind: 'signalled'; readonly signal: string }
  | { readonly kind: 'stopped'; readonly reason: 'wall' | 'idle' | 'output' | 'memory' | 'processes' | 'cpu' | 'file-size' | 'disk' | 'cancelled' }
  | { readonly kind: 'not-started'; readonly fault: Fault };

export interface ProgramEnd {
  readonly ending: ProgramEnding;
  readonly outputBytes: number;
  readonly durationMs: number;
  /** The most memory that was seen in use, of all its processes together; exact where a control group counts. */
  readonly memoryBytesPeak: number;
}

/** A running program. Its output is read as it comes; `ended` settles only after its whole process tree is dead. */
export interface RunningProgram {
  /** Chunks of stdout and stderr in the order they came, cut at the output cap. */
  readonly output: AsyncIterable<{ readonly stream: 'stdout' | 'stderr'; readonly bytes: Uint8Array }>;
  readonly ended: Promise<ProgramEnd>;
  /** There when the program was started with an open input. */
  readonly input?: ProgramInput;
}

/** One prepared place to run foreign programs in: a working folder, mounts, and the level of isolation that was proved. */
export interface Sandbox {
  readonly rung: Rung;
  /** The way the rung was reached, in a few words: `user namespace`, `sudo, own uid`. */
  readonly form: string;
  /** The working folder as programs inside see it. */
  readonly workdir: string;
  readonly home: string;
  /** True when the network is closed and only the relays lead out. */
  readonly networkClosed: boolean;
  start(program: Program, limits: ProgramLimits, signal?: AbortSignal): RunningProgram;
}

export interface SandboxRequest {
  /** The folder programs may write, as seen by us. */
  readonly workspace: string;
  readonly home: string;
  readonly mounts: readonly Mount[];
  readonly network: 'closed' | 'open';
  /** Files and folders below the workspace that are shown read-only, e.g. `.git`. */
  readonly readOnly: readonly string[];
}

/** Why one form of a rung is not used here, and what a person can do about it. Whole sentences. */
export interface RungRefusal { readonly rung: Rung; readonly form: string; readonly why: string; readonly fix: string }

/** The strongest rung that held, by which form, and why every stronger one did not. */
export interface ProvedRung { readonly rung: Rung; readonly form: string; readonly refused: readonly RungRefusal[] }

export interface SandboxFactory {
  /** Tries the rungs strongest first BY DOING (read a planted secret, write outside, write inside, open a socket); answers the best that held and why the stronger ones did not. Cached for the process. */
  probe(): Promise<ProvedRung>;
  open(request: SandboxRequest): Promise<Result<Sandbox, Fault>>;
}
