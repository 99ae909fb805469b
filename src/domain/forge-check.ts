/** What a forge knows of a named check on a commit: a check run, a job of a pipeline, or a commit status. */
export interface ForgeCheck {
  readonly name: string;
  /** `green` = what the forge itself counts as met by a required check. */
  readonly state: 'green' | 'red' | 'pending';
  /** The app or account that wrote it, where the forge says. */
  readonly by?: string | undefined;
}
