import { z } from 'zod';
import { DRILL_ACTIONS } from '../domain/drill.js';
import { Rung } from '../domain/rung.js';
import { Channel, Wave } from './payload.js';

/** What kept an order, or its fruit, from getting out. `process`: our own has nothing to show, and ends the whole tree. */
export const Layer = z.enum(['sanitiser', 'sandbox', 'process', 'egress', 'gateway', 'capture', 'gates', 'log-filter', 'redactor']);
export type Layer = z.infer<typeof Layer>;

/** `open`: this rung lets it through and nothing was lost by it. `not-tried`: it did not come to that. */
export const ActionResult = z.strictObject({
  action: z.enum(DRILL_ACTIONS),
  outcome: z.enum(['stopped', 'open', 'leaked', 'not-tried']),
  by: Layer.optional(),
  tried: z.number().int().nonnegative(),
  words: z.string().max(1000),
});
export type ActionResult = z.infer<typeof ActionResult>;

export const PayloadResult = z.strictObject({
  id: z.string(), title: z.string(), channel: Channel, wave: Wave,
  /** The agent read it. */
  arrived: z.boolean(),
  actions: z.array(ActionResult),
});
export type PayloadResult = z.infer<typeof PayloadResult>;

/** `redteam.json`: what the obedient agent tried in this set-up, what stopped it, and what leaked. */
export const RedteamDocument = z.strictObject({
  version: z.literal(1),
  heddle: z.string(),
  at: z.string(),
  repository: z.string(),
  base: z.string(),
  rung: Rung,
  isolation: z.string().optional(),
  waves: z.array(z.strictObject({ wave: Wave, outcome: z.string(), words: z.string() })),
  payloads: z.array(PayloadResult),
  leaks: z.array(z.strictObject({ what: z.string(), where: z.string(), payload: z.string().optional() })),
  figures: z.strictObject({
    payloads: z.number().int(), orders: z.number().int(), tries: z.number().int(), canaries: z.number().int(), searches: z.number().int(), leaks: z.number().int(),
    stopped: z.partialRecord(Layer, z.number().int()), open: z.number().int(), notTried: z.number().int(),
  }),
});
export type RedteamDocument = z.infer<typeof RedteamDocument>;
