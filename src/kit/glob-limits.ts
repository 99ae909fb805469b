/** More wildcards than this in one pattern could make matching slow on a hostile path. */
const WILDCARDS_MAX = 12;
const PATTERN_CHARS_MAX = 500;

/** Why a glob is not used, in words; undefined when it is within the bounds. Costs no library. */
export function tooComplex(pattern: string): string | undefined {
  if (pattern.length <= PATTERN_CHARS_MAX && (pattern.match(/[*?[{]/g) ?? []).length <= WILDCARDS_MAX) return undefined;
  return `the pattern '${pattern.slice(0, 80)}' has more than ${WILDCARDS_MAX} wildcards or ${PATTERN_CHARS_MAX} characters; split it`;
}
