import type { TamperFile } from './tamper-file.js';

/** The lines that one side has more often than the other, as text. What only moved within a file is in neither. */
export interface ChangedLines { readonly added: string; readonly removed: string }

const known = new WeakMap<TamperFile, ChangedLines>();

/** Which lines of a file are new and which are gone. Cheap and without positions: it only tells whether a rule can have anything to say. */
export function changedLines(file: TamperFile): ChangedLines {
  const made = known.get(file) ?? difference(file.base?.text, file.candidate?.text);
  known.set(file, made);
  return made;
}

function difference(before: string | undefined, after: string | undefined): ChangedLines {
  if (before === undefined || after === undefined) return { added: after ?? '', removed: before ?? '' };
  const { start, oldEnd, end } = hull(before, after);
  const [gone, come] = [linesOf(before, start, oldEnd), linesOf(after, start, end)];
  const counts = new Map<string, number>();
  for (const line of gone) counts.set(line, (counts.get(line) ?? 0) + 1);
  const added = come.filter((line) => {
    const left = counts.get(line) ?? 0;
    if (left > 0) counts.set(line, left - 1);
    return left === 0;
  });
  const removed = [...counts].flatMap(([line, times]) => Array.from({ length: times }, () => line));
  return { added: added.join('\n'), removed: removed.join('\n') };
}

/** Where the two texts differ, in whole lines: from `start` in both to `oldEnd` in the earlier and `end` in the later one, the line feed of the last line included. */
function hull(before: string, after: string): { readonly start: number; readonly oldEnd: number; readonly end: number } {
  const least = Math.min(before.length, after.length);
  let same = 0;
  while (same < least && before.charCodeAt(same) === after.charCodeAt(same)) same += 1;
  const start = same === 0 ? 0 : before.lastIndexOf('\n', same - 1) + 1;
  let tail = 0;
  while (tail < least - start && before.charCodeAt(before.length - 1 - tail) === after.charCodeAt(after.length - 1 - tail)) tail += 1;
  if (tail === least - start && before.length === after.length) return { start, oldEnd: start, end: start };
  // Back to the end of a line, which both have at the same distance from their ends.
  const feed = tail === 0 ? -1 : after.indexOf('\n', after.length - tail);
  const kept = feed < 0 ? 0 : after.length - feed - 1;
  const whole = tail === least - start && (start === 0 || before.charCodeAt(start - 1) === 10) && after.charCodeAt(after.length - tail - 1) === 10 && before.length < after.length ? tail : kept;
  return { start, oldEnd: before.length - whole, end: after.length - whole };
}

const linesOf = (text: string, from: number, to: number): readonly string[] => (to <= from ? [] : text.slice(from, text.charCodeAt(to - 1) === 10 ? to - 1 : to).split('\n'));

/** The later text from the first to the last changed line, with `around` lines on either side. */
export function changedPart(before: string | undefined, after: string, around: number): string {
  if (before === undefined) return after;
  let { start, end } = hull(before, after);
  for (let more = 0; more < around && start > 0; more += 1) start = after.lastIndexOf('\n', start - 2) + 1;
  for (let more = 0; more < around && end < after.length; more += 1) {
    const feed = after.indexOf('\n', end);
    end = feed < 0 ? after.length : feed + 1;
  }
  return after.slice(start, end);
}

/** Rows of whole lines, from 0, `to` not included. */
export interface LineRun { readonly from: number; readonly to: number }

/**
 * Where lines were put in, when nothing but that happened: the earlier lines all stand in the later text in their order. Undefined when a
 * line is gone or another. Equal lines make several answers possible; any is right.
 */
export function insertedRuns(before: string, after: string): readonly LineRun[] | undefined {
  const { start, oldEnd, end } = hull(before, after);
  const [old, now] = [linesOf(before, start, oldEnd), linesOf(after, start, end)];
  let first = 0;
  for (let at = after.indexOf('\n'); at >= 0 && at < start; at = after.indexOf('\n', at + 1)) first += 1;
  const runs: LineRun[] = [];
  let kept = 0;
  let from = 0;
  for (let at = 0; at <= now.length; at += 1) {
    if (at < now.length && (kept >= old.length || now[at] !== old[kept])) continue;
    if (at > from) runs.push({ from: first + from, to: first + at });
    from = at + 1;
    kept += 1;
  }
  return kept - 1 < old.length ? undefined : runs;
}
