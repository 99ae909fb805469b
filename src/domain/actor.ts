import { z } from 'zod';

/** A person or a machine account on a forge or tracker. The id decides; the login is for people to read. */
export const Actor = z.strictObject({
  login: z.string().max(200),
  id: z.string().max(200),
  kind: z.enum(['human', 'bot', 'unknown']),
});
export type Actor = z.infer<typeof Actor>;

/** What an account may do in a repository, as its forge answered. `none` also stands for «could not be found out». */
export const Permission = z.enum(['admin', 'maintain', 'write', 'triage', 'read', 'none']);
export type Permission = z.infer<typeof Permission>;

export function mayWrite(permission: Permission): boolean {
  return permission === 'admin' || permission === 'maintain' || permission === 'write';
}
