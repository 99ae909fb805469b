import type { Issue } from '../../domain/report.js';
import type { TextReader, TextSide } from '../gate-facts.js';
import type { NewCode } from './new-code.js';

const FILES_READ_MAX = 2_000;
/** A line with fewer letters and digits (a bracket) is not told apart by itself: its neighbours must be the same too. */
const TELLING_CHARS = 6;

/**
 * The issues of the candidate that the base does not have. Each issue of the base excuses one of the candidate at most, so
 * a second copy of an old problem is new. They are paired in rounds, the surest first: the tool's own fingerprint in the
 * same file, the very line, the text of the line in the file, the fingerprint anywhere, the text of the line anywhere (code
 * that moved), and the words where there is no line. Files are followed through renames. Pure but for reading texts.
 */
export async function newIssues(input: { readonly base: readonly Issue[]; readonly candidate: readonly Issue[]; readonly code: NewCode; readonly textOf: TextReader | undefined }): Promise<readonly Issue[]> {
  const { code } = input;
  const base = distinct(input.base);
  let open = distinct(input.candidate);
  let left = base;
  const round = (keys: (issue: Issue, side: TextSide) => readonly string[]): void => {
    if (open.length > 0 && left.length > 0) ({ open, left } = paired(open, left, keys));
  };
  const fileOf = (issue: Issue, side: TextSide): string => (issue.file === undefined ? '' : side === 'base' ? issue.file : code.pathBefore(issue.file));
  const lineOf = (issue: Issue, side: TextSide): number | undefined => (issue.file === undefined || issue.line === undefined ? undefined : side === 'base' ? issue.line : code.lineBefore(issue.file, issue.line));
  const same = (issue: Issue, ...more: readonly unknown[]): string => JSON.stringify([issue.tool, issue.rule, ...more]);
  const prints = (issue: Issue, place: string): readonly string[] => issue.prints.map((print) => same(issue, place, print));
  round((issue, side) => prints(issue, fileOf(issue, side)));
  round((issue, side) => (lineOf(issue, side) === undefined ? [] : [same(issue, fileOf(issue, side), lineOf(issue, side), issue.column, stable(issue.message))]));
  round((issue, side) => (lineOf(issue, side) === undefined ? [] : [same(issue, fileOf(issue, side), lineOf(issue, side))]));
  if (open.length > 0 && left.length > 0) {
    const rules = new Set(open.map((issue) => same(issue)));
    const wanted = left.filter((issue) => rules.has(same(issue)));
    const lines = await linesFor([...open.map((issue) => ({ issue, side: 'candidate' as const })), ...wanted.map((issue) => ({ issue, side: 'base' as const }))], input.textOf);
    round((issue, side) => lines(issue, side).slice(0, 1).map((text) => same(issue, fileOf(issue, side), text)));
    round((issue) => prints(issue, ''));
    round((issue, side) => anywhere(lines(issue, side)).map((text) => same(issue, text, stable(issue.message))));
  }
  round((issue, side) => (issue.line === undefined ? [same(issue, fileOf(issue, side), issue.symbol ?? '', stable(issue.message))] : []));
  return open;
}

/** One-to-one pairs of equal keys, in order; what found no partner stays. */
function paired(open: readonly Issue[], left: readonly Issue[], keys: (issue: Issue, side: TextSide) => readonly string[]): { readonly open: readonly Issue[]; readonly left: readonly Issue[] } {
  const byKey = new Map<string, Queue>();
  for (const issue of left) {
    for (const key of keys(issue, 'base')) {
      const queue = byKey.get(key);
      if (queue === undefined) byKey.set(key, { issues: [issue], at: 0 });
      else queue.issues.push(issue);
    }
  }
  const used = new Set<Issue>();
  const rest: Issue[] = [];
  for (const issue of open) {
    const partner = keys(issue, 'candidate').map((key) => next(byKey.get(key), used)).find((found) => found !== undefined);
    if (partner === undefined) rest.push(issue);
    else used.add(partner);
  }
  return { open: rest, left: left.filter((issue) => !used.has(issue)) };
}

interface Queue { readonly issues: Issue[]; at: number }

function next(queue: Queue | undefined, used: ReadonlySet<Issue>): Issue | undefined {
  if (queue === undefined) return undefined;
  for (; queue.at < queue.issues.length; queue.at += 1) {
    const issue = queue.issues[queue.at];
    if (issue !== undefined && !used.has(issue)) return issue;
  }
  return undefined;
}

/** The same result told twice (two runs, two report files) is one. Mild issues go first: an old one excuses the mildest, so that adding an issue never relaxes. */
function distinct(issues: readonly Issue[]): readonly Issue[] {
  const seen = new Map<string, Issue>();
  for (const issue of issues) {
    const key = JSON.stringify([issue.tool, issue.rule, issue.file, issue.line, issue.column, issue.message, issue.suppressed]);
    const known = seen.get(key);
    if (known === undefined || order(issue, known) > 0) seen.set(key, issue);
  }
  return [...seen.entries()].sort(([a, one], [b, two]) => order(one, two) || (a < b ? -1 : a > b ? 1 : 0)).map(([, issue]) => issue);
}

const SEVERITIES = ['low', 'medium', 'high', 'critical'] as const;
const CONCERNS = ['maintainability', 'reliability', 'security'] as const;

function order(a: Issue, b: Issue): number {
  return SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) || CONCERNS.indexOf(a.concern) - CONCERNS.indexOf(b.concern);
}

type Lines = (issue: Issue, side: TextSide) => readonly string[];

/** For an issue: its line, the full line before it and the one after it, without white space at the ends. Empty when there is no such text. */
async function linesFor(wanted: readonly { readonly issue: Issue; readonly side: TextSide }[], textOf: TextReader | undefined): Promise<Lines> {
  const texts = new Map<string, readonly string[]>();
  for (const { issue, side } of wanted) {
    const key = `${side}\0${issue.file ?? ''}`;
    if (textOf === undefined || issue.file === undefined || issue.line === undefined || texts.has(key) || texts.size >= FILES_READ_MAX) continue;
    texts.set(key, ((await textOf(side, issue.file)) ?? '').split('\n').map((line) => line.replace(/\s+/g, ' ').trim()));
  }
  return (issue, side) => {
    const lines = texts.get(`${side}\0${issue.file ?? ''}`) ?? [];
    const at = (issue.line ?? 0) - 1;
    const text = lines[at];
    if (text === undefined || text === '') return [];
    return [text, lines.slice(Math.max(0, at - 20), at).findLast((line) => line !== '') ?? '', lines.slice(at + 1, at + 21).find((line) => line !== '') ?? ''];
  };
}

function anywhere([text, before, after]: readonly string[]): readonly string[] {
  if (text === undefined) return [];
  return (text.match(/[\p{L}\p{N}]/gu) ?? []).length >= TELLING_CHARS ? [text] : [`${before ?? ''}\n${text}`, `${text}\n${after ?? ''}`];
}

/** Numbers in a message (a complexity, a line) may change while the problem stays. */
function stable(message: string): string {
  return message.replace(/\d{1,15}/g, '#').replace(/\s+/g, ' ').trim();
}
