/** One commit of the base's history, as far as risk asks about it. Subject and author are foreign text. */
export interface PastCommit {
  readonly commit: string;
  /** Seconds since 1970, of the committer. */
  readonly at: number;
  readonly author: string;
  readonly subject: string;
  /** The commits that this one says it reverts. */
  readonly reverts: readonly string[];
  /** The run of ours that made it, by the trailer of its message. */
  readonly run?: string | undefined;
  readonly files: readonly PastFile[];
}

export interface PastFile {
  readonly path: string;
  readonly additions: number;
  readonly deletions: number;
  readonly added: boolean;
  readonly deleted: boolean;
  /** Names of its content before and after, where the history was read without lines. */
  readonly oldBlob?: string | undefined;
  readonly newBlob?: string | undefined;
  /** Line ranges, first and last: what the commit took out (in the file before) and put in (in the file after). */
  readonly removedLines: readonly (readonly [number, number])[];
  readonly addedLines: readonly (readonly [number, number])[];
}

/** `whole`: nothing was left out. A shallow clone, a bound or a time limit leaves things out, and then that is said. */
export interface History { readonly commits: readonly PastCommit[]; readonly whole: boolean; readonly why?: string | undefined }

/** A commit that mends something, by what its subject says. Conventional commits and the usual words of people. */
export function isFix(subject: string): boolean {
  return /^(?:fix|hotfix|bugfix|revert)\b|\b(?:fix(?:es|ed)?|hot-?fix|bug|regression|revert(?:s|ed)?|broken|crash(?:es)?|mend(?:s|ed)?)\b/i.test(subject.slice(0, 300));
}
