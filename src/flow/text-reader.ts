import type { Candidate, FileChange } from '../domain/candidate.js';
import { TEXT_BYTES_MAX, type TextReader, type TextSide } from '../gates/evaluate-gates.js';
import type { Workspace } from '../ports/workspace.js';

/**
 * The files before and after the change, for the gates of one judging: read from our own clone when they are asked for. Several gates ask
 * for the same changed files, so these are read once, all together at the first question: one request to git instead of thousands. A path
 * that the change does not touch is the same on both sides. Links are their targets; binary and oversized files have no text.
 */
export function textReader(workspace: Pick<Workspace, 'list' | 'readBlob'>, candidate: Candidate): TextReader {
  const changed = new Map(candidate.files.map((file) => [file.path, file]));
  const textOf = async (blob: string): Promise<string | undefined> => {
    const bytes = await workspace.readBlob(blob);
    return bytes.length > TEXT_BYTES_MAX || bytes.includes(0) ? undefined : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');
  };
  let texts: ReadonlyMap<string, Promise<string | undefined>> | undefined;
  let others: Promise<ReadonlyMap<string, string>> | undefined;
  return async (side, path) => {
    const file = changed.get(path);
    if (file !== undefined) {
      const blob = blobOf(file, side);
      texts ??= textsOf(candidate.files, textOf);
      return blob === undefined ? undefined : texts.get(blob) ?? textOf(blob);
    }
    others ??= workspace.list(candidate.tree).then((entries) => new Map(entries.filter((one) => one.mode !== '160000').map((one) => [one.path, one.blob])));
    const blob = (await others).get(path);
    return blob === undefined ? undefined : textOf(blob);
  };
}

function blobOf(file: FileChange, side: TextSide): string | undefined {
  const [blob, mode] = side === 'base' ? [file.oldBlob, file.oldMode] : [file.newBlob, file.newMode];
  return mode === '160000' ? undefined : blob;
}

/** By the names of the blobs, which say nothing about a path. What git calls binary is left for the one who asks. */
function textsOf(files: readonly FileChange[], textOf: (blob: string) => Promise<string | undefined>): ReadonlyMap<string, Promise<string | undefined>> {
  const texts = new Map<string, Promise<string | undefined>>();
  for (const file of files) for (const side of ['base', 'candidate'] as const) {
    const blob = file.binary ? undefined : blobOf(file, side);
    if (blob === undefined || texts.has(blob)) continue;
    const text = textOf(blob);
    // Whoever asks for it meets the failure; nobody has to.
    text.catch(() => undefined);
    texts.set(blob, text);
  }
  return texts;
}
