import { fileKinds } from '../../policy/file-kinds.js';
import { isSnapshot } from './code/snapshots.js';
import { languageOf } from './language/language.js';

/** Whether a file is one of the tests by its name: it holds tests, serves them, or is what they compare with. */
export function isTestPath(path: string): boolean {
  return languageOf(path)?.testPaths.test(path) === true || isSnapshot(path) || fileKinds(path).includes('tests');
}
