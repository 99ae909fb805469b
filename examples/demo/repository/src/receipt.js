import { cartTotal, lineTotal } from './cart.js';
import { formatEuros } from './money.js';

/** The receipt as lines of text. */
export function receipt(lines) {
  return [
    ...lines.map((line) => `${line.name}  ${formatEuros(lineTotal(line))}`),
    `Total  ${formatEuros(cartTotal(lines))}`,
  ];
}
