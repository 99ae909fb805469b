import type { TestCase } from '../inventory/test-inventory.js';

/** What the rest of the change says about a test: whether the code it speaks of was changed or taken away. */
export interface Surroundings {
  /** The code that the test names was changed in the same change, or it now gives the new value. */
  explains(test: TestCase, before: string, after: string): boolean;
  /** The same for a file with expected output. */
  explainsFile(path: string, before: string, after: string): boolean;
  /** What the test was about is gone from the code. */
  deletedWithCode(test: TestCase): boolean;
}
