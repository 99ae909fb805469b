import type { LikelyFile } from '../domain/brief.js';
import type { Snapshot } from '../domain/ticket.js';
import type { TreeEntry, Workspace } from '../ports/workspace.js';
import { FileRanker } from './rank-files.js';
import { readableBytes, readablePath } from './readable-path.js';

const LIKELY_MAX = 20;
/** Above this the content of the rest is not read: those files are ranked by their paths. */
const TOTAL_BYTES_MAX = 64 * 1_048_576;
const FILE_BYTES_MAX = 512 * 1024;
const FILES_MAX = 20_000;
const READS_AT_A_TIME = 128;

/** The files that a ticket seems to be about, best first: by their paths and contents at the base commit, without a model. */
export async function likelyFiles(snapshot: Pick<Snapshot, 'title' | 'body' | 'criteria' | 'comments'>, entries: readonly TreeEntry[], at: { readonly workspace: Pick<Workspace, 'readBlob'>; readonly workdir: string }): Promise<LikelyFile[]> {
  const ranker = new FileRanker([snapshot.title, snapshot.body, ...snapshot.criteria.map((criterion) => criterion.text), ...(snapshot.comments ?? []).map((comment) => comment.text)].join('\n'));
  const under = at.workdir === '' ? '' : `${at.workdir}/`;
  const candidates = entries.filter((entry) => entry.path.startsWith(under) && entry.mode.startsWith('100') && readablePath(entry.path));
  let bytesLeft = TOTAL_BYTES_MAX;
  const toRead: TreeEntry[] = [];
  for (const entry of candidates) {
    if (entry.size > FILE_BYTES_MAX || entry.size > bytesLeft || toRead.length >= FILES_MAX) ranker.add(entry.path, undefined);
    else {
      bytesLeft -= entry.size;
      toRead.push(entry);
    }
  }
  const read = (start: number): Promise<readonly Uint8Array[]> => Promise.all(toRead.slice(start, start + READS_AT_A_TIME).map((entry) => at.workspace.readBlob(entry.blob)));
  let coming = read(0);
  for (let start = 0; start < toRead.length; start += READS_AT_A_TIME) {
    const batch = toRead.slice(start, start + READS_AT_A_TIME);
    const contents = await coming;
    // The next files are read while these are counted.
    coming = read(start + READS_AT_A_TIME);
    batch.forEach((entry, index) => {
      const bytes = contents[index];
      if (bytes !== undefined && readableBytes(bytes)) ranker.add(entry.path, bytes);
    });
  }
  return ranker.rank({ limit: LIKELY_MAX });
}
