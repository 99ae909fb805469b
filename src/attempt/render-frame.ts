/**
 * Text from outside inside a prompt. Each piece stands between two lines that carry the run's random mark. Who wrote the
 * text could not know the mark; should it stand in the text all the same (an earlier prompt was pasted, or it was
 * guessed), it is broken, so that no line inside can pass for the end of the frame.
 */
export function frame(kind: string, text: string, mark: string): string {
  return `----- begin ${kind} ${mark} -----\n${breakMark(text, mark)}\n----- end ${kind} ${mark} -----`;
}

/**
 * The text with every occurrence of the mark broken by a hyphen, in either case of letters: a model does not read as
 * exactly as a parser does. Breaking one may let two halves of neighbours meet as a new one, hence the loop; each round
 * cuts every run of digits that is still long enough, so it ends.
 */
export function breakMark(text: string, mark: string): string {
  const pattern = new RegExp(mark, 'gi');
  const half = Math.floor(mark.length / 2);
  let broken = text;
  while (broken.search(pattern) !== -1) {
    broken = broken.replace(pattern, (found) => `${found.slice(0, half)}-${found.slice(half)}`);
  }
  return broken;
}

/** Text for one line: controls and line ends become spaces, the length is capped (in UTF-16 units) and the cut is shown. */
export function oneLine(text: string, max = 300): string {
  const flat = text.slice(0, max + 1).replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim();
  return flat.length > max || text.length > max ? `${flat.slice(0, max).replace(/[\uD800-\uDBFF]$/, '')} […]` : flat;
}

/** The beginning of a text of several lines, with the number of characters that were left out. */
export function clip(text: string, max: number): string {
  if (text.length <= max) return text;
  const kept = text.slice(0, max).replace(/[\uD800-\uDBFF]$/, '');
  return `${kept}\n[… ${text.length - kept.length} more characters left out]`;
}
