import type { VerdictNode } from '../domain/verdict.js';

/** The names of the rules that hold: the innermost ones, since those are what a person can lift or agree to. */
export function namesOf(node: VerdictNode): string[] {
  const below = (node.children ?? []).flatMap(namesOf);
  return below.length === 0 && node.effect === 'hold' ? [node.rule] : below;
}
