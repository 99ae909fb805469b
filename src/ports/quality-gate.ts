import type { Fault } from '../domain/fault.js';
import type { CommitSha } from '../domain/ids.js';
import type { QualityGateAnswer } from '../domain/quality-gate.js';
import type { Result } from '../kit/result.js';

/** What is asked about: an analysis that a check started, or the newest one of a project. */
export interface QualityGateQuestion {
  /** The task that a check left behind. Foreign: it is compared with the project, and never decides where to ask. */
  readonly task?: { readonly project: string; readonly id: string } | undefined;
  /** The commit that a required check of the forge is asked about. */
  readonly commit?: CommitSha | undefined;
  readonly waitMsMax: number;
}

/** A service that judges code by rules of its own. It is asked, never told: the answer is one node among the gates. */
export interface QualityGateSource {
  readonly id: string;
  ask(question: QualityGateQuestion, signal?: AbortSignal): Promise<Result<QualityGateAnswer, Fault>>;
}
