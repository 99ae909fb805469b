import type { Grant } from '../domain/grant.js';
import type { VerdictNode } from '../domain/verdict.js';

/**
 * A grant lifts the hold of the rule that it names, at any depth of the tree: `test-tampering` or `test-tampering/skipped`. Denials
 * and errors are never lifted. The node goes on speaking, and says who lifted it, why and until when.
 */
export function liftedNode(node: VerdictNode, grants: readonly Grant[]): VerdictNode {
  if (node.effect !== 'hold') return node;
  const grant = grants.find((one) => one.rule === node.rule);
  if (grant !== undefined) return { ...node, effect: 'allow', words: `${node.words}; lifted by ${grant.by.login}`, values: { ...node.values, liftedBy: `${grant.by.login} (${grant.by.id})`, reason: grant.reason, until: grant.expiresAt } };
  if (node.children === undefined) return node;
  const children = node.children.map((child) => liftedNode(child, grants));
  // A parent holds because children hold: when none does any more, neither does it.
  const held = node.children.some((child) => child.effect === 'hold');
  const still = children.some((child) => child.effect !== 'allow');
  return held && !still ? { ...node, effect: 'allow', children } : { ...node, children };
}
