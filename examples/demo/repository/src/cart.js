import { roundToCents } from './money.js';

/** The price of one line of the cart, discount included. A refund has a negative quantity. */
export function lineTotal({ price, quantity, discount = 0 }) {
  return roundToCents(price * quantity * (1 - discount));
}

/** What the customer pays: the sum of the lines as they are printed. */
export function cartTotal(lines) {
  return roundToCents(lines.reduce((sum, line) => sum + lineTotal(line), 0));
}
