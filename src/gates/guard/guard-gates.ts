import type { Gate } from '../gate-facts.js';
import { licence } from './licence.js';
import { lookAlikes } from './look-alikes.js';
import { notableCalls } from './notable-calls.js';
import { outOfView } from './out-of-view.js';
import { reviewerOrders } from './reviewer-orders.js';
import { scopeMetric } from './scope-metric.js';
import { secrets } from './secrets.js';
import { buildFiles, executables, generated, lockfileOnly, migrations, vendored } from './sensitive.js';

/** What a change brings in besides its purpose, in the order a reader wants it. */
export const GUARD_GATES: readonly Gate[] = [
  secrets, lookAlikes, outOfView, lockfileOnly, buildFiles, migrations, executables, vendored, scopeMetric, licence, generated, notableCalls, reviewerOrders,
];
