import { harnessTricks } from './code/harness.js';
import { hardCoded } from './code/hard-coded.js';
import { mockedSubjects } from './code/mocked.js';
import { surroundingsOf } from './code/production.js';
import { rewrittenSnapshots } from './code/snapshots.js';
import { suppressions } from './code/suppressions.js';
import { testEnvironment } from './code/environment.js';
import { compareTests } from './compare/compare-tests.js';
import type { TamperFinding } from './findings.js';
import type { TestInventory } from './inventory/test-inventory.js';
import { loosenedSetup } from './setup/setup-rules.js';
import type { TamperFile } from './tamper-file.js';

/** Everything that the guard has to say about one change. Pure: the files were read and parsed before. */
export function findTampering(files: readonly TamperFile[]): readonly TamperFinding[] {
  const around = surroundingsOf(files);
  const inventories = (side: 'base' | 'candidate'): readonly TestInventory[] => files.flatMap((file) => file[side]?.inventory ?? []);
  const tests = compareTests(inventories('base'), inventories('candidate'), around);
  const moved = files.some((file) => file.test && file.candidate === undefined) && files.some((file) => file.test && file.base === undefined);
  const goneTests = tests.some((one) => one.rule === 'deleted-test' || one.rule === 'deleted-with-code') || moved;
  return [
    ...tests, ...rewrittenSnapshots(files, around, goneTests), ...suppressions(files), ...testEnvironment(files), ...hardCoded(files), ...harnessTricks(files),
    ...mockedSubjects(files), ...loosenedSetup(files, moved),
  ];
}
