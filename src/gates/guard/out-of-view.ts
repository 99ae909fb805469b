import type { VerdictNode } from '../../domain/verdict.js';
import { effectOf, placesNode, readablePaths, type AddedLine, type Gate } from '../gate-facts.js';

/** Columns of white space inside of a line after which no screen shows what follows. Deep indentation stays below. */
const BLANK_RUN = 120;
/** Empty lines in a row that push what follows off the page. */
const EMPTY_LINES = 40;

/** Code that stands where a reviewer does not look: far to the right behind blanks, or far below behind empty lines. */
export const outOfView: Gate = ({ candidate, config, addedLines }): VerdictNode => placesNode({
  rule: 'out-of-view', effect: effectOf(config.gates.out_of_view),
  places: readablePaths(candidate).flatMap((path) => pushedAway(addedLines?.(path) ?? []).map((line) => `${path}:${line}`)),
  none: 'no added line is pushed out of view', some: 'these lines stand behind so much white space that a reviewer does not see them',
});

function pushedAway(lines: readonly AddedLine[]): readonly number[] {
  const found: number[] = [];
  let empty = 0;
  let before = -1;
  for (const { line, text } of lines) {
    if (line !== before + 1) empty = 0;
    before = line;
    if (text.trim() === '') {
      empty += 1;
      continue;
    }
    if (empty >= EMPTY_LINES || hasBlankRun(text)) found.push(line);
    empty = 0;
  }
  return found;
}

/** Tabs count as the four columns that most pages give them. White space of any kind counts: some of it is as wide. */
function hasBlankRun(text: string): boolean {
  let columns = 0;
  for (const character of text) {
    if (character === '\t') columns += 4;
    else if (/\s/u.test(character)) columns += 1;
    else if (columns >= BLANK_RUN) return true;
    else columns = 0;
  }
  return false;
}
