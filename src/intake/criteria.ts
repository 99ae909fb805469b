import { CheckId } from '../domain/ids.js';
import type { Criterion } from '../domain/ticket.js';
import { untrusted } from '../domain/text.js';
import { fenceMark, lineShape } from './markdown-lines.js';

/**
 * The acceptance criteria inside a cleaned body: every item of a list under a heading «Acceptance criteria» (up to the
 * next heading), and every item of a task list anywhere (`- [ ] …`). Items go on over indented lines. Code is left out.
 */
export function criteriaIn(body: string): string[] {
  const found: string[] = [];
  let underHeading = false;
  let open = false;
  let fence: string | undefined;
  for (const line of body.split('\n')) {
    const shape = lineShape(line, 0);
    const content = line.slice(shape.contentAt);
    const mark = fenceMark(line, shape.contentAt, shape.end);
    if (mark !== undefined && (fence === undefined || content.startsWith(fence))) {
      fence = fence === undefined ? mark.char.repeat(mark.length) : undefined;
      open = false;
      continue;
    }
    if (fence !== undefined || shape.quotes > 0) continue;
    const heading = headingText(content, shape.lists);
    if (heading !== undefined) {
      underHeading = /^acceptance criteria:?$/i.test(heading);
      open = false;
    } else if (shape.lists > 0) {
      const task = /^\[[ xX]\] /.test(content);
      open = task || underHeading;
      if (open) found.push((task ? content.slice(4) : content).trim());
    } else if (shape.blank) open = false;
    else if (open && shape.indent >= 2) found.push(`${found.pop() ?? ''} ${content.trim()}`);
    else open = false;
  }
  return found.filter((text) => text !== '');
}

/** `## Text ##`, `**Text**` alone on its line, or `Text:` when it is the phrase itself. */
function headingText(content: string, lists: number): string | undefined {
  if (lists > 0) return undefined;
  const text = content.trim();
  if (/^#{1,6} /.test(text)) return text.replace(/^#+ */, '').replace(/[ #]+$/, '');
  if (text.startsWith('**') && text.endsWith('**') && text.length > 4) return text.slice(2, -2).trim();
  return /^acceptance criteria:?$/i.test(text) ? text : undefined;
}

const CHECK_SUFFIX = '(check: ';

/** `rounds half up (check: unit)` names the check that proves it. A name that no check may have stays text. */
export function criterionOf(text: string, number: number): Criterion {
  const id = `criterion-${number}`;
  const at = text.endsWith(')') ? text.lastIndexOf(CHECK_SUFFIX) : -1;
  const check = at > 0 ? CheckId.safeParse(text.slice(at + CHECK_SUFFIX.length, -1).trim()) : undefined;
  if (check?.success !== true) return { id, text: untrusted(text) };
  return { id, text: untrusted(text.slice(0, at).trim()), check: check.data };
}
