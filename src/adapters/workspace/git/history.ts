import { isFix, type History, type PastCommit, type PastFile } from '../../../domain/history.js';
import type { Core } from './core.js';

export interface HistoryQuery {
  readonly head: string;
  /** Only commits that touched one of these; empty = all. */
  readonly paths: readonly string[];
  readonly commitsMax: number;
  /** Seconds since 1970; older ones are left out. */
  readonly since?: number | undefined;
  /** Line ranges as well: needs the patches, so it is slower. */
  readonly lines?: boolean | undefined;
}

const WALL_MS_MAX = 20_000;
const OUTPUT_BYTES_MAX = 256 * 1024 * 1024;
const PATHS_MAX = 1_000;

/**
 * The history before a commit, newest first, merges left out (what they bring is told by the commits they merge). Reads our own clone
 * only. A bound that is reached makes the history shorter and `whole` false, never a fault.
 */
export async function readHistory(core: Core, query: HistoryQuery): Promise<History> {
  const { git, gitDir } = core;
  const paths = query.paths.slice(0, PATHS_MAX);
  const ending = await git.run({
    gitDir, wallMsMax: WALL_MS_MAX, outputBytesMax: OUTPUT_BYTES_MAX,
    args: [
      'log', '--no-merges', '--no-color', '--no-ext-diff', '--no-textconv', '--no-renames', '--date-order', `--max-count=${query.commitsMax}`,
      ...(query.since === undefined ? [] : [`--since=@${query.since}`]), `--format=%x01%H%x00%ct%x00%ae%x00%s%x00%b%x02`,
      ...(query.lines === true ? ['-p', '-U0', '--diff-algorithm=histogram'] : ['--raw', '--no-abbrev', '--numstat', '--summary']),
      query.head, '--', ...paths,
    ],
  });
  if (ending.kind !== 'ended') return { commits: [], whole: false, why: ending.kind === 'timed-out' ? 'git took too long' : 'the history is too large to read' };
  if (ending.code !== 0) return { commits: [], whole: false, why: 'git could not read the history' };
  const commits = ending.stdout.toString('utf8').split('\x01').slice(1).flatMap((part) => commitOf(part, query.lines === true));
  const shallow = await git.run({ gitDir, args: ['rev-parse', '--is-shallow-repository'] });
  const cut = shallow.kind === 'ended' && shallow.stdout.toString('utf8').trim() === 'true';
  if (cut) return { commits, whole: false, why: 'the checkout is shallow' };
  if (commits.length >= query.commitsMax) return { commits, whole: false, why: `only the last ${query.commitsMax} commits were read` };
  return { commits, whole: paths.length === query.paths.length };
}

/** Messages and paths are foreign: our own marks are control characters, and a message that holds one only spoils its own commit. */
function commitOf(part: string, lines: boolean): readonly PastCommit[] {
  const end = part.indexOf('\x02');
  const [commit = '', at = '', author = '', subject = '', body = ''] = part.slice(0, end < 0 ? undefined : end).split('\0');
  if (!/^[0-9a-f]{40,64}$/.test(commit) || !/^\d+$/.test(at)) return [];
  const rest = end < 0 ? '' : part.slice(end + 1);
  const reverts = isFix(subject) ? [...body.slice(0, 20_000).matchAll(/This reverts commit ([0-9a-f]{7,64})/g)].map(([, name = '']) => name) : [];
  return [{ commit, at: Number(at), author, subject, reverts, ...runOf(body), files: lines ? patched(rest) : counted(rest) }];
}

/** The trailer that our own commits carry; a forge that squashes keeps it in the message. */
function runOf(body: string): { readonly run?: string } {
  const run = /^Heddle-Run: ([0-9a-z]{8,40})$/m.exec(body.slice(0, 20_000))?.[1];
  return run === undefined ? {} : { run };
}

function counted(text: string): readonly PastFile[] {
  const made = new Set([...text.matchAll(/^ create mode \d{6} (.*)$/gm)].map(([, path = '']) => path));
  const gone = new Set([...text.matchAll(/^ delete mode \d{6} (.*)$/gm)].map(([, path = '']) => path));
  const blobs = new Map([...text.matchAll(/^:\d{6} \d{6} ([0-9a-f]{40,64}) ([0-9a-f]{40,64}) [A-Z]\t(.*)$/gm)].map(([, oldBlob = '', newBlob = '', path = '']) => [path, { oldBlob, newBlob }]));
  return [...text.matchAll(/^(\d+|-)\t(\d+|-)\t(.+)$/gm)].map(([, additions = '', deletions = '', path = '']): PastFile => ({
    path, additions: Number(additions) || 0, deletions: Number(deletions) || 0, added: made.has(path), deleted: gone.has(path), removedLines: [], addedLines: [], ...blobs.get(path),
  }));
}

interface Growing { path: string; additions: number; deletions: number; added: boolean; deleted: boolean; removedLines: [number, number][]; addedLines: [number, number][] }

/** Hunk headers without context say exactly which lines went and came; their counts also tell how many lines to pass over. */
function patched(text: string): readonly PastFile[] {
  const files: Growing[] = [];
  let left = 0;
  for (const line of text.split('\n')) {
    if (left > 0) {
      if (!line.startsWith('\\')) left -= 1;
      continue;
    }
    const file = files.at(-1);
    const hunk = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/.exec(line);
    if (line.startsWith('diff --git ')) files.push({ path: '', additions: 0, deletions: 0, added: false, deleted: false, removedLines: [], addedLines: [] });
    else if (file === undefined) continue;
    else if (hunk !== null) {
      const [oldAt, oldCount, newAt, newCount] = [Number(hunk[1]), Number(hunk[2] ?? 1), Number(hunk[3]), Number(hunk[4] ?? 1)];
      if (oldCount > 0) file.removedLines.push([oldAt, oldAt + oldCount - 1]);
      if (newCount > 0) file.addedLines.push([newAt, newAt + newCount - 1]);
      file.deletions += oldCount;
      file.additions += newCount;
      left = oldCount + newCount;
    } else if (line.startsWith('new file mode ')) file.added = true;
    else if (line.startsWith('deleted file mode ')) file.deleted = true;
    else if (line.startsWith('--- a/') || line.startsWith('+++ b/')) file.path = line.slice(6).replace(/\t$/, '');
  }
  return files.filter(({ path }) => path !== '');
}
