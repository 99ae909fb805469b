import { untrusted } from '../domain/text.js';
import type { DirectiveBlock } from '../domain/ticket.js';
import { fenceMark, lineShape, type FenceMark } from './markdown-lines.js';

const INFO = 'heddle';
const BLOCKS_MAX = 5;

/**
 * The fenced blocks of a cleaned body whose info string is `heddle`, as a reader sees the author write them: not in a quote, a
 * list, another block or raw HTML, not indented like code. What was hidden is gone from a cleaned body. One that is never
 * closed says so: what its author meant to be part of it cannot be known.
 */
export function directiveBlocksIn(body: string): DirectiveBlock[] {
  const found: DirectiveBlock[] = [];
  let fence: FenceMark | undefined;
  let open: { readonly line: number; readonly texts: string[] } | undefined;
  let raw = false;
  let number = 0;
  for (const line of body.split('\n')) {
    number += 1;
    const shape = lineShape(line, 0);
    const mark = shape.indent < 4 ? fenceMark(line, shape.contentAt, shape.end) : undefined;
    if (fence !== undefined) {
      const closed = mark !== undefined && mark.char === fence.char && mark.length >= fence.length && line.slice(mark.behind).trim() === '' && shape.quotes === 0;
      if (!closed) open?.texts.push(line);
      else {
        if (open !== undefined) found.push(block(open, true));
        fence = open = undefined;
      }
      continue;
    }
    if (mark !== undefined && shape.quotes === 0) {
      fence = mark;
      if (!raw && shape.lists === 0 && line.slice(mark.behind).trim() === INFO) open = { line: number + 1, texts: [] };
    } else if (shape.blank) raw = false;
    else if (line[shape.contentAt] === '<') raw = true;
  }
  if (open !== undefined) found.push(block(open, false));
  return found.slice(0, BLOCKS_MAX);
}

function block(open: { readonly line: number; readonly texts: readonly string[] }, closed: boolean): DirectiveBlock {
  return { text: untrusted(open.texts.join('\n')), line: open.line, closed };
}
