import type { Configuration } from '../config/configuration.js';
import type { Limits } from '../domain/limits.js';
import type { Digest } from '../domain/ids.js';
import type { Adviser } from '../ports/adviser.js';
import type { Clock, Ids } from '../ports/clock.js';
import type { CodingAgent } from '../ports/coding-agent.js';
import type { Egress } from '../ports/egress.js';
import type { Evidence } from '../ports/evidence.js';
import type { Fault } from '../domain/fault.js';
import type { Result } from '../kit/result.js';
import type { ClaimStore, Dispatcher, ForgeReader, ForgeWriter } from '../ports/forge.js';
import type { Ledger } from '../ports/ledger.js';
import type { ModelGateway } from '../ports/model-gateway.js';
import type { ExternalGateConfig } from '../config/quality-config.js';
import type { QualityGateSource } from '../ports/quality-gate.js';
import type { Redactor } from '../ports/redactor.js';
import type { SandboxFactory } from '../ports/sandbox.js';
import type { Tracker } from '../ports/tracker.js';
import type { WaitingStore } from '../ports/waiting-store.js';
import type { Workspace } from '../ports/workspace.js';
import type { CommitSha } from '../domain/ids.js';
import type { Phase } from '../domain/phase.js';

/** Everything outside that a run may touch. Main makes one of these; nothing in flow reaches further. */
export interface RunPorts {
  readonly tracker: Tracker;
  readonly reader: ForgeReader;
  /** Handed on to the delivery room and to nobody else. */
  readonly writer: ForgeWriter;
  readonly claims: ClaimStore;
  /** The memory across runs. Absent where no ledger is configured: nothing that needs one is promised then. */
  readonly ledger?: Ledger | undefined;
  /** Where a run lies that waits for a person. Absent where nothing but the run folder can keep it. */
  readonly waiting?: WaitingStore | undefined;
  readonly agent: CodingAgent;
  readonly sandboxes: SandboxFactory;
  /** Absent when the agent uses no model through us. */
  readonly gateway: ModelGateway | undefined;
  /** One question to a model, before there is an attempt. Absent where it is not configured or this job holds no key. */
  readonly adviser?: Adviser | undefined;
  /** Tells another repository of a ticket. Absent where the token may not write or the forge cannot. */
  readonly dispatcher?: Dispatcher | undefined;
  /** Another agent than the configured one, with its way to the model, for a ticket that chose it. */
  readonly agentFor?: ((config: Configuration) => Promise<Result<{ readonly agent: CodingAgent; readonly gateway: ModelGateway | undefined }, Fault>>) | undefined;
  /** Ways out for named hosts. Absent in phases that run no foreign program. */
  readonly egress?: Egress | undefined;
  readonly workspace: Workspace;
  readonly evidence: Evidence;
  /** Makes the service of one external gate. Absent in phases that may not ask outside. */
  readonly qualityGate?: ((config: ExternalGateConfig) => QualityGateSource | undefined) | undefined;
  readonly redactor: Redactor;
  readonly clock: Clock;
  readonly ids: Ids;
  /** Waits before an outside service is asked again. Ends early when `signal` aborts. */
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** What was decided before the run began. */
export interface RunSettings {
  readonly config: Configuration;
  readonly policyDigest: Digest;
  readonly limits: Limits;
  readonly repository: string;
  readonly base: { readonly branch: string; readonly commit: CommitSha };
  /** Scratch folder of this run: outside the repository, found again by `resume`. */
  readonly scratch: string;
  /** Names the CI run that holds the claim, so that its re-run takes over. */
  readonly holder: string;
  /** The command line on a laptop: the person at the keyboard is the one who approves. */
  readonly localUser: boolean;
  readonly dryRun: boolean;
  /** Which part of the road this process does; absent = all of it. */
  readonly phase?: Phase | undefined;
  /** Phases verify and deliver: what the jobs before left. */
  readonly handover?: Handover | undefined;
  /** Where a person finds the evidence: the page of the CI run. Absent on a laptop. */
  readonly evidenceUrl: string | undefined;
  /** How many checks run at a time. */
  readonly parallelChecks: number;
}

/** What comes from other jobs. Everything in it but `verified` was written by a job that may have been taken over. */
export interface Handover {
  /** The folder with the artifact of the work job: exactly `manifest.json` and `change.bundle`. */
  readonly bundle: string;
  /** SHA-256 of the manifest, 64 hexadecimal digits, from the outputs of the work job. */
  readonly bundleDigest: string;
  /** Phase deliver: how the verify job ended, from the CI service itself. */
  readonly verified: string | undefined;
  /** Phase deliver: rules on running tests that the verify job holds; absent = it was not handed over. */
  readonly held?: readonly string[] | undefined;
}
