import picomatch from 'picomatch';
import type { CheckDefinition } from '../domain/check.js';
import type { StaleCheck } from '../domain/freshness.js';
import type { CheckId } from '../domain/ids.js';
import { changesDependencies } from './carry-dependencies.js';

/**
 * Which results stand no more after files of the base branch moved. A check reads its `inputs`; without them the paths it
 * runs for, and without those all below its folder. What decides which packages are installed is read by every check, and
 * a check reads what those it needs have made. Pure; checks that never ran have no result to lose.
 */
export function staleChecks(input: { readonly checks: readonly CheckDefinition[]; readonly ran: ReadonlySet<CheckId>; readonly movedFor: (check: CheckId) => readonly string[] }): StaleCheck[] {
  const stale = new Map<CheckId, readonly string[]>();
  for (const check of input.checks) {
    const moved = input.movedFor(check.id);
    const because = moved.filter((path) => reads(check)(path) || changesDependencies([path]));
    if (because.length > 0) stale.set(check.id, because);
  }
  // Through needs of needs; a graph has at most as many levels as checks.
  for (let more = true; more;) {
    more = false;
    for (const check of input.checks) {
      const because = stale.has(check.id) ? undefined : check.needs.map((need) => stale.get(need)).find((paths) => paths !== undefined);
      if (because === undefined) continue;
      stale.set(check.id, because);
      more = true;
    }
  }
  return input.checks.filter((check) => check.role === 'check' && input.ran.has(check.id)).flatMap((check) => {
    const because = stale.get(check.id);
    return because === undefined ? [] : [{ check: check.id, because: because.slice(0, BECAUSE_MAX) }];
  });
}

/** The checks that must run for the stale ones to mean something: they, and what they need, in the graph's order. */
export function withNeeds(checks: readonly CheckDefinition[], wanted: readonly CheckId[]): readonly CheckDefinition[] {
  const needed = new Set(wanted);
  for (let size = -1; size !== needed.size;) {
    size = needed.size;
    for (const check of checks) if (needed.has(check.id)) for (const need of check.needs) needed.add(need);
  }
  return checks.filter((check) => needed.has(check.id) || check.role === 'setup');
}

const BECAUSE_MAX = 10;

function reads(check: CheckDefinition): (path: string) => boolean {
  const globs = check.inputs ?? (check.paths.length > 0 ? check.paths : undefined);
  if (globs !== undefined) return globs.length === 0 ? () => false : picomatch([...globs], { dot: true, noextglob: true, nonegate: true });
  return (path) => check.workdir === '' || path.startsWith(`${check.workdir}/`);
}
