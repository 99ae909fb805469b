import type { Gate } from '../gate-facts.js';
import { licence } from './licence.js';
import { dependencyNames } from './dependency-names.js';
import { lockSources } from './lock-sources.js';
import { lookAlikes } from './look-alikes.js';
import { notableCalls } from './notable-calls.js';
import { outOfView } from './out-of-view.js';
import { reviewerOrders } from './reviewer-orders.js';
import { scopeMetric } from './scope-metric.js';
import { secrets } from './secrets.js';
import { undoneFixes } from './undone-fixes.js';
import { buildFiles, executables, generated, lockfileOnly, migrations, vendored } from './sensitive.js';

/** What a change brings in besides its purpose, in the order a reader wants it. */
export const GUARD_GATES: readonly Gate[] = [
  secrets, ...[lookAlikes, outOfView, lockfileOnly, lockSources, dependencyNames, buildFiles, migrations, executables, vendored, scopeMetric, licence, generated, notableCalls, undoneFixes, reviewerOrders].map(liftable),
];

/** A rule of the team's policy may lift these holds for changes that it describes. Not those of secrets: they are never a matter of the kind of change. */
function liftable(gate: Gate): Gate {
  return async (input) => {
    const node = await gate(input);
    return node.effect === 'hold' ? { ...node, liftable: true } : node;
  };
}
