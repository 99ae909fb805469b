import { existsSync } from 'node:fs';
import path from 'node:path';
import type { CheckDefinition } from '../domain/check.js';
import { carryPlan } from '../validation/carry-dependencies.js';
import { setupIsServed } from '../validation/served-setup.js';
import type { Context } from './context.js';
import { placesIn } from './places.js';
import type { Work } from './state.js';

export interface Carried { readonly carry: readonly string[]; readonly checks: readonly CheckDefinition[] }

/** Dependency folders are carried over while no lockfile or manifest changed; then the setup that filled them need not run again. */
export async function carryFor(context: Context, work: Work, changedPaths: readonly string[]): Promise<Carried> {
  const { baseFolder } = placesIn(context.settings.scratch);
  const entries = await context.ports.workspace.list(work.order.base.commit);
  const plan = carryPlan(changedPaths, entries.map((entry) => entry.path));
  if (plan.kind === 'install') return { carry: [], checks: work.checks };
  const carry = plan.folders.filter((folder) => existsSync(path.join(baseFolder, folder)));
  const served = new Set(work.checks.filter((check) => setupIsServed(check, carry)).map((check) => check.id));
  const checks = work.checks.filter((check) => !served.has(check.id)).map((check) => ({ ...check, needs: check.needs.filter((need) => !served.has(need)) }));
  return { carry, checks };
}
