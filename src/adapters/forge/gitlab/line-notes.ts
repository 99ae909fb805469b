import type { Change } from '../../../domain/change.js';
import type { Fault } from '../../../domain/fault.js';
import { err, ok, type Result } from '../../../kit/result.js';
import type { LineNote } from '../../../ports/forge.js';
import type { GitlabClient } from '../../gitlab-client/client.js';
import { isUnsure } from '../../gitlab-client/fault.js';
import { withoutQuickActions } from '../../gitlab-client/quick-actions.js';
import { readDiff, type DiffLines } from './diff-lines.js';
import { DiffsAnswer, DiscussionsAnswer, MergeRequestAnswer, Nothing, VersionsAnswer } from './schema.js';

const DISCUSSIONS_MAX = 2000;
const FILES_MAX = 1000;
const TRIES_MAX = 3;

interface Wanted { readonly change: Change; readonly notes: readonly LineNote[]; readonly key: string }
interface Commits { readonly base_sha: string; readonly start_sha: string; readonly head_sha: string }

/**
 * Each note is a discussion at its line, which decides nothing. A hidden mark with the key and the note's number begins it; what has
 * its mark there already is not written again, so that a delivery that broke off goes on where it was. A line that GitLab does
 * not show in the difference gets its note without a position, under its name.
 */
export async function noteLines(client: GitlabClient, wanted: Wanted, signal: AbortSignal | undefined): Promise<Result<number, Fault>> {
  const there = await marksThere(client, wanted, signal);
  if (!there.ok) return there;
  const missing = wanted.notes.map((note, index) => ({ note, mark: markOf(wanted.key, index) })).filter(({ mark }) => !there.value.has(mark));
  if (missing.length === 0) return ok(wanted.notes.length);
  const commits = await commitsOf(client, wanted.change, signal);
  if (!commits.ok) return commits;
  const lines = await linesOf(client, wanted.change, signal);
  if (!lines.ok) return lines;
  for (const { note, mark } of missing) {
    const written = await writeNote(client, { ...wanted, note, mark, commits: commits.value, lines: lines.value.get(note.path) }, signal);
    if (!written.ok) return written;
  }
  return ok(wanted.notes.length);
}

interface OneNote extends Wanted { readonly note: LineNote; readonly mark: string; readonly commits: Commits; readonly lines: DiffLines | undefined }

async function writeNote(client: GitlabClient, one: OneNote, signal: AbortSignal | undefined): Promise<Result<void, Fault>> {
  const { change, note, mark } = one;
  let position = positionOf(one);
  for (let tries = 1; ; tries += 1) {
    const where = position === undefined ? `\n\`${note.path.replace(/[`\r\n]+/g, ' ')}\`, line ${String(note.line)}:\n` : '';
    const made = await client.call({
      ask: { method: 'POST', path: `${client.projectPath}/merge_requests/${String(change.number)}/discussions`, body: { body: `${mark}\n${where}${withoutQuickActions(note.markdown)}`, ...(position === undefined ? {} : { position }) } },
      schema: Nothing, signal,
    });
    if (made.ok) return ok(undefined);
    if (made.error.code === 'rejected' && position !== undefined) {
      position = undefined;
      continue;
    }
    if (!isUnsure(made.error) || tries >= TRIES_MAX) return made;
    const there = await marksThere(client, one, signal);
    if (!there.ok) return there;
    if (there.value.has(mark)) return ok(undefined);
  }
}

/** GitLab finds a line by its numbers on both sides: a new line has only the new one, a line that stayed must have both. */
function positionOf({ note, commits, lines }: OneNote): Readonly<Record<string, unknown>> | undefined {
  if (lines === undefined) return undefined;
  const oldLine = lines.kept.get(note.line);
  if (oldLine === undefined && !lines.added.has(note.line)) return undefined;
  return { position_type: 'text', ...commits, old_path: lines.oldPath, new_path: note.path, new_line: note.line, ...(oldLine === undefined ? {} : { old_line: oldLine }) };
}

function markOf(key: string, index: number): string {
  return `<!-- heddle:notes ${key} ${String(index + 1)} -->`;
}

/** Anybody can write a mark; whoever copies one only keeps us from writing a note twice. */
async function marksThere(client: GitlabClient, { change, notes, key }: Wanted, signal: AbortSignal | undefined): Promise<Result<ReadonlySet<string>, Fault>> {
  const listed = await client.pages({ ask: { method: 'GET', path: `${client.projectPath}/merge_requests/${String(change.number)}/discussions`, query: { per_page: 100 } }, schema: DiscussionsAnswer, signal }, (page) => page, DISCUSSIONS_MAX);
  if (!listed.ok) return listed;
  const marks = new Set(notes.map((_, index) => markOf(key, index)));
  return ok(new Set(listed.value.items.flatMap((discussion) => {
    const mark = discussion.notes[0]?.body.split('\n', 1)[0] ?? '';
    return marks.has(mark) ? [mark] : [];
  })));
}

/** The commits of the very version that the notes are about; a merge request whose head moved on keeps its older ones. */
async function commitsOf(client: GitlabClient, change: Change, signal: AbortSignal | undefined): Promise<Result<Commits, Fault>> {
  const request = await client.call({ ask: (api) => api('MergeRequests').show(client.project, change.number), schema: MergeRequestAnswer, signal });
  if (!request.ok) return request;
  const { diff_refs: refs } = request.value;
  if (refs?.head_sha === change.head) return ok({ base_sha: refs.base_sha, start_sha: refs.start_sha, head_sha: refs.head_sha });
  const versions = await client.call({ ask: (api) => api('MergeRequests').allDiffVersions(client.project, change.number), schema: VersionsAnswer, signal });
  if (!versions.ok) return versions;
  const version = versions.value.find((one) => one.head_commit_sha === change.head);
  if (version !== undefined) return ok({ base_sha: version.base_commit_sha, start_sha: version.start_commit_sha, head_sha: version.head_commit_sha });
  return err({ code: 'conflict', side: 'theirs', retryable: false, source: client.source, message: `The merge request !${String(change.number)} has no version with the head ${change.head.slice(0, 12)}: somebody pushed over it. No notes were written on its lines.` });
}

async function linesOf(client: GitlabClient, change: Change, signal: AbortSignal | undefined): Promise<Result<ReadonlyMap<string, DiffLines>, Fault>> {
  const files = await client.pages({ ask: { method: 'GET', path: `${client.projectPath}/merge_requests/${String(change.number)}/diffs`, query: { per_page: 100 } }, schema: DiffsAnswer, signal }, (page) => page, FILES_MAX);
  return files.ok ? ok(new Map(files.value.items.filter((file) => !file.deleted_file).map((file) => [file.new_path, readDiff(file)]))) : files;
}
