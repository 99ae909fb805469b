/**
 * A matcher for words with `*` for any characters (`area/*`, `claude-*`), without regard to case when asked. Linear in the length
 * of the word for each star, and no expression is ever built from what users write.
 */
export function wordMatcher(patterns: readonly string[], options: { readonly nocase: boolean }): (word: string) => boolean {
  const fold = (text: string): string => (options.nocase ? text.toLowerCase() : text);
  const compiled = patterns.map((pattern) => fold(pattern).split('*'));
  return (word) => compiled.some((pieces) => fits(pieces, fold(word)));
}

/** Each piece as far left as it goes, the last one at the end: no other placing could fit where this one does not. */
function fits(pieces: readonly string[], word: string): boolean {
  const [first = '', ...rest] = pieces;
  const last = rest.pop();
  if (last === undefined) return word === first;
  if (!word.startsWith(first)) return false;
  let at = first.length;
  for (const piece of rest) {
    const found = word.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return word.length - last.length >= at && word.endsWith(last);
}
