import type { Candidate } from '../domain/candidate.js';
import { TEXT_BYTES_MAX, type TextReader } from '../gates/evaluate-gates.js';
import type { Workspace } from '../ports/workspace.js';

/**
 * The files before and after the change, for gates: read from our own clone when they are asked for. A path that the change
 * does not touch is the same on both sides. Links are their targets; binary and oversized files have no text.
 */
export function textReader(workspace: Pick<Workspace, 'read' | 'readBlob'>, candidate: Candidate): TextReader {
  const changed = new Map(candidate.files.map((file) => [file.path, file]));
  return async (side, path) => {
    const file = changed.get(path);
    const blob = side === 'base' ? file?.oldBlob : file?.newBlob;
    if (file !== undefined && (blob === undefined || (side === 'base' ? file.oldMode : file.newMode) === '160000')) return undefined;
    const bytes = blob === undefined ? await workspace.read(candidate.base, path) : await workspace.readBlob(blob);
    if (bytes === undefined || bytes.length > TEXT_BYTES_MAX || bytes.includes(0)) return undefined;
    return Buffer.from(bytes).toString('utf8');
  };
}
