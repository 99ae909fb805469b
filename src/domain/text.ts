import { z } from 'zod';

/**
 * Text that somebody outside wrote: ticket bodies, comments, the words of an agent, the output of a tool. It may be
 * compared, measured, hashed and stored; it may be shown only through a renderer that makes it harmless, and it never
 * becomes an argument, a path, a branch name or a rule.
 */
export const UntrustedText = z.string().brand<'UntrustedText'>();
export type UntrustedText = z.infer<typeof UntrustedText>;

export function untrusted(text: string): UntrustedText {
  return text as UntrustedText;
}
