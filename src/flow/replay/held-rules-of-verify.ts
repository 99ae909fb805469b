import { namesOf } from '../held-rules.js';
import type { RunState } from '../state.js';

/** Rules that only the jobs which run checks can judge. */
const RUN_RULES: ReadonlySet<string> = new Set(['test-replay/old-test-fails', 'test-replay/proves-nothing', 'test-replay/not-run', 'test-tampering/fewer-tests']);

/** What the verify job says of them to the job that delivers: names with commas between, or `none`. */
export function heldByVerify(state: RunState): string {
  const names = state.kind === 'judged' ? namesOf(state.verdict.tree).filter((name) => RUN_RULES.has(name)) : [];
  return names.length === 0 ? 'none' : [...new Set(names)].join(',');
}

/** The output of another job: anything but what is written above is not known, and what is not known holds. */
export function readHeld(text: string | undefined): readonly string[] | undefined {
  if (text === 'none') return [];
  const names = (text ?? '').split(',');
  return names.every((name) => RUN_RULES.has(name)) ? [...new Set(names)] : undefined;
}
