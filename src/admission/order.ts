import { digestOfJson } from '../domain/digest.js';
import type { Digest } from '../domain/ids.js';
import { Order, OrderFields } from '../domain/order.js';
import { err, ok } from '../kit/result.js';
import type { Result } from '../kit/result.js';

/**
 * Seals the admitted work. The only place where an order comes into being; its digest goes into the trail.
 *
 * @throws ZodError for fields that break the order's own form: that is a bug of the caller, never bad input.
 */
export function sealOrder(fields: OrderFields): { readonly order: Order; readonly digest: Digest } {
  const order = Order.parse(fields);
  return { order, digest: digestOfJson(order) };
}

/** Reads an order back, e.g. from `order.json`. Strict, and only with the digest that the trail holds. */
export function reopenOrder(value: unknown, expected: Digest): Result<Order, { readonly message: string }> {
  const fields = OrderFields.safeParse(value);
  if (!fields.success) {
    const places = fields.error.issues.slice(0, 5).map((issue) => issue.path.join('.') || 'the document').join(', ');
    return err({ message: `The order does not have the form of an order, at: ${places}. Take order.json from the admit phase of this run, unchanged.` });
  }
  const digest = digestOfJson(fields.data);
  if (digest !== expected) {
    return err({ message: `The order was changed after it was sealed: its digest is ${digest}, the trail says ${expected}. Run admit again.` });
  }
  return ok(Order.parse(fields.data));
}
