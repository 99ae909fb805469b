/**
 * Compares two versions, in the order that the ecosystems share: numbers by value, a pre-release below its release, words
 * by the alphabet, missing parts as zero. A leading `v` or `=`, an epoch of zero and build metadata say nothing. Negative
 * when `a` is older. It is no full reading of any one ecosystem's rules (PEP 440 post-releases, Maven qualifiers `sp`).
 */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [parts(a), parts(b)];
  for (let at = 0; at < Math.max(left.length, right.length); at += 1) {
    const order = comparePart(left[at], right[at]);
    if (order !== 0) return order;
  }
  return 0;
}

type Part = number | string;

function parts(version: string): readonly Part[] {
  const plain = version.trim().slice(0, 200).replace(/^(?:[v=\s]{1,3})/i, '').replace(/^0!/, '').replace(/\+.*$/, '').toLowerCase();
  return (plain.match(/\d{1,15}|[a-z]{1,30}/g) ?? []).map((part): Part => (/^\d/.test(part) ? Number(part) : part)).filter((part) => typeof part === 'number' || !FINAL.has(part));
}

/** Words for the release itself, and words for what comes after it. */
const FINAL = new Set(['final', 'ga', 'release']);
const AFTER = new Set(['post', 'sp']);

function comparePart(a: Part | undefined, b: Part | undefined): number {
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : a > b ? 1 : 0;
  if (typeof a === 'string') return AFTER.has(a) ? 1 : -1;
  if (typeof b === 'string') return AFTER.has(b) ? -1 : 1;
  return (a ?? 0) - (b ?? 0);
}

/** The lowest version that a range asks for: `^1.2.0` and `>=1.2,<2` are 1.2.0. Undefined when it names none. */
export function lowestOf(range: string): string | undefined {
  return /\d[\w.+-]{0,60}/.exec(range)?.[0]?.replace(/\.[x*]$/, '');
}
