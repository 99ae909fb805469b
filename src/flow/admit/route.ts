import type { Context } from '../context.js';
import type { Seen } from './look.js';
import { on, type Staged } from './stage.js';

/** Which part of which repository the ticket is for. */
export interface Routed extends Seen {
  /** Sub-project of a monorepo; '' is the whole repository. */
  readonly target: string;
}

/** Second stage: what the ticket's directives and the routing rules say about where the work belongs. */
export function route(context: Context, seen: Seen): Staged<Routed> {
  return on({ ...seen, target: context.settings.config.workdir });
}
