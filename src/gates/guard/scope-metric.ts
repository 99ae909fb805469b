import type { VerdictNode } from '../../domain/verdict.js';
import { effectOf, type Gate } from '../gate-facts.js';

const SHOWN_MAX = 50;

/**
 * How much of the change is near the files that the brief expected: the same file, a neighbour in its folder or below, or a file of
 * the same stem (a test and what it tests). A measure for every change; it asks a person when a larger change strays.
 */
export const scopeMetric: Gate = ({ candidate, config, likely }): VerdictNode => {
  if (likely === undefined || likely.length === 0) return { rule: 'scope-metric', effect: 'allow', words: 'the brief expected no particular files' };
  const { outside, related_min: least, from_files: from } = config.gates.scope;
  const near = nearness(likely);
  const strays = candidate.files.map((file) => file.path).filter((path) => !near(path));
  const all = candidate.files.length;
  const share = all === 0 ? 1 : (all - strays.length) / all;
  const values = { related: `${Math.round(share * 100)} %`, files: all, strays: strays.slice(0, SHOWN_MAX) };
  if (strays.length === 0) return { rule: 'scope-metric', effect: 'allow', words: 'every changed file is near the files that the brief expected', values };
  const words = `${strays.length} of ${all} changed files are not near the files that the brief expected`;
  return { rule: 'scope-metric', effect: all >= from && share < least ? effectOf(outside) : 'allow', words, values };
};

function nearness(likely: readonly string[]): (path: string) => boolean {
  const folders = new Set(likely.map(folderOf).filter((folder) => folder !== ''));
  const stems = new Set(likely.map(stemOf));
  const files = new Set(likely);
  return (path) => files.has(path) || stems.has(stemOf(path)) || ancestors(path).some((folder) => folders.has(folder)) || (folderOf(path) === '' && likely.some((one) => folderOf(one) === ''));
}

function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

function ancestors(path: string): readonly string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
}

/** `cart` for `src/cart.ts`, `test/cart.test.ts`, `tests/test_cart.py` and `CartTest.java`. */
function stemOf(path: string): string {
  const name = (path.split('/').at(-1) ?? '').toLowerCase().split('.')[0] ?? '';
  return name.replace(/^test[_-]?(?=\w)/, '').replace(/[_-]?(?:tests?|spec|stories|snap)$/, '') || name;
}
