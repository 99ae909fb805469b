/**
 * Breaks up what a runner or a terminal obeys in a line of a log (`::name::`, `##[name]`, `##vso[`, section markers), so that
 * it can still be read. For text whose invisible characters are gone: taking those out later would put markers together.
 */
export function breakMarkers(line: string): string {
  return line.replace(COLONS, ': ').replace(HASHES, '# ').replace(SECTIONS, '$1 :');
}

/**
 * Characters beyond ASCII do not count between those of a marker: a tool on the way may drop them. Each pattern looks over
 * the run behind its first character only, so all of them are linear.
 */
const GAP = '[^\\x20-\\x7e]*';
const spaced = (word: string): string => [...word].join(GAP);
const COLONS = new RegExp(`:(?=${GAP}:)`, 'g');
const HASHES = new RegExp(`#(?=${GAP}#${GAP}(?:\\[|${spaced('vso')}${GAP}\\[))`, 'gi');
const SECTIONS = new RegExp(`(${spaced('section_')}${GAP}(?:${spaced('start')}|${spaced('end')})${GAP}):`, 'gi');
