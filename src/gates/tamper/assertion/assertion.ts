import type { SyntaxNode } from '../syntax/syntax-node.js';
import type { Demand } from './matchers.js';

/** One demand of a test on the code, read from the tree in words that no framework owns. */
export interface Assertion {
  readonly line: number;
  /** As written, shortened, for people. */
  readonly shown: string;
  readonly demand: Demand;
  /** More is stricter; from `STRICTNESS`, with what the arguments change. */
  readonly strictness: number;
  /** What is looked at, and what it must be; as comparing words, known constants put in. */
  readonly subject: string;
  readonly expected: string;
  /** Literals among the expected words. */
  readonly literals: readonly string[];
  /** For comparisons: the direction and the bound; for approximate ones the allowed distance. */
  readonly bound?: { readonly direction: 'up' | 'down'; readonly value: number } | undefined;
  readonly tolerance?: number | undefined;
  /** Rejecting and resolving expectations do nothing unless they are awaited or returned. */
  readonly needsAwait: boolean;
  readonly awaited: boolean;
  /** Why it can fail without the test failing, or never runs. */
  readonly muted?: 'swallowed' | 'unreachable' | 'constant-condition' | undefined;
  /** Conditions that it newly may hide behind: comparing words of the `if`s around it. */
  readonly conditions: readonly string[];
  readonly looped: boolean;
  readonly key: string;
  readonly node: SyntaxNode;
}
