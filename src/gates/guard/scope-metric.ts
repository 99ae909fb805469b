import type { FileChange } from '../../domain/candidate.js';
import { isLockFileName } from '../../domain/lock-file.js';
import type { VerdictNode } from '../../domain/verdict.js';
import { effectOf, type Gate } from '../gate-facts.js';

const SHOWN_MAX = 50;

/**
 * How much of the change is near the files that the brief expected: the same file, a neighbour in its folder or below, or a file of
 * the same stem (a test and what it tests). A measure for every change; it asks a person when a larger change strays, by its files or,
 * when they are few, by its lines.
 */
export const scopeMetric: Gate = ({ candidate, config, likely }): VerdictNode => {
  if (likely === undefined || likely.length === 0) return { rule: 'scope-metric', effect: 'allow', words: 'the brief expected no particular files' };
  const { outside, related_min: least, from_files: from, from_lines: fromLines } = config.gates.scope;
  const near = nearness(likely);
  const strays = candidate.files.filter((file) => !near(file.path));
  const all = candidate.files.length;
  const share = all === 0 ? 1 : (all - strays.length) / all;
  const [lines, strayLines] = [linesOf(candidate.files), linesOf(strays)];
  const values = { related: `${Math.round(share * 100)} %`, files: all, strays: strays.map((file) => file.path).slice(0, SHOWN_MAX), lines, stray_lines: strayLines };
  if (strays.length === 0) return { rule: 'scope-metric', effect: 'allow', words: 'every changed file is near the files that the brief expected', values };
  const many = all >= from && share < least;
  const large = strayLines >= fromLines && lines - strayLines < lines * least;
  const words = `${strays.length} of ${all} changed files are not near the files that the brief expected${large ? `, with ${strayLines} of ${lines} changed lines` : ''}`;
  return { rule: 'scope-metric', effect: many || large ? effectOf(outside) : 'allow', words, values };
};

/** Nobody writes lock files, so their lines say nothing about what the change is for. */
function linesOf(files: readonly FileChange[]): number {
  return files.filter((file) => !isLockFileName((file.path.split('/').at(-1) ?? '').toLowerCase())).reduce((sum, file) => sum + file.additions + file.deletions, 0);
}

function nearness(likely: readonly string[]): (path: string) => boolean {
  const folders = new Set(likely.map(folderOf));
  // What lies below a folder like `src` is the whole project: there only neighbours are near.
  const deep = new Set([...folders].filter((folder) => folder.includes('/')));
  const stems = new Set(likely.map(stemOf).filter((stem) => !GENERIC.test(stem)));
  const files = new Set(likely);
  return (path) => files.has(path) || stems.has(stemOf(path)) || (folderOf(path) !== '' && folders.has(folderOf(path))) || ancestors(path).some((folder) => deep.has(folder)) || (folderOf(path) === '' && DOCUMENT.test(path));
}

/** Names that every second folder has: an equal one says nothing. */
const GENERIC = /^(?:index|main|mod|lib|init|__init__|app|utils?|helpers?|common|types?|constants?|config|settings|setup|conftest|models?|views?|routes?|styles?|readme|package|makefile|dockerfile)?$/;
/** What people keep beside a change of anything. */
const DOCUMENT = /^(?:CHANGELOG|CHANGES|HISTORY|NEWS|README)(?:\.\w{1,10})?$/i;

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
