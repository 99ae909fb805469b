import type { Candidate } from '../domain/candidate.js';
import type { Redactor } from '../ports/redactor.js';
import type { Workspace } from '../ports/workspace.js';

/**
 * The name of a known secret that a candidate holds, or nothing. The patch is looked at as it is and with its added lines put
 * together, since a wrapped text has a `+` before every line. Of a file that git calls binary (one NUL byte is enough) the
 * patch shows only packed bytes, so its content is looked at itself: as UTF-8, byte by byte, and as UTF-16 of either order.
 */
export async function secretIn(candidate: Pick<Candidate, 'files'>, patch: Uint8Array, by: { readonly redactor: Redactor; readonly workspace: Pick<Workspace, 'readBlob'> }): Promise<string | undefined> {
  const find = (texts: readonly string[]): string | undefined => {
    for (const text of texts) {
      const name = by.redactor.finds(text);
      if (name !== undefined) return name;
    }
    return undefined;
  };
  const shown = Buffer.from(patch);
  const inPatch = find([shown.toString('latin1'), shown.toString('utf8'), shown.toString('utf8').replaceAll('\n+', '\n')]);
  if (inPatch !== undefined) return inPatch;
  for (const { binary, newBlob } of candidate.files) {
    if (!binary || newBlob === undefined) continue;
    const bytes = Buffer.from(await by.workspace.readBlob(newBlob));
    const found = find([bytes.toString('latin1'), bytes.toString('utf8'), bytes.toString('utf16le'), bytes.subarray(1).toString('utf16le')]);
    if (found !== undefined) return found;
  }
  return undefined;
}
