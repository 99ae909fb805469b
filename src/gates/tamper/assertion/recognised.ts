import type { Language } from '../language/language.js';
import type { SyntaxTree } from '../syntax/syntax-node.js';
import type { Claim } from './conditions.js';
import type { Resolve } from './values.js';

/** A claim with what only the call shows. */
export interface Recognised extends Claim {
  readonly typed?: string | undefined;
  readonly needsAwait?: boolean | undefined;
  /** Words of the chain between the subject and the matcher. */
  readonly via?: string | undefined;
  readonly swallowed?: boolean | undefined;
  readonly exact?: boolean | undefined;
}

export interface Reader { readonly tree: SyntaxTree; readonly language: Language; readonly resolve: Resolve }
