import { z } from 'zod';
import { BlobSha, CommitSha, Digest, TreeSha } from './ids.js';

const mode = z.enum(['100644', '100755', '120000', '160000', '000000']);

/** One path that differs between two trees. Renames are shown as a deletion and an addition: guards see both names. */
export const FileChange = z.strictObject({
  path: z.string().min(1).max(4096),
  status: z.enum(['added', 'modified', 'deleted', 'type-changed']),
  oldMode: mode,
  newMode: mode,
  oldBlob: BlobSha.optional(),
  newBlob: BlobSha.optional(),
  additions: z.number().int().nonnegative(),
  deletions: z.number().int().nonnegative(),
  binary: z.boolean(),
});
export type FileChange = z.infer<typeof FileChange>;

export const DiffStats = z.strictObject({
  files: z.number().int().nonnegative(),
  additions: z.number().int().nonnegative(),
  deletions: z.number().int().nonnegative(),
  /** Bytes of the patch text. */
  bytes: z.number().int().nonnegative(),
});
export type DiffStats = z.infer<typeof DiffStats>;

/** The git tree captured from the agent's folder after the agent is dead, as facts about it. */
export const Candidate = z.strictObject({
  attempt: z.number().int().positive(),
  base: CommitSha,
  tree: TreeSha,
  files: z.array(FileChange),
  stats: DiffStats,
  patchDigest: Digest,
});
export type Candidate = z.infer<typeof Candidate>;

/** Why a folder could not be captured. The path is shown escaped; nothing of a refused folder is kept. */
export const CaptureRefusal = z.strictObject({
  code: z.enum([
    'git-path', 'unsafe-name', 'special-file', 'link-escapes', 'too-deep', 'too-many-files', 'file-too-large',
    'diff-too-large', 'known-secret', 'not-utf8', 'nested-repository', 'unreadable', 'submodule',
  ]),
  path: z.string().max(4096),
  message: z.string().max(1000),
});
export type CaptureRefusal = z.infer<typeof CaptureRefusal>;
