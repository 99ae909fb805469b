import picomatch from 'picomatch';
import type { CheckDefinition } from '../domain/check.js';
import type { CheckId } from '../domain/ids.js';

/** How a check stands for those that wait for it. `passed` includes a check that no changed path concerns. */
export type Settled = 'passed' | 'failed' | 'setup-failed';

export interface GraphState { readonly settled: ReadonlyMap<CheckId, Settled>; readonly running: ReadonlySet<CheckId> }

/** What may happen next: `start` in order, and checks that can never start with the reason. */
export interface NextSteps {
  readonly start: readonly CheckDefinition[];
  readonly blocked: readonly { readonly check: CheckDefinition; readonly by: 'need-failed' | 'setup-failed'; readonly need: CheckId }[];
}

/**
 * The checks that may start now. Setup checks come first, then the order of the graph. A check is blocked as soon as
 * one of its needs did not pass, even while others still run. Unknown needs count as failed: a graph that was not
 * validated never runs a check too early.
 */
export function nextSteps(checks: readonly CheckDefinition[], state: GraphState): NextSteps {
  const known = new Set(checks.map((check) => check.id));
  const waiting = checks.filter((check) => !state.settled.has(check.id) && !state.running.has(check.id));
  const start: CheckDefinition[] = [];
  const blocked: { check: CheckDefinition; by: 'need-failed' | 'setup-failed'; need: CheckId }[] = [];
  for (const check of waiting) {
    const bad = check.needs.find((need) => !known.has(need) || isBad(state.settled.get(need)));
    if (bad !== undefined) blocked.push({ check, by: state.settled.get(bad) === 'setup-failed' ? 'setup-failed' : 'need-failed', need: bad });
    else if (check.needs.every((need) => state.settled.get(need) === 'passed')) start.push(check);
  }
  return { start: start.sort((a, b) => rank(a) - rank(b)), blocked };
}

/** One order in which the checks may run (Kahn), setup first where the needs leave the choice. Members of a circle are left out. */
export function topologicalOrder(checks: readonly CheckDefinition[]): readonly CheckDefinition[] {
  const settled = new Map<CheckId, Settled>();
  const order: CheckDefinition[] = [];
  for (let next = nextSteps(checks, { settled, running: new Set() }).start[0]; next !== undefined; next = nextSteps(checks, { settled, running: new Set() }).start[0]) {
    settled.set(next.id, 'passed');
    order.push(next);
  }
  return order;
}

/** Whether a check concerns the changed paths. `undefined` = everything is new (the base commit): all checks run. */
export function concerns(check: Pick<CheckDefinition, 'paths'>, changedPaths: readonly string[] | undefined): boolean {
  if (changedPaths === undefined || check.paths.length === 0) return true;
  const matches = picomatch([...check.paths], { dot: true, noextglob: true, nonegate: true });
  return changedPaths.some((path) => matches(path));
}

function isBad(settled: Settled | undefined): boolean {
  return settled === 'failed' || settled === 'setup-failed';
}

function rank(check: CheckDefinition): number {
  return check.role === 'setup' ? 0 : 1;
}
