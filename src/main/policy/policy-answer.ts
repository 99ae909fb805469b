/** What a word of `heddle policy` answers: text for people, and the same as data. */
export interface PolicyAnswer {
  readonly text: string;
  readonly json: unknown;
  /** False makes the exit code 5: something was looked at and is not as it should be. */
  readonly passed: boolean;
}
