import type { RunFactOf } from './event.js';
import type { RunState } from './state.js';

/** A state of one kind. */
export type In<K extends RunState['kind']> = Extract<RunState, { kind: K }>;

/** The one thing to do next. Each carries the state it was decided from, so that it can own no other facts. */
export type Command =
  | { readonly kind: 'admit'; readonly state: In<'requested'> }
  | { readonly kind: 'brief'; readonly state: In<'admitted'> }
  | { readonly kind: 'baseline'; readonly state: In<'briefed'> }
  | { readonly kind: 'start-attempt'; readonly state: In<'ready'> }
  | { readonly kind: 'recover'; readonly state: In<'attempting'> }
  | { readonly kind: 'capture'; readonly state: In<'reported'> }
  | { readonly kind: 'validate'; readonly state: In<'captured'> }
  | { readonly kind: 'judge'; readonly state: In<'validated'> }
  | { readonly kind: 'look-around'; readonly state: In<'judged'> | In<'answered'> }
  | { readonly kind: 'renew'; readonly state: In<'judged'> | In<'answered'> }
  | { readonly kind: 'ask'; readonly state: In<'judged'> | In<'answered'> }
  | { readonly kind: 'seal'; readonly state: In<'judged'> | In<'answered'> }
  | { readonly kind: 'deliver'; readonly state: In<'sealed'> }
  | { readonly kind: 'receive'; readonly state: In<'briefed'> | In<'ready'> }
  | { readonly kind: 'confirm'; readonly state: In<'captured'> }
  | { readonly kind: 'record'; readonly fact: RunFactOf<'repair-planned'> }
  /** Made by `drive` alone, at the rest of a run that waits. */
  | { readonly kind: 'keep-waiting' }
  | { readonly kind: 'conclude'; readonly fact: Ending }
  | { readonly kind: 'rest'; readonly why: 'ended' | 'waiting' | 'planned' | Handed };

/** A phase that did its part: what it left goes to the next one. */
export type Handed = 'admitted' | 'worked' | 'verified' | 'refuted';

export type Ending = RunFactOf<'exhausted' | 'cancelled' | 'superseded' | 'faulted'>;
