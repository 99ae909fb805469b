import type { Surroundings } from '../compare/surroundings.js';
import type { TamperFinding } from '../findings.js';
import type { TamperFile } from '../tamper-file.js';

/** Files that hold what tests compare with: written by a tool, or kept beside the tests by custom. */
const SNAPSHOT = /(?:^|\/)(?:__snapshots__|__image_snapshots__|snapshots?|goldens?|golden[-_]?(?:files|master)?|approved|approvals|cassettes|baselines?)\/|\.snap(?:\.\w+)?$|\.snapshot$|\.ambr$|\.golden(?:\.\w+)?$|\.(?:approved|verified|expected|received)\.\w+$|\.expected$|(?:^|\/)(?:testdata|test-data|test_data|fixtures|__fixtures__|resources|expected|outputs?)\/(?:.*\/)?[^/]*(?:expected|golden|snapshot|approved|baseline|want|output)[^/]*$|(?:^|\/)(?:tests?|spec|testdata|__tests__|fixtures)\/(?:.*\/)?expected\//i;

export const isSnapshot = (path: string): boolean => SNAPSHOT.test(path) && !/\.(?:[cm]?[jt]sx?|py|rb|go|rs|java|kt|cs|php)$/i.test(path);

/** Expected output that was rewritten or taken away. New output for new tests is no loss. */
export function rewrittenSnapshots(files: readonly TamperFile[], around: Surroundings, goneTests: boolean): readonly TamperFinding[] {
  const snapshots = files.filter((file) => isSnapshot(file.path));
  const later = new Set(snapshots.flatMap((file) => [...entriesOf(file.candidate?.text ?? '').values()]));
  return snapshots.flatMap((file): readonly TamperFinding[] => {
    if (file.base === undefined) return [];
    if (file.candidate === undefined) {
      const kept = [...entriesOf(file.base.text).values()].every((text) => later.has(text));
      return kept || goneTests ? [] : [{ rule: 'rewritten-snapshot', path: file.path, line: 1, words: 'expected output that tests compare with is gone', before: file.base.text.slice(0, 160) }];
    }
    const after = entriesOf(file.candidate.text);
    const lost = [...entriesOf(file.base.text)].filter(([name, text]) => after.get(name) !== text && !later.has(text) && (after.has(name) || !goneTests));
    const [first] = lost;
    if (first === undefined) return [];
    const now = after.get(first[0]) ?? '';
    const [before, came] = differing(first[1], now);
    const explained = around.explainsFile(file.path, first[1], now);
    return [{ rule: explained ? 'updated-snapshot' : 'rewritten-snapshot', path: file.path, line: lineOf(file.candidate.text, now), words: `${lost.length === 1 ? 'expected output was' : `${lost.length} expected outputs were`} rewritten`, before, after: came }];
  });
}

/** Jest, insta and syrupy keep several results in a file; anything else is one. Without the head that only tells versions. */
function entriesOf(text: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const jest = /^exports\[`((?:[^`\\]|\\.){0,2000})`\] = `/gm;
  const heads = [...text.matchAll(jest)];
  for (const [at, head] of heads.entries()) found.set((head[1] ?? '').replace(/ \d+$/, (number) => number), plain(text.slice(head.index + head[0].length, heads[at + 1]?.index)));
  if (found.size > 0) return found;
  const syrupy = [...text.matchAll(/^# name: (.{0,500})$/gm)];
  for (const [at, head] of syrupy.entries()) found.set(head[1] ?? '', plain(text.slice(head.index + head[0].length, syrupy[at + 1]?.index)));
  if (found.size > 0) return found;
  if (text.trim() === '') return found;
  return new Map([['', plain(/^---\n(?:[a-z_]+: .*\n)+---\n/.test(text) ? text.replace(/^---\n(?:[a-z_]+: .*\n)+---\n/, '') : text)]]);
}

const plain = (text: string): string => text.replace(/\r\n/g, '\n').replace(/\s+/g, ' ').trim();

function differing(before: string, after: string): readonly [string, string] {
  let at = 0;
  while (at < before.length && before[at] === after[at]) at += 1;
  const from = Math.max(0, at - 20);
  return [before.slice(from, from + 160), after.slice(from, from + 160)];
}

function lineOf(text: string, entry: string): number {
  const head = entry.split(' ').slice(0, 3).join(' ');
  const at = head === '' ? -1 : text.indexOf(head);
  return at < 0 ? 1 : text.slice(0, at).split('\n').length;
}
