import type { Change } from '../domain/change.js';
import type { Fault } from '../domain/fault.js';
import type { OpenChanges } from '../domain/open-change.js';
import { ok, type Result } from '../kit/result.js';
import type { ForgeReader } from '../ports/forge.js';

/** What is open on the forge: one set of calls feeds the caps, the overlap and the rule of one change for each ticket. */
export interface OpenWork {
  readonly heddle: readonly Change[];
  /** `undefined` where the forge cannot list everybody's changes. */
  readonly all: OpenChanges | undefined;
}

/** A forge that fails to list everything is asked for our own changes alone: without those nothing can be admitted. */
export async function openWork(reader: Pick<ForgeReader, 'openChanges' | 'openHeddleChanges'>, signal?: AbortSignal): Promise<Result<OpenWork, Fault>> {
  const all = await reader.openChanges?.(signal);
  if (all?.ok === true && !all.value.cut) return ok({ heddle: ownOf(all.value), all: all.value });
  const heddle = await reader.openHeddleChanges(signal);
  return heddle.ok ? ok({ heddle: heddle.value, all: all?.ok === true ? all.value : undefined }) : heddle;
}

function ownOf({ changes }: OpenChanges): Change[] {
  return changes.filter((change) => change.ours).map(({ number, url, branch, base, head, draft }) => ({ number, url, branch, base, head, draft, state: 'open' }));
}
