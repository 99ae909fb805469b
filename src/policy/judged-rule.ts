import type { VerdictEffect, VerdictNode, VerdictStatus } from '../domain/verdict.js';
import type { CompiledLayer, CompiledRule } from './compile.js';

/** One rule and how it came out. */
export interface JudgedRule {
  readonly compiled: CompiledRule;
  readonly layer: CompiledLayer;
  readonly status: VerdictStatus;
  /** What it adds to the verdict; undefined when it has no say. */
  readonly effect: VerdictEffect | undefined;
  readonly overridden: boolean;
  readonly node: VerdictNode;
}
