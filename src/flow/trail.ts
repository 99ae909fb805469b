import type { Clock } from '../ports/clock.js';
import type { Digest, RunId } from '../domain/ids.js';
import { chainLine, eventText, verifyChain } from '../ledger/chain.js';
import type { TrailStore } from '../ports/trail-store.js';
import { err, ok, type Result } from '../kit/result.js';
import { RunEvent, type RunFact } from './event.js';
import { evolve } from './evolve.js';
import { recordedFact } from './recorded-fact.js';
import type { RunState } from './state.js';

/** The live end of a trail: appending a fact chains it, makes it durable, folds it and tells the sinks; in that order. */
export interface Trail {
  readonly run: RunId;
  readonly events: readonly RunEvent[];
  readonly state: RunState;
  readonly head: Digest | null;
  append(fact: RunFact): Promise<RunEvent>;
}

export interface TrailOptions {
  readonly run: RunId;
  readonly store: TrailStore;
  readonly clock: Clock;
  /** Every event, after it is durable: the live log and whatever else listens. Never awaited, must not throw. */
  readonly onEvent: (event: RunEvent) => void;
  /** Takes every known secret out of a text. Applied before a fact is hashed: the trail never holds what it must not show. */
  readonly redact: (text: string) => string;
}

export function newTrail(options: TrailOptions): Trail {
  return trailFrom(options, [], { kind: 'new' }, null);
}

/** What is wrong with a trail that was to be continued; `line` counts from 1. */
export interface TrailProblem { readonly line: number; readonly message: string }

/**
 * Opens the trail of an earlier process. Damage anywhere is an error: a run is never continued on facts that cannot be
 * trusted. Only a torn last line is cut off, since nobody was ever told that it was written.
 */
export async function reopenTrail(options: Omit<TrailOptions, 'run'>): Promise<Result<Trail, TrailProblem>> {
  let bytes = await options.store.read();
  let verified = verifyChain(bytes);
  if (!verified.ok && verified.error.code === 'torn-tail') {
    const length = bytes.lastIndexOf(0x0a) + 1;
    await options.store.truncate(length);
    bytes = bytes.subarray(0, length);
    verified = verifyChain(bytes);
  }
  if (!verified.ok) return err({ line: verified.error.line, message: verified.error.message });
  const parsed = parseEvents(bytes);
  if (!parsed.ok) return parsed;
  const first = parsed.value[0];
  if (first === undefined) return err({ line: 1, message: 'the trail has no events' });
  let state: RunState = { kind: 'new' };
  for (const event of parsed.value) {
    const next = evolve(state, event.fact);
    if (!next.ok) return err({ line: event.sequence + 1, message: next.error });
    state = next.value;
  }
  return ok(trailFrom({ ...options, run: first.run }, parsed.value, state, verified.value.head));
}

/** The events of a verified trail. Lines are foreign data until the schema has seen them. */
export function parseEvents(bytes: Uint8Array): Result<readonly RunEvent[], TrailProblem> {
  const events: RunEvent[] = [];
  const lines = Buffer.from(bytes).toString('utf8').split('\n');
  lines.pop();
  for (const [index, line] of lines.entries()) {
    const text = eventText(line);
    if (text === undefined) return err({ line: index + 1, message: 'the line has not the form of a trail line' });
    const parsed = eventOf(text);
    if (typeof parsed === 'string') return err({ line: index + 1, message: parsed });
    events.push(parsed);
  }
  return ok(events);
}

/** The event, or what is wrong with it. A hash over text that is no JSON is easily made, and so is JSON of any depth. */
function eventOf(text: string): RunEvent | string {
  try {
    const parsed = RunEvent.safeParse(JSON.parse(text));
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    return `the event is not of a version this program knows: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`;
  } catch {
    return 'the event is not JSON that can be read';
  }
}

function trailFrom(options: TrailOptions, past: readonly RunEvent[], state: RunState, head: Digest | null): Trail {
  const events: RunEvent[] = [...past];
  let current = state;
  let last = head;
  return {
    run: options.run,
    get events() { return events; },
    get state() { return current; },
    get head() { return last; },
    async append(raw) {
      const fact = recordedFact(raw, options.redact);
      const next = evolve(current, fact);
      if (!next.ok) throw new Error(`an illegal event was about to be recorded: ${next.error}`);
      const event: RunEvent = { version: 1, run: options.run, sequence: events.length, at: options.clock.now(), previous: last, fact };
      const { line, hash } = chainLine(event);
      await options.store.append(line);
      events.push(event);
      current = next.value;
      last = hash;
      options.onEvent(event);
      return event;
    },
  };
}
