import type { ActionsRun } from '../../adapters/host/github-actions/index.js';
import type { GitlabJob } from '../../adapters/host/gitlab-ci/index.js';
import type { CheckoutFacts } from '../../adapters/workspace/git/index.js';
import type { Configuration } from '../../config/configuration.js';
import type { LoadedConfiguration } from '../../config/load.js';
import type { Fault } from '../../domain/fault.js';
import type { CommitSha } from '../../domain/ids.js';
import type { WaitingEntry } from '../../domain/waiting.js';
import { reasonOf } from '../../explain/reasons.js';
import type { Result } from '../../kit/result.js';
import type { CodingAgent } from '../../ports/coding-agent.js';
import type { ForgeReader, RepositoryFacts } from '../../ports/forge.js';
import type { SandboxFactory } from '../../ports/sandbox.js';
import type { WaitingStore } from '../../ports/waiting-store.js';
import type { DerivedChecks } from '../../validation/derive-checks.js';
import { EXIT } from '../exit-code.js';
import type { Problem } from '../problem.js';

/** Why a fact could not be had: asked and failed, or not asked because something it builds on is missing. */
export type Lack =
  | { readonly kind: 'failed'; readonly words: string; readonly side: Fault['side']; readonly next?: string | undefined }
  | { readonly kind: 'unasked'; readonly words: string };

export type Found<T> = Promise<Result<T, Lack>>;

/** `guessed`: the forge did not tell its default branch, so the checkout's was taken. */
export interface Base { readonly branch: string; readonly commit: CommitSha; readonly guessed: boolean }

export type ForgeFacts =
  | { readonly kind: 'github' | 'gitlab' | 'gitea'; readonly slug: string; readonly reader: ForgeReader; readonly waiting?: WaitingStore | undefined }
  | { readonly kind: 'local'; readonly folder: string };

/** A file of `.github/workflows` at the base commit. Written by people with write access; parsed with bounds all the same. */
export interface WorkflowFile { readonly path: string; readonly text: string }

/**
 * What examinations may look at. Each fact is found when it is first asked for and kept, so that the order of examinations
 * does not matter and none can spoil another. Nothing here writes to the repository or to the forge, or calls a model.
 */
export interface Facts {
  /** `v20.12.0` */
  readonly node: string;
  readonly forgeId: 'github' | 'gitlab' | 'gitea' | 'local';
  /** Whether a secret is set. Its value is never among the facts. */
  readonly tokenSet: boolean;
  /** The token that GitLab gives every job. It can do little of what a delivery needs. */
  readonly jobTokenSet: boolean;
  readonly modelKeySet: boolean;
  readonly host: { readonly id: string; readonly ci: boolean; readonly job: ActionsRun | undefined; readonly gitlab: GitlabJob | undefined };
  /** What `git --version` says; undefined when git cannot be started. */
  gitVersion(): Promise<string | undefined>;
  checkout(): Found<CheckoutFacts>;
  /** Credentials that programs could read, as `file:line: kind`. Their values are not among the facts. */
  credentials(): Promise<readonly string[]>;
  /** Where changes go. */
  base(): Found<Base>;
  configuration(): Found<LoadedConfiguration & { readonly at: Base }>;
  /** A configuration file on disk that a run would not see, by name; undefined when there is none. */
  strayConfiguration(): Promise<string | undefined>;
  /** The configuration, or what stands in for it, so that the examinations that need one are not all silent; `instead` says so. */
  settings(): Promise<{ readonly config: Configuration; readonly instead: string | undefined }>;
  checks(): Found<DerivedChecks>;
  sandbox(): ReturnType<SandboxFactory['probe']>;
  agent(): Found<CodingAgent>;
  price(): Promise<{ readonly known: boolean; readonly source: string }>;
  forge(): Found<ForgeFacts>;
  repository(): Found<RepositoryFacts>;
  missingForDelivery(): Found<readonly string[]>;
  /** The runs that wait at the forge, and the names of entries that cannot be read. */
  waits(): Found<{ readonly waits: readonly WaitingEntry[]; readonly damaged: readonly string[] }>;
  /** Why a folder could not be made and written; undefined = it can. Nothing is made. */
  unwritable(folder: string): Promise<string | undefined>;
  workflows(): Found<readonly WorkflowFile[]>;
  /** `.gitlab-ci.yml` of the base commit; undefined when there is none. */
  pipelineFile(): Found<WorkflowFile | undefined>;
}

export function lackOfProblem(problem: Problem): Lack {
  const side = problem.exit === EXIT.outside ? 'theirs' : problem.exit === EXIT.ours ? 'ours' : 'setup';
  return { kind: 'failed', words: problem.message, side };
}

export function lackOfFault(fault: Fault): Lack {
  // A call that we gave up on did not answer in time, whoever hung up: that is the service's.
  return { kind: 'failed', words: fault.message, side: fault.code === 'timed-out' ? 'theirs' : fault.side, next: reasonOf('fault', fault.code)?.next };
}

export function unasked(words: string): Lack {
  return { kind: 'unasked', words };
}
