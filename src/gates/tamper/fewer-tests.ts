import type { ExecutedTests } from '../gate-facts.js';
import type { TamperFinding } from './findings.js';
import type { TamperFile } from './tamper-file.js';

/**
 * The count of tests that ran may not fall without a reason. The reason that counts: the change itself takes that many tests
 * out of files that were read, and each of them was judged on its own (moved, merged into a table, gone with its code).
 */
export function fewerTests(executed: readonly ExecutedTests[], files: readonly TamperFile[], found: readonly TamperFinding[]): readonly TamperFinding[] {
  if (executed.every(({ before, after }) => after >= before)) return [];
  const fewer = files.reduce((sum, file) => sum + count(file, 'base') - count(file, 'candidate'), 0) + found.filter((one) => one.rule === 'skipped-test' || one.rule === 'removed-case').length;
  return executed.filter(({ before, after }) => after < before).map(({ check, before, after }) => {
    const explained = before - after <= fewer;
    return { rule: explained ? 'fewer-tests-explained' : 'fewer-tests', path: check, line: 1, words: `the check ${check} ran ${after} tests; on the base it ran ${before}${explained ? ' (the change takes out that many)' : ', and the change does not show why'}` };
  });
}

/** Rows of a table are tests of their own to most runners. */
function count(file: TamperFile, side: 'base' | 'candidate'): number {
  return (file[side]?.inventory?.tests ?? []).reduce((sum, test) => sum + Math.max(1, test.rows.length), 0);
}
