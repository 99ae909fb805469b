import { z } from 'zod';

/** A folder or file below the repository root, as git spells it: no leading slash, no `.` or `..` parts, no control characters. */
export const RepositoryPath = z.string().min(1).max(500).refine(isRepositoryPath, 'a path below the repository root, like packages/api');

export function isRepositoryPath(text: string): boolean {
  return !/[\p{Cc}\\]/u.test(text) && text.split('/').every((part) => part !== '' && part !== '.' && part !== '..' && part.toLowerCase() !== '.git');
}

/**
 * What the ticket's directives and the routing bound the work to, beyond limits, base and agent, which the order holds itself.
 * Only ever tighter than the configuration, or a choice of what it offers.
 */
export const Assignment = z.strictObject({
  /** Name in `targets:`; absent is the whole repository. */
  target: z.string().max(100).optional(),
  /** Only files below these may change. Empty: no other bound than the working folder. */
  folders: z.array(RepositoryPath).max(50),
  /** Files that the agent is told to read first. */
  context: z.array(RepositoryPath).max(50),
  /** Name in `directives.workflows`. */
  workflow: z.string().max(100).optional(),
});
export type Assignment = z.infer<typeof Assignment>;
