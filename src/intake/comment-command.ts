import { cleanMarkdown } from './clean-markdown.js';
import { fenceMark, lineShape } from './markdown-lines.js';
import { RemovalLog } from './removal-log.js';

const COMMAND = '/heddle run';
const COMMENT_CHARS_MAX = 65_536;

/**
 * True when a comment says `/heddle run` on a line of its own, as something a reader sees the author say: not hidden, not
 * in a quote (nor on a line that lazily goes on from one), not in a list, not in code, not inside raw HTML.
 */
export function hasRunCommand(body: string): boolean {
  if (!body.includes(COMMAND)) return false;
  const seen = cleanMarkdown(body.slice(0, COMMENT_CHARS_MAX), { where: 'body', log: new RemovalLog(), meter: { steps: 0 } });
  let fence: { readonly char: string; readonly length: number } | undefined;
  let doubtful = false;
  for (const line of seen.split('\n')) {
    const shape = lineShape(line, 0);
    const mark = fenceMark(line, shape.contentAt, shape.end);
    if (mark !== undefined) {
      if (fence === undefined) fence = mark;
      else if (mark.char === fence.char && mark.length >= fence.length) fence = undefined;
      continue;
    }
    if (fence !== undefined) continue;
    if (shape.blank) doubtful = false;
    else if (shape.quotes > 0 || shape.lists > 0 || line[shape.contentAt] === '<' || hasOddTicks(line)) doubtful = true;
    else if (!doubtful && shape.indent < 4 && line.trim() === COMMAND) return true;
  }
  return false;
}

/** Inline code may go over lines; a line that leaves one open makes the rest of its paragraph doubtful. */
function hasOddTicks(line: string): boolean {
  return (line.split('`').length - 1) % 2 === 1;
}
