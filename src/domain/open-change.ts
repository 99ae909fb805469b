import type { CommitSha } from './ids.js';
import type { UntrustedText } from './text.js';

/** An open pull or merge request of anybody, as far as the work of others must know it. All texts in it are foreign. */
export interface OpenChange {
  readonly number: number;
  readonly url: string;
  readonly branch: string;
  readonly base: string;
  readonly head: CommitSha;
  readonly draft: boolean;
  /** Of a Heddle branch in this very repository; a fork may call its branch what it likes. */
  readonly ours: boolean;
  readonly title: UntrustedText;
  /** Login; '' when the account is gone. */
  readonly author: string;
  /** Who was asked to review and has not: `login`, or `owner/team`. */
  readonly reviewers: readonly string[];
  readonly labels: readonly string[];
  /** Files it touches, under their new names; `undefined` when the forge did not tell. */
  readonly paths: readonly string[] | undefined;
  /** It touches more files than `paths` names. */
  readonly pathsCut: boolean;
}

export interface OpenChanges {
  readonly changes: readonly OpenChange[];
  /** There are more than were read. */
  readonly cut: boolean;
}
