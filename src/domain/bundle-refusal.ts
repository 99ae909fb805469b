import { z } from 'zod';

/**
 * Why a bundle of the work job was not believed. Closed, so that each manipulation has its own name in trail, tests and
 * reports; the words never repeat what the bundle says.
 */
export const BundleRefusal = z.strictObject({
  code: z.enum([
    // the hand-over
    'digest-malformed', 'digest-differs', 'plan-replayed',
    // the folder
    'folder-unreadable', 'extra-entry', 'missing-file', 'not-a-plain-file', 'file-too-large',
    // the manifest
    'manifest-malformed', 'manifest-differs', 'other-run', 'other-plan', 'other-base', 'not-proven',
    // the bundle and its pack
    'bundle-malformed', 'bundle-refs', 'pack-malformed', 'pack-too-large', 'pack-objects', 'pack-delta', 'objects-refused',
    // the commit and its tree
    'commit-differs', 'tree-differs', 'tree-malformed', 'unsafe-path', 'ignored-path', 'nested-repository', 'mode-refused', 'link-refused', 'submodule-refused',
    'too-many-files', 'blob-too-large', 'diff-too-large', 'empty-change', 'known-secret',
  ]),
  message: z.string().max(1000),
});
export type BundleRefusal = z.infer<typeof BundleRefusal>;
export type BundleRefusalCode = BundleRefusal['code'];
