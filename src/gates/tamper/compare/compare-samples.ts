import type { TamperFinding } from '../findings.js';
import type { TestCase, TestInventory } from '../inventory/test-inventory.js';
import { textOf } from '../syntax/syntax-node.js';
import type { TestPair } from './match-tests.js';

/** How often a property is tried, in the words of hypothesis, fast-check, proptest, jqwik, FsCheck, Kotest, ScalaCheck's kin and gopter. */
const SAMPLES = /\b(?:max_examples|numRuns|num_runs|with_cases|tries|MaxTest|maxTests|MinSuccessfulTests|minSuccessfulTests|minSuccess|quickcheck_tests|ProptestConfig\s*\{\s*cases|PropTestConfig\s*\(\s*iterations)\s*(?:=>|[=:(])\s*(\d[\d_]*)/g;
/** A number that nobody gives to a property that should find anything. */
const HARDLY = 10;

/** Properties that are tried with fewer examples than before. */
export function compareSamples(pairs: readonly TestPair[], base: readonly TestInventory[], candidate: readonly TestInventory[]): readonly TamperFinding[] {
  const found = pairs.flatMap((pair): readonly TamperFinding[] => {
    const lowered = fewer(samplesIn(regionOf(pair.base)), samplesIn(regionOf(pair.candidate)), HARDLY);
    return lowered === undefined ? [] : [{ rule: 'lowered-threshold', path: pair.candidate.path, line: pair.candidate.line, words: `«${pair.candidate.own}»: a property is tried with fewer examples`, before: lowered.before, after: lowered.after }];
  });
  if (found.length > 0) return found;
  return candidate.flatMap((one): readonly TamperFinding[] => {
    const before = base.find((other) => other.path === one.path);
    const lowered = before === undefined || before === one ? undefined : fewer(samplesIn(before.tree.text), samplesIn(one.tree.text), 0);
    return lowered === undefined ? [] : [{ rule: 'lowered-threshold', path: one.path, line: 1, words: 'properties are tried with fewer examples', before: lowered.before, after: lowered.after }];
  });
}

/** A distance that a comparing function of a test file allows: `Math.abs(a - b) < 1e-9`. */
const NEAR = /(?:\b[fF]?[aA]bs\s?\([^()\n]{0,80}\)|\.abs\(\))\s?<=?\s?(\d[\d._]{0,20}(?:[eE][-+]?\d{1,3})?)/g;

/** The same for functions beside the tests: what they take for equal. */
export function compareNearness(base: readonly TestInventory[], candidate: readonly TestInventory[]): readonly TamperFinding[] {
  const nearIn = (text: string): readonly number[] => [...text.matchAll(NEAR)].map((match) => Number((match[1] ?? '').replace(/_/g, '')));
  return candidate.flatMap((one): readonly TamperFinding[] => {
    const before = base.find((other) => other.path === one.path);
    if (before === undefined || before === one || before.frame === one.frame) return [];
    const [old, now] = [nearIn(before.frame), nearIn(one.frame)];
    const [gone, fresh] = [old.filter((value) => !now.includes(value)), now.filter((value) => !old.includes(value))];
    const most = Math.max(...fresh);
    if (gone.length === 0 || fresh.length === 0 || most <= Math.max(...gone)) return [];
    return [{ rule: 'weakened-assertion', path: one.path, line: 1, words: 'a function of the tests takes values for equal that are further apart', before: String(Math.max(...gone)), after: String(most) }];
  });
}

const regionOf = ({ tree, node }: TestCase): string => textOf(tree, node.parent?.type === 'decorated_definition' ? node.parent : node);
const samplesIn = (text: string): readonly number[] => [...text.matchAll(SAMPLES)].map((match) => Number((match[1] ?? '').replace(/_/g, '')));

function fewer(base: readonly number[], candidate: readonly number[], hardly: number): { readonly before: string; readonly after: string } | undefined {
  const gone = base.filter((one) => !candidate.includes(one));
  const least = Math.min(...candidate.filter((one) => !base.includes(one)));
  if (!Number.isFinite(least)) return undefined;
  if (gone.length === 0) return base.length === 0 && least <= hardly ? { before: '', after: String(least) } : undefined;
  return least < Math.min(...gone) ? { before: String(Math.min(...gone)), after: String(least) } : undefined;
}
