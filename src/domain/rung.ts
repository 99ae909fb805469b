import { z } from 'zod';

/** The level of isolation reached on this runner, strongest first. It is proved by doing, then recorded. */
export const Rung = z.enum(['bubblewrap', 'container', 'landlock', 'own-uid', 'none']);
export type Rung = z.infer<typeof Rung>;

/** True when `reached` is at least as strong as `required`. */
export function rungAtLeast(reached: Rung, required: Rung): boolean {
  return Rung.options.indexOf(reached) <= Rung.options.indexOf(required);
}
