import { z } from 'zod';

/**
 * Brands for the names that travel between rooms. A schema and its type share a name; the only way to get a branded
 * value is to parse one, so a commit can never stand where a tree is meant.
 */
export const RunId = z.string().regex(/^[0-9a-z]{8,40}$/).brand<'RunId'>();
export type RunId = z.infer<typeof RunId>;

/** A git object name, SHA-1 or SHA-256 (gitglossary: "object name"). */
const objectName = z.string().regex(/^([0-9a-f]{40}|[0-9a-f]{64})$/);
export const CommitSha = objectName.brand<'CommitSha'>();
export type CommitSha = z.infer<typeof CommitSha>;
export const TreeSha = objectName.brand<'TreeSha'>();
export type TreeSha = z.infer<typeof TreeSha>;
export const BlobSha = objectName.brand<'BlobSha'>();
export type BlobSha = z.infer<typeof BlobSha>;

/** A content digest that says its algorithm: `sha256:` and 64 lower-case hexadecimal digits. */
export const Digest = z.string().regex(/^sha256:[0-9a-f]{64}$/).brand<'Digest'>();
export type Digest = z.infer<typeof Digest>;

/** The name of a check in the graph, as written in the configuration or derived from the repository. */
export const CheckId = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,79}$/).brand<'CheckId'>();
export type CheckId = z.infer<typeof CheckId>;

/** A branch that Heddle names itself: never text of a ticket, never a leading dash, always inside our own prefix. */
export const HeddleBranch = z.string().regex(/^heddle\/[a-z0-9][a-z0-9-]{0,60}-[0-9a-f]{8}$/).brand<'HeddleBranch'>();
export type HeddleBranch = z.infer<typeof HeddleBranch>;

/** ISO 8601 in UTC with milliseconds, as Date.prototype.toISOString writes it. */
export const Instant = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/).brand<'Instant'>();
export type Instant = z.infer<typeof Instant>;
