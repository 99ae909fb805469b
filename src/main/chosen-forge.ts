import type { Result } from '../kit/result.js';
import type { Forge } from '../ports/forge.js';
import type { Problem } from './problem.js';

/** The forge that gets the change of this run. */
export interface ChosenForge {
  readonly id: 'github' | 'gitlab' | 'gitea' | 'local';
  readonly repository: string;
  readonly folder: string | undefined;
  /** Where git finds the repository; absent where there is none yet. */
  readonly gitUrl: string | undefined;
  /** The account and token by which git may write there, and at no other address. */
  readonly gitLogin?: { readonly user: string; readonly token: string };
  /** A file with the authorities of that server. */
  readonly caFile?: string;
  /** What the forge calls its default branch; `undefined` when the checkout must tell. */
  defaultBranch(): Promise<Result<string | undefined, Problem>>;
  /** Made when the base is known: a local forge is seeded from it. */
  create(base: { readonly branch: string; readonly commit: string }): Promise<Forge>;
}
