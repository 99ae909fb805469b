import type { Grant } from './grant.js';
import type { VerdictNode } from './verdict.js';

/**
 * A grant lifts the hold of the rule that it names, at any depth of the tree: `budget` or `budget:pilot`, `test-tampering` or `test-tampering/skipped-test`. Denials
 * and errors are never lifted. The node goes on speaking, and says who lifted it, why and until when.
 */
export function liftedNode(node: VerdictNode, grants: readonly Grant[]): VerdictNode {
  if (node.effect !== 'hold') return node;
  const grant = grants.find((one) => one.rule === node.rule);
  const by = grant === undefined ? '' : `${grant.by.login} (${grant.by.id})`;
  if (grant !== undefined) return { ...node, effect: 'allow', words: `${node.words}; lifted by ${by}`, values: { ...node.values, liftedBy: by, reason: grant.reason, until: grant.expiresAt } };
  if (node.children === undefined) return node;
  const children = node.children.map((child) => liftedNode(child, grants));
  // A parent holds because children hold: when none does any more, neither does it.
  const held = node.children.some((child) => child.effect === 'hold');
  const still = children.some((child) => child.effect !== 'allow');
  return held && !still ? { ...node, effect: 'allow', children } : { ...node, children };
}
