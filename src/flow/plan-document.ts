import { z } from 'zod';
import { Configuration } from '../config/configuration.js';
import { digestOf, digestOfJson } from '../domain/digest.js';
import { Order } from '../domain/order.js';
import { canonicalJson } from '../kit/canonical-json.js';
import { err, ok, type Result } from '../kit/result.js';
import { RunEvent } from './event.js';

const EVENTS_MAX = 500;

/**
 * `plan.json`: what admit hands to the other jobs. The order with the facts it stands on (the events of the trail from the
 * request to the admission: who asked, who used which command, what was admitted) and the configuration it is bound to. It
 * travels as a job output of admit, which only admit can set, and never through the job that runs the agent.
 */
export const PlanDocument = z.strictObject({
  version: z.literal(1),
  configuration: Configuration,
  events: z.array(RunEvent).min(2).max(EVENTS_MAX),
});
export type PlanDocument = z.infer<typeof PlanDocument>;

export interface Plan {
  readonly document: PlanDocument;
  readonly order: Order;
}

/** A variable of a process holds at most 128 KiB, and a job output becomes one. */
export const PLAN_BYTES_MAX = 120_000;

/** The plan's canonical text and its SHA-256 as 64 hexadecimal digits. */
export function planText(events: readonly RunEvent[], configuration: Configuration): { readonly text: string; readonly digest: string } {
  const text = canonicalJson(PlanDocument.parse({ version: 1, configuration, events }));
  return { text, digest: digestOf(text).slice('sha256:'.length) };
}

/**
 * Reads a plan back. It comes from admit, so it is no hostile data; but a job that is fed a wrong, cut or mixed-up one must stop
 * with words. Every digest in it is computed anew. What is wrong is answered in words.
 */
export function readPlan(text: string, digest: string): Result<Plan, string> {
  if (!/^[0-9a-f]{64}$/.test(digest)) return err('the digest of the plan is not 64 hexadecimal digits');
  if (Buffer.byteLength(text) > PLAN_BYTES_MAX) return err(`the plan is larger than ${PLAN_BYTES_MAX} bytes`);
  if (digestOf(text) !== `sha256:${digest}`) return err('the plan does not have the digest that was given with it');
  const document = parse(text);
  if (document === undefined) return err('the plan is not one that this version wrote');
  const [requested, admitted] = [document.events[0]?.fact, document.events.at(-1)?.fact];
  if (requested?.type !== 'requested' || admitted?.type !== 'admitted') return err('the plan does not hold a request and an order');
  const { order, orderDigest, snapshot } = admitted;
  const { takenAt, digest: named, ...content } = snapshot;
  void takenAt;
  if (digestOfJson(order) !== orderDigest || document.events.some((event) => event.run !== order.run)) return err('the order of the plan is not the one that was recorded');
  if (named !== order.snapshot || digestOfJson(content) !== named) return err('the ticket of the plan is not the one of its order');
  if (digestOfJson(document.configuration) !== order.policy) return err('the configuration of the plan is not the one of its order');
  return ok({ document, order });
}

function parse(text: string): PlanDocument | undefined {
  try {
    const parsed = PlanDocument.safeParse(JSON.parse(text));
    return parsed.success && canonicalJson(parsed.data) === text ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
